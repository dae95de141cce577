"""All metrics of one set of answers, the primary first: AUC, macro AUC, accuracy or MAE.

The metrics themselves are in ``metrics_binary``, ``metrics_labels``, ``metrics_classes``
and ``metrics_number``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pilothouse.steps.evaluate import metrics_binary as binary
from pilothouse.steps.evaluate import metrics_classes as classes
from pilothouse.steps.evaluate import metrics_labels as labels
from pilothouse.steps.evaluate import metrics_number as number
from pilothouse.steps.evaluate.weighting import Weight
from pilothouse.types.contest import Array, Scores

LOWER_IS_BETTER = frozenset({"log_loss", "ece", "brier", "mae", "rmse", "mape"})


def measure_binary(
    truth: Array, probability: Array, flags: Array | float = 0.5, weight: Weight = None
) -> Scores:
    """Score probabilities of one outcome.

    Parameters
    ----------
    truth
        0 and 1, shape (n,).
    probability
        Of the outcome, shape (n,).
    flags
        Boolean (n,), or the threshold from which a row is flagged.
    weight
        None, (n,) or (draws, n).
    """
    flagged = probability >= flags if np.ndim(flags) == 0 else np.asarray(flags, dtype=bool)
    area, average_precision = binary.ranking(truth, probability, weight)
    return _scores(
        {
            "auc": area,
            "average_precision": average_precision,
            "accuracy": labels.accuracy(truth, flagged, weight),
            "precision": labels.precision(truth, flagged, weight),
            "recall": labels.recall(truth, flagged, weight),
            "f1": labels.f1(truth, flagged, weight),
            "log_loss": binary.log_loss(truth, probability, weight),
            "ece": binary.ece(truth, probability, weight),
            "brier": binary.brier(truth, probability, weight),
        }
    )


def measure_classes(truth: Array, probability: Array, weight: Weight = None) -> Scores:
    """Score probabilities over classes; ``truth`` (n,) class numbers, ``probability`` (n, classes)."""
    answer = probability.argmax(axis=1)
    return _scores(
        {
            "auc_macro": classes.auc_macro(truth, probability, weight),
            "accuracy": labels.accuracy(truth, answer, weight),
            "precision": labels.macro_precision(truth, answer, weight),
            "recall": labels.macro_recall(truth, answer, weight),
            "f1": labels.macro_f1(truth, answer, weight),
            "log_loss": classes.log_loss(truth, probability, weight),
            "ece": classes.ece(truth, probability, weight),
            "brier": classes.brier(truth, probability, weight),
        }
    )


def measure_labels(truth: Array, probability: Array, weight: Weight = None) -> Scores:
    """Score labels told, and how likely they were said to be; arguments as for classes."""
    answer = probability.argmax(axis=1)
    return _scores(
        {
            "accuracy": labels.accuracy(truth, answer, weight),
            "f1": labels.macro_f1(truth, answer, weight),
            "precision": labels.macro_precision(truth, answer, weight),
            "recall": labels.macro_recall(truth, answer, weight),
            "log_loss": classes.log_loss(truth, probability, weight),
            "ece": classes.ece(truth, probability, weight),
        }
    )


def measure_number(truth: Array, prediction: Array, weight: Weight = None) -> Scores:
    """Score predictions of a number; both shape (n,)."""
    return _scores(
        {
            "mae": number.mae(truth, prediction, weight),
            "rmse": number.rmse(truth, prediction, weight),
            "r2": number.r2(truth, prediction, weight),
            "mape": number.mape(truth, prediction, weight),
        }
    )


def _scores(values: Mapping[str, Any]) -> Scores:
    return Scores(values, {name: name not in LOWER_IS_BETTER for name in values})
