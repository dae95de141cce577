"""Winner and baseline under one metric, row by row: what slices and plain words compare."""

from __future__ import annotations

from typing import Any

import numpy as np

from pilothouse.steps.evaluate import metrics_binary, metrics_classes, metrics_number
from pilothouse.steps.evaluate.bootstrap import Metric, Pairing
from pilothouse.steps.evaluate.weighting import mean
from pilothouse.types import Answers, Questions
from pilothouse.types.contest import Array


def primary_pair(questions: Questions, winner: Answers, baseline: Answers) -> Pairing:
    """Pair them under the primary metric of class or number answers."""
    if not questions.classes:
        told, stands = winner["prediction"], baseline["prediction"]
        return _pair(questions, told, stands, metrics_number.mae, higher_is_better=False)
    if len(questions.classes) == 2:
        said = [a["probability"][:, 1] for a in (winner, baseline)]
        return _pair(questions, said[0], said[1], metrics_binary.auc)
    return _pair(questions, winner["probability"], baseline["probability"], metrics_classes.auc_macro)


def plain_pair(questions: Questions, winner: Array, baseline: Array) -> Pairing:
    """Pair figures under what a person can picture: the share answered right, or how far off."""
    if questions.classes:
        return _pair(questions, winner, baseline, _right)
    return _pair(questions, winner, baseline, metrics_number.mae, higher_is_better=False)


def gain_pair(questions: Questions, winner: Array, baseline: Array) -> Pairing:
    """Pair figures of which each question has its own, such as a hit: their means are compared."""
    return _pair(questions, winner, baseline, _told)


def _pair(
    questions: Questions, winner: Array, baseline: Array, metric: Metric, *, higher_is_better: bool = True
) -> Pairing:
    truth = np.asarray(questions.truth)
    return Pairing(truth, winner, baseline, questions.unit, metric, higher_is_better, questions.spread)


def _right(truth: Array, answer: Array, weight: Array | None = None) -> Any:
    """Share of answers that are the truth."""
    return mean((truth == answer).astype(float), weight)


def _told(_: Array, figure: Array, weight: Array | None = None) -> Any:
    """Mean of the figures themselves."""
    return mean(figure, weight)
