"""Metrics of probabilities over three or more classes.

``truth`` holds class numbers (n,), ``probability`` is (n, classes) and sums to 1 in each
row. Same weights as ``metrics_binary``.
"""

from __future__ import annotations

import numpy as np

from pilothouse.steps.evaluate import metrics_binary as binary
from pilothouse.steps.evaluate.weighting import Value, Weight, mean, ratio
from pilothouse.types.contest import Array


def auc_macro(truth: Array, probability: Array, weight: Weight = None) -> Value:
    """AUC of each class against the rest, then the plain mean over the classes seen in ``truth``.

    A class that a bootstrap draw does not hold is left out of that draw's mean.
    """
    seen = np.unique(truth)
    each = np.stack(
        [np.asarray(binary.auc((truth == c).astype(int), probability[:, c], weight)) for c in seen]
    )
    known = ~np.isnan(each)
    return ratio(np.where(known, each, 0.0).sum(axis=0), known.sum(axis=0))


def log_loss(truth: Array, probability: Array, weight: Weight = None) -> Value:
    """Mean of -log of the probability given to what happened, in nats."""
    tiny = np.finfo(float).eps
    said = probability[np.arange(len(truth)), truth] / probability.sum(axis=1)
    return mean(-np.log(np.clip(said, tiny, 1.0)), weight)


def brier(truth: Array, probability: Array, weight: Weight = None) -> Value:
    """Mean over rows of the squared distance to what happened, summed over classes."""
    happened = np.eye(probability.shape[1])[truth]
    return mean(((probability - happened) ** 2).sum(axis=1), weight)


def top_label(truth: Array, probability: Array) -> tuple[Array, Array]:
    """Reduce to one outcome, "the likeliest class was right": (right (n,), confidence (n,))."""
    answer = probability.argmax(axis=1)
    return (answer == truth).astype(int), probability.max(axis=1)


def ece(truth: Array, probability: Array, weight: Weight = None) -> Value:
    """Expected calibration error of the likeliest class, ten bins of equal mass."""
    right, confidence = top_label(truth, probability)
    return binary.ece(right, confidence, weight)
