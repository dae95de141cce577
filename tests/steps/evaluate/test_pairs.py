from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilothouse.steps.evaluate.bootstrap import paired_gain
from pilothouse.steps.evaluate.pairs import gain_pair, plain_pair, primary_pair
from pilothouse.types import Answers, Questions, Table

UNIT = np.array([0, 0, 1, 2])


def questions(truth: list[Any], *classes: str) -> Questions:
    dtype = np.int64 if classes else np.float64
    return Questions(Table((), {}), np.array(truth, dtype=dtype), UNIT, classes)


def scores(pair: Any, weight: Any = None) -> tuple[float, float]:
    return (
        float(pair.metric(pair.truth, pair.winner, weight)),
        float(pair.metric(pair.truth, pair.baseline, weight)),
    )


def chances(second: list[float]) -> Answers:
    told = np.array(second)
    return Answers({"probability": np.column_stack([1 - told, told])})


def test_two_classes_are_paired_by_how_they_are_ordered() -> None:
    pair = primary_pair(
        questions([0, 1, 0, 1], "no", "yes"), chances([0.1, 0.9, 0.2, 0.8]), chances([0.5] * 4)
    )
    assert scores(pair) == (1.0, 0.5) and pair.higher_is_better and pair.unit is UNIT


def test_several_classes_are_paired_by_all_of_them() -> None:
    sure = Answers({"probability": np.eye(3)[[0, 1, 2, 0]]})
    even = Answers({"probability": np.full((4, 3), 1 / 3)})
    assert scores(primary_pair(questions([0, 1, 2, 0], "a", "b", "c"), sure, even)) == (1.0, 0.5)


def test_numbers_are_paired_by_how_far_off_they_are() -> None:
    near, far = (Answers({"prediction": np.arange(4.0) + off}) for off in (1.0, -3.0))
    pair = primary_pair(questions([0, 1, 2, 3]), near, far)
    assert scores(pair) == (1.0, 3.0) and not pair.higher_is_better
    assert pair.sign == -1.0


def test_plain_figures_are_the_share_answered_right_or_how_far_off() -> None:
    pair = plain_pair(questions([0, 1, 2, 0], "a", "b", "c"), np.array([0, 1, 2, 2]), np.zeros(4))
    assert scores(pair) == (0.75, 0.5) and pair.higher_is_better
    assert scores(pair, np.array([0.0, 0, 0, 1])) == (0.0, 1.0)
    off = plain_pair(questions([1.0, 2, 3, 4]), np.array([1.0, 2, 3, 6]), np.zeros(4))
    assert scores(off) == (0.5, 2.5) and not off.higher_is_better


def test_own_figures_are_compared_by_their_means_whatever_the_truth() -> None:
    pair = gain_pair(questions([9, 9, 9, 9]), np.array([1.0, 0, 1, 1]), np.array([0.0, 0, 1, 0]))
    assert scores(pair) == (0.75, 0.25) and pair.higher_is_better
    draws = np.array([[1.0, 1, 1, 1], [2.0, 0, 0, 0]])
    assert pair.metric(pair.truth, pair.winner, draws).tolist() == [0.75, 1.0]


def test_gain_is_resampled_by_person_not_by_question() -> None:
    """Questions of one person move together: copies of a question add no certainty."""
    random = np.random.default_rng(0)
    once = (random.random(60) < 0.6).astype(float)
    base = (random.random(60) < 0.4).astype(float)
    units = np.arange(60)

    def width(copies: int, unit: Any) -> float:
        asked = Questions(Table((), {}), np.zeros(60 * copies), unit)
        pair = gain_pair(asked, np.repeat(once, copies), np.repeat(base, copies))
        span = paired_gain(pair, seed=0, count=400).gain.interval
        return span.high - span.low

    assert width(20, np.repeat(units, 20)) == pytest.approx(width(1, units), rel=0.25)
    assert width(20, np.arange(1200)) < 0.5 * width(1, units)
