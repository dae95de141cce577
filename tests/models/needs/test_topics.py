"""Topics: how many, what they hold, and meaning where the extra is there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.needs.conftest import table_of, written
from pilothouse.models.needs import topics as room
from pilothouse.models.needs.topics import Aspects, Factors, Meanings, TopicsModel, shared_bits
from pilothouse.types import Context, Data, Shape


def test_as_many_needs_as_there_are_things(topics: Any, told: Any) -> None:
    from sklearn.metrics import adjusted_rand_score

    assert topics.sorting.count == 3
    assert adjusted_rand_score(told[1], topics.sorting.assign(told[0])) > 0.95


def test_sentences_are_parted_where_texts_mix_things() -> None:
    here, there = written(300, 5)[0], written(300, 6)[0]
    texts = [f"{a.split('.')[0]}. {b.split('.')[0]}." for a, b in zip(here, there, strict=True)]
    fitted = TopicsModel(grain="sentence", most=6).fit(Data({"rows": table_of(texts)}), Context())
    assert fitted.sorting is not None
    told = fitted.sorting.assign([text.split(".")[0] for text in texts])
    sure = fitted.sorting.assign(
        ["room noise walls window", "breakfast coffee buffet", "reception clerk queue"]
    )
    assert len(set(sure.tolist())) == 3 and (told >= 0).mean() > 0.95


def test_shared_bits_are_two_for_four_equal_groups_and_none_by_chance() -> None:
    same = np.repeat(np.arange(4), 500)
    assert shared_bits(same, same) == pytest.approx(2.0, abs=0.01)
    random = np.random.default_rng(0)
    assert shared_bits(random.integers(0, 8, 2000), random.integers(0, 8, 2000)) == pytest.approx(0, abs=0.01)
    assert shared_bits(np.zeros(100, dtype=int), np.zeros(100, dtype=int)) == 0.0


def test_too_few_words_give_no_need() -> None:
    fitted = TopicsModel(most=4).fit(Data({"rows": table_of(["room", "food", "bed", "egg"] * 20)}), Context())
    said = fitted.predict(table_of(["room bed"]), Context())
    assert np.isfinite(said["match"]).all()


def test_meanings_group_by_what_an_embedder_says(monkeypatch: pytest.MonkeyPatch, told: Any) -> None:
    class Fake:
        name = "fake"

        def passages(self, texts: list[str]) -> Any:
            rows = [[w in t for w in (["room", "noise", "walls", "bed"])] for t in texts]
            made = np.array([[any(r), not any(r)] for r in rows], dtype=np.float32)
            return made / np.linalg.norm(made, axis=1, keepdims=True)

    monkeypatch.setattr(room, "embedder", Fake)
    fitted = TopicsModel(way="meanings", most=2).fit(Data({"rows": table_of(told[0])}), Context())
    needs = fitted.sorting.assign(["room noise walls window", "breakfast coffee", "reception clerk"])
    assert fitted.sorting.count == 2 and needs[0] != needs[1] and needs[1] == needs[2]


def test_meanings_cost_what_embedding_costs() -> None:
    shape = Shape(10_000, 0, 1, 0)
    dear, cheap = Meanings(length=200.0).cost(shape), Factors().cost(shape)
    assert dear.seconds > 20 * cheap.seconds
    assert Aspects().cost(shape).seconds > cheap.seconds
