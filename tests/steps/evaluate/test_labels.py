from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from pilothouse.steps.decide.labels import LabelsValue
from pilothouse.steps.evaluate.labels import JudgesLabels
from pilothouse.types import Answers, Column, Kind, Questions, Role, Table

COLUMNS = (Column("text", Kind.TEXT, Role.TEXT), Column("shop", Kind.CATEGORY, Role.IGNORE))
VALUES = {name: np.array(["x"] * 60, dtype=object) for name in ("text", "shop")}
TRUTH = np.arange(60) % 3
QUESTIONS = Questions(Table(COLUMNS, VALUES), TRUTH, np.arange(60), ("a", "b", "c"), even=True)
SAID = np.full((60, 3), 0.1)
SAID[np.arange(60), TRUTH] = 0.8
SAID[:6] = (0.5, 0.3, 0.2)
ANSWERS = Answers({"probability": SAID})


def judge() -> JudgesLabels:
    made = JudgesLabels()
    made.options, made.value = SimpleNamespace(seed=0, right_share=None), LabelsValue(right=1)
    return made


def test_accuracy_decides_and_half_the_rows_count() -> None:
    scores = judge().measure(QUESTIONS, ANSWERS)
    assert scores.primary == "accuracy" and scores.values["accuracy"] == pytest.approx(56 / 60)
    assert judge().outcomes(QUESTIONS) == 30 and judge().slices(QUESTIONS, ()) == ("shop",)


def test_it_keeps_silent_where_half_of_the_mistakes_are() -> None:
    limit = judge().confidence(QUESTIONS, ANSWERS)
    assert 0.5 < limit <= 0.8
    calibrated = judge().calibrate(QUESTIONS, ANSWERS).apply(ANSWERS)["probability"]
    assert calibrated.sum(axis=1) == pytest.approx(1.0)


def test_money_is_of_right_and_wrong_labels() -> None:
    made = judge().assumptions(QUESTIONS, 50, "CNY")
    assert made is not None and made.volume == 50
    silent = judge()
    silent.value = None
    assert silent.assumptions(QUESTIONS, 50, "CNY") is None
