"""What all sorters share: match and agreement tell good needs from degenerate ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from models.needs.conftest import table_of
from pilothouse.models.needs.sorting import NONE, Sorter, lifts, matched
from pilothouse.models.needs.topics import ByWords, TopicsModel
from pilothouse.models.needs.vocabulary import Vocabulary
from pilothouse.models.shelf import load_model, save_model
from pilothouse.types import Context, Data


@dataclass(frozen=True)
class ByFixed:
    """All under one need, or each under its own."""

    vocabulary: Vocabulary
    known: dict[str, int]
    alone: bool

    @property
    def count(self) -> int:
        return len(self.known) if self.alone else 1

    def assign(self, texts: Sequence[str]) -> Any:
        return np.array(
            [self.known.get(text, hash(text) % self.count) if self.alone else 0 for text in texts]
        )

    def assign_words(self, lists: Sequence[Sequence[str]]) -> Any:
        return self.assign([" ".join(own) for own in lists])

    def arrays(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True)
class Degenerate(Sorter):
    alone: bool = False
    kind: ClassVar[str] = "degenerate"

    def learn(self, texts: Any, vocabulary: Any, context: Any, count: Any) -> Any:
        return ByFixed(vocabulary, {text: n for n, text in enumerate(texts)}, self.alone)

    def read(self, vocabulary: Any, arrays: Any) -> Any:
        raise NotImplementedError


def means(sorter: Any, texts: list[str]) -> dict[str, float]:
    return {k: float(v.mean()) for k, v in sorter.predict(table_of(texts), Context()).values.items()}


def test_real_needs_foretell_the_rest_of_a_text(topics: Any, fresh: Any) -> None:
    said = means(topics, fresh[0])
    assert said["match"] > 0.75 and said["agreement"] > 0.8 and said["sorted"] > 0.95


@pytest.mark.parametrize("alone", [False, True])
def test_degenerate_answers_cannot_win(alone: bool, told: Any, fresh: Any, keyed: Any) -> None:
    made = Degenerate(alone=alone).fit(Data({"rows": table_of(told[0])}), Context(seed=3))
    said = means(made, fresh[0])
    assert said["match"] == pytest.approx(0.5, abs=0.06)
    assert said["agreement"] <= 0.05
    assert means(keyed, fresh[0])["match"] > said["match"] + 0.05


def test_noise_is_guessing() -> None:
    random = np.random.default_rng(0)
    words = [f"word{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(200)]
    texts = [" ".join(random.choice(words, 12)) for _ in range(400)]
    made = TopicsModel(most=8).fit(Data({"rows": table_of(texts[:300])}), Context())
    said = means(made, texts[300:])
    assert said["match"] == pytest.approx(0.5, abs=0.06) and said["agreement"] < 0.25


def test_a_text_without_known_words_is_guessing_and_under_no_need(topics: Any) -> None:
    said = topics.predict(table_of(["", "xyzzy plugh"]), Context())
    assert said["match"].tolist() == [0.5, 0.5] and said["need"].tolist() == [NONE, NONE]


def test_lifts_are_logs_of_how_much_likelier() -> None:
    vocabulary = Vocabulary(("a", "b"), ("a", "b"), np.array([0.5, 0.5]))
    counts = vocabulary.counts([["a"] * 900, ["b"] * 900])
    table = lifts(counts, np.array([0, NONE]), 1)
    common = 0.5
    expected = np.log(np.array([900 + 300 * common, 300 * common]) / 1200 / common)
    assert table[:, 0] == pytest.approx(expected, abs=1e-3)


def test_matching_takes_the_best_partners() -> None:
    first, second = np.array([0, 0, 1, 1, 2]), np.array([1, 1, 0, 0, -1])
    assert matched(first, second, 3, 2).tolist() == [1, 0]


def test_steadiness_is_high_where_halves_find_the_same(topics: Any) -> None:
    assert topics.steady.shape == (topics.sorting.count,)
    assert topics.steady.max() > 0.8 and (topics.steady <= 1).all()


def test_sorter_comes_back_from_disk(topics: Any, keyed: Any, fresh: Any, tmp_path: Path) -> None:
    for number, sorter in enumerate((topics, keyed)):
        folder = tmp_path / str(number)
        folder.mkdir()
        save_model(sorter, folder)
        again = load_model(folder)
        here, there = (one.predict(table_of(fresh[0]), Context()) for one in (sorter, again))
        assert all(np.array_equal(here[k], there[k]) for k in here.values)
        assert np.array_equal(again.steady, sorter.steady)
    assert isinstance(topics.sorting, ByWords)
