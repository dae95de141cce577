"""Scores of texts: what counts as good, and that a double in a draw is no copy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pilothouse.models.writing.facts import Fact, Item
from pilothouse.models.writing.measured import good, measure_texts
from pilothouse.models.writing.rulemade import PlainModel
from pilothouse.models.writing.rules import Rules
from pilothouse.models.writing.writer import figures_of
from pilothouse.types import Answers, Context

NAMES = ("云朵杯", "台灯", "草编背包", "云朵杯")


@pytest.fixture
def answers() -> Answers:
    facts = [("颜色", "米白"), ("材质", "松木，手感温润"), ("卖点", "国家级工艺"), ("颜色", "米白")]
    items = [
        Item(n, (Fact(label, value, "", label),)) for n, (label, value) in zip(NAMES, facts, strict=True)
    ]
    texts = PlainModel(Rules(language="zh", shortest=1, longest=99)).write(items, Context())
    texts[1] = replace(texts[1], cost=0.4)
    return figures_of(texts)


def test_good_texts_pass_every_check_and_are_no_near_copies(answers: Answers) -> None:
    assert good(answers).tolist() == [0.0, 1.0, 0.0, 0.0]
    values = measure_texts(answers).values
    assert values["good"] == 0.25 and values["near_copies"] == 0.5 and values["passes_words"] == 0.75
    assert values["cost"] == pytest.approx(0.1) and next(iter(values)) == "good"


def test_a_text_drawn_twice_is_no_copy_of_itself(answers: Answers) -> None:
    weight = np.array([[0.0, 4.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]])
    assert measure_texts(answers, weight).values["good"].tolist() == [1.0, 0.25]


def test_what_was_not_asked_stays_unknown(answers: Answers) -> None:
    holes = Answers(
        {
            n: np.where(np.arange(4).reshape(4, *[1] * (v.ndim - 1)) == 0, np.nan, v)
            for n, v in answers.values.items()
        }
    )
    found = good(holes)
    assert np.isnan(found[0]) and found[1:].tolist() == [1.0, 0.0, 1.0]  # its double was not asked
