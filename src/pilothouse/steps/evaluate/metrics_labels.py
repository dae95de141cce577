"""Metrics of yes/no answers and of class labels: accuracy, precision, recall, F1.

Same signature and weights as ``metrics_binary``. Precision where nothing is flagged,
recall where nothing happened and F1 where both fail are 0, as scikit-learn counts them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pilothouse.steps.evaluate.weighting import Value, Weight, mean, ratio, total
from pilothouse.types.contest import Array


def accuracy(truth: Array, answer: Array, weight: Weight = None) -> Value:
    """Share of rows answered right."""
    return mean((truth == answer).astype(float), weight)


def precision(truth: Array, flag: Array, weight: Weight = None) -> Value:
    """Share of the flagged rows that have the outcome."""
    hits, flagged, _ = _counts(truth == 1, flag, weight)
    return ratio(hits, flagged, empty=0.0)


def recall(truth: Array, flag: Array, weight: Weight = None) -> Value:
    """Share of the rows with the outcome that are flagged."""
    hits, _, happened = _counts(truth == 1, flag, weight)
    return ratio(hits, happened, empty=0.0)


def f1(truth: Array, flag: Array, weight: Weight = None) -> Value:
    """Harmonic mean of precision and recall."""
    hits, flagged, happened = _counts(truth == 1, flag, weight)
    return ratio(2 * hits, flagged + happened, empty=0.0)


def macro_precision(truth: Array, answer: Array, weight: Weight = None) -> Value:
    """Precision of each class, then their mean; classes are those seen in truth or answers."""
    return _macro(precision, truth, answer, weight)


def macro_recall(truth: Array, answer: Array, weight: Weight = None) -> Value:
    """Recall of each class, then their mean."""
    return _macro(recall, truth, answer, weight)


def macro_f1(truth: Array, answer: Array, weight: Weight = None) -> Value:
    """F1 of each class, then their mean."""
    return _macro(f1, truth, answer, weight)


def _counts(happened: Array, flag: Array, weight: Weight) -> tuple[Any, Any, Any]:
    flagged = np.asarray(flag, dtype=bool)
    columns = np.stack([happened & flagged, flagged, happened], axis=1).astype(float)
    sums = total(columns, weight)
    return sums[..., 0], sums[..., 1], sums[..., 2]


def _macro(metric: Any, truth: Array, answer: Array, weight: Weight) -> Value:
    classes = np.union1d(truth, answer)
    return sum(metric((truth == c).astype(int), answer == c, weight) for c in classes) / len(classes)
