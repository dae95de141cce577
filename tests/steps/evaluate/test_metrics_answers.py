"""What became of questions, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.steps.evaluate.metrics_answers import (
    MODEL,
    PERSON,
    RULES,
    first_right,
    measure_answers,
    outcome,
)
from pilothouse.types import Answers

TRUTH = np.array(["3 7", "2", "5", "", "", "4"], dtype=object)
ITEM = np.array([[7, 1, -1], [1, 2, -1], [5, 1, 2], [1, 2, 3], [9, 1, 2], [1, 2, 3]], dtype=float)
ANSWERS = Answers({"hit": np.array([7.0, 1, -1, -1, 9, -1]), "score": np.linspace(0, 1, 6), "item": ITEM})
HUMAN = np.array([True, True, False, False, True, False])


def test_outcomes_are_four() -> None:
    assert outcome(TRUTH, ANSWERS).tolist() == [1, -1, 0, 2, -1, 0]


def test_places_count_any_right_passage() -> None:
    assert first_right(TRUTH, ITEM).tolist() == [1, 2, 1, np.inf, np.inf, np.inf]


def test_figures_are_those_counted_by_hand() -> None:
    found = measure_answers(TRUTH, HUMAN, ANSWERS)
    wanted = {
        "handled": 2 / 6,
        "hit_1": 2 / 4,
        "hit_3": 3 / 4,
        "mrr": (1 + 0.5 + 1) / 4,
        "ndcg_10": (1 + 1 / np.log2(3) + 1) / 4,
        "cited_right": 1 / 3,
        "declined_rightly": 1 / 2,
        "false_refusals": 2 / 4,
        "handled_human": 1 / 3,
        "handled_generated": 1 / 3,
    }
    assert found.primary == "handled" and not found.higher_is_better["false_refusals"]
    for name, value in wanted.items():
        assert found.values[name] == pytest.approx(value), name


def test_weights_are_repeats() -> None:
    index = np.array([0, 0, 3, 5, 5, 5, 1])
    weight = np.bincount(index, minlength=6).astype(float)
    drawn = measure_answers(TRUTH, HUMAN, ANSWERS, np.stack([weight, np.ones(6)]))
    again = measure_answers(TRUTH[index], HUMAN[index], ANSWERS.take(index))
    for name, value in again.values.items():
        assert drawn.values[name][0] == pytest.approx(value), name
        assert drawn.values[name][1] == pytest.approx(measure_answers(TRUTH, HUMAN, ANSWERS).values[name]), (
            name
        )


def test_sides_without_questions_are_zero() -> None:
    found = measure_answers(TRUTH[:1], HUMAN[:1], ANSWERS.take(np.array([0])))
    assert found.values["declined_rightly"] == 0.0 and found.values["handled"] == 1.0


def test_questions_by_a_language_model_are_told_apart_where_there_are_any() -> None:
    writers = np.array([PERSON, PERSON, RULES, MODEL, MODEL, RULES])
    found = measure_answers(TRUTH, writers, ANSWERS).values
    assert found["handled_human"] == 1 / 2 and found["handled_generated"] == 0.0
    assert found["handled_model"] == 1 / 2
    assert "handled_model" not in measure_answers(TRUTH, HUMAN, ANSWERS).values
