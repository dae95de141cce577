"""Choosing a baseline and a winner on training folds only."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from pilothouse.models.baselines import Everyone, Nothing
from pilothouse.models.blend import Blend, blend_weights
from pilothouse.models.linear import Linear
from pilothouse.models.rule import Rule
from pilothouse.models.target import Target
from pilothouse.scenarios.predict import Predict, PredictOptions
from pilothouse.steps.train.crew import make_crew
from pilothouse.steps.train.develop import Effort, Entry, Judge, _winner, answer, develop
from pilothouse.types import Column, Data, Kind, Role, Table

PREDICT = Predict(PredictOptions(target="y"))


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(2)
    a, b = random.normal(size=(2, 400))
    y = np.where(random.random(400) < 1 / (1 + np.exp(-(a + b))), "yes", "no").astype(object)
    columns = (
        Column("a", Kind.NUMBER),
        Column("b", Kind.NUMBER),
        Column("y", Kind.CATEGORY, Role.TARGET, classes=("no", "yes")),
    )
    return Data({"rows": Table(columns, {"a": a, "b": b, "y": y})})


@pytest.fixture(scope="module")
def developed(data, tmp_path_factory):
    target = Target.of(data.table)
    linear = Linear(target)
    entries = [Entry(c) for c in (Nothing(target), Everyone(target), Rule(target), linear, Blend((linear,)))]
    rows = np.arange(300)
    folds = tuple((rows[rows % 3 != f], rows[rows % 3 == f]) for f in range(3))

    def worth(questions, answers, name):
        scores = PREDICT.measure(questions, answers)
        return float(scores.values[scores.primary])

    judge = Judge(PREDICT.questions(data), PREDICT.measure, worth, PREDICT.weights, PREDICT.calibrate)
    with make_crew(data, PREDICT.questions, tmp_path_factory.mktemp("keep"), workers=1) as crew:
        found = develop(entries, folds, judge, crew, Effort(seed=1))
        opened = answer(found, crew, rows, np.arange(300, 400), 1)
    return found, opened, judge


def test_two_columns_beat_the_rule_of_one(developed):
    found, _, _ = developed
    assert found.baseline == "rule" and found.winner == "linear"
    assert np.mean(found.fold_scores["linear"]) > np.mean(found.fold_scores["rule"])


def test_rows_that_no_fold_asked_have_no_answer(developed):
    found, _, _ = developed
    said = found.out_of_fold["linear"]["probability"]
    assert np.isfinite(said[:300]).all() and np.isnan(said[300:]).all()


def test_a_lone_model_is_not_blended(developed):
    found, _, _ = developed
    assert found.weights == {} and "blend" not in found.out_of_fold


def test_opening_answers_every_contestant_on_the_rows_asked(developed):
    found, opened, judge = developed
    assert set(opened) == {"nothing", "everyone", "rule", "linear"}
    assert all(len(a) == 100 for a in opened.values())
    weights = blend_weights(judge.questions.truth[300:], {"linear": opened["linear"]}, "classes")
    assert weights == {"linear": 1.0}


@dataclass(frozen=True)
class Dear(Linear):
    name: ClassVar[str] = "dear"
    rank: ClassVar[int] = 35
    must_excel: ClassVar[bool] = True


@pytest.mark.parametrize(
    ("dear", "won"),
    [
        ((0.91, 0.92, 0.93, 0.92, 0.91), "dear"),
        ((0.90, 0.70, 0.95, 0.72, 0.93), "linear"),
        ((0.6,) * 5, "linear"),
    ],
)
def test_a_dear_model_wins_only_with_a_gain_beyond_luck(dear, won):
    target = Target("y", "binary", ("no", "yes"))
    rows = np.arange(100)
    folds = tuple((np.setdiff1d(rows, ask), ask) for ask in np.split(rows, 5))
    scores = {"linear": (0.80, 0.81, 0.82, 0.80, 0.80), "dear": dear}
    assert _winner({"linear": Linear(target), "dear": Dear(target)}, scores, folds) == won
