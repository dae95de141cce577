"""Metrics of a probability for one outcome: ranking and calibration.

Each is a plain function ``metric(truth, probability, weight=None)``. ``truth`` holds 0
and 1, shape (n,); ``probability`` is any score for ranking metrics, else in [0, 1].
``weight`` is None, (n,) or (draws, n): many bootstrap draws are scored with one sort
and a few matrix products. The result is a float, or an array (draws,). Where a metric
is not defined (one class only) it is NaN. Metrics of yes/no answers are in
``metrics_labels``.
"""

from __future__ import annotations

import numpy as np

from pilothouse.steps.evaluate.weighting import Value, Weight, mean, ratio, total
from pilothouse.types.contest import Array

BINS = 10


def auc(truth: Array, score: Array, weight: Weight = None) -> Value:
    """Chance that a row with the outcome outranks a row without; ties count half.

    References
    ----------
    Hanley and McNeil (1982), The meaning and use of the area under a ROC curve.
    """
    return ranking(truth, score, weight)[0]


def average_precision(truth: Array, score: Array, weight: Weight = None) -> Value:
    """Area under the precision-recall steps, not interpolated (PR-AUC).

    Rows of equal score enter together, as in scikit-learn.
    """
    return ranking(truth, score, weight)[1]


def ranking(truth: Array, score: Array, weight: Weight = None) -> tuple[Value, Value]:
    """AUC and average precision from one sort.

    Both need, for each row with the outcome, only the weight of all rows and of the rows
    with the outcome that rank below its run of ties and up to its end: one cumulative sum.
    """
    order = np.argsort(score, kind="stable")
    ranked = score[order]
    places = np.flatnonzero(truth[order] == 1)
    first = np.searchsorted(ranked, ranked[places], side="left")
    last = np.searchsorted(ranked, ranked[places], side="right")
    weights = (np.ones(len(truth)) if weight is None else np.asarray(weight, dtype=float))[..., order]
    positive = weights[..., places]
    everyone, hits = _running(weights), _running(positive)
    below = np.searchsorted(places, first)
    upto = np.searchsorted(places, last)
    rows_below, hits_below = everyone[..., first], hits[..., below]
    misses_twice = rows_below - hits_below + everyone[..., last] - hits[..., upto]
    happened, whole = hits[..., -1], everyone[..., -1]
    area = ratio(0.5 * (positive * misses_twice).sum(-1), happened * (whole - happened))
    seen, found = whole[..., None] - rows_below, happened[..., None] - hits_below
    precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
    return area, ratio((positive * precision).sum(-1), happened)


def log_loss(truth: Array, probability: Array, weight: Weight = None) -> Value:
    """Mean of -log of the probability given to what happened, in nats."""
    tiny = np.finfo(float).eps
    said = np.clip(np.where(truth == 1, probability, 1.0 - probability), tiny, 1.0 - tiny)
    return mean(-np.log(said), weight)


def brier(truth: Array, probability: Array, weight: Weight = None) -> Value:
    """Mean squared distance between the probability and what happened."""
    return mean((probability - truth) ** 2, weight)


def ece(truth: Array, probability: Array, weight: Weight = None) -> Value:
    """Expected calibration error over ten bins of equal mass.

    The bins are those of the rows as given (tied probabilities stay together), so that
    draws of one bootstrap share them. Under resampling the mean of ECE lies above the
    value on the rows; ``calibration`` therefore judges it against a limit.

    References
    ----------
    Roelofs et al. (2022), Mitigating bias in calibration error estimation.
    """
    membership = np.eye(BINS)[mass_bins(probability)]
    gaps = total((probability - truth)[:, None] * membership, weight)
    whole = len(truth) if weight is None else np.asarray(weight, dtype=float).sum(-1)
    return np.abs(gaps).sum(-1) / whole


def mass_bins(probability: Array, bins: int = BINS) -> Array:
    """Number of the equal-mass bin, 0 to ``bins - 1``, for each row, shape (n,) int64.

    A bin is given by the rank of the first row of each run of ties, so equal
    probabilities never part.
    """
    _, first, inverse = np.unique(np.sort(probability), return_index=True, return_inverse=True)
    bin_of_rank = first[inverse] * bins // max(len(probability), 1)
    result = np.empty(len(probability), dtype=np.int64)
    result[np.argsort(probability, kind="stable")] = bin_of_rank
    return result


def _running(values: Array) -> Array:
    """Cumulative sums along the last axis with a leading 0."""
    result = np.zeros((*values.shape[:-1], values.shape[-1] + 1))
    np.cumsum(values, axis=-1, out=result[..., 1:])
    return result
