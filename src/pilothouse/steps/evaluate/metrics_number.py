"""Metrics of a number: MAE, RMSE, R2, MAPE. Same signature and weights as ``metrics_binary``."""

from __future__ import annotations

import numpy as np

from pilothouse.steps.evaluate.weighting import Value, Weight, mean, ratio
from pilothouse.types.contest import Array


def mae(truth: Array, prediction: Array, weight: Weight = None) -> Value:
    """Mean absolute error, in the target's unit."""
    return mean(np.abs(truth - prediction), weight)


def rmse(truth: Array, prediction: Array, weight: Weight = None) -> Value:
    """Root of the mean squared error, in the target's unit."""
    return np.sqrt(mean((truth - prediction) ** 2, weight))


def r2(truth: Array, prediction: Array, weight: Weight = None) -> Value:
    """Share of the variance that is explained; NaN when the truth does not vary."""
    shifted = truth - truth.mean()  # keeps the two moments from cancelling for large truths
    left = np.asarray(mean((truth - prediction) ** 2, weight))
    spread = np.asarray(mean(shifted**2, weight)) - np.asarray(mean(shifted, weight)) ** 2
    return 1.0 - ratio(left, spread)


def mape(truth: Array, prediction: Array, weight: Weight = None) -> Value:
    """Mean absolute error as a share of the truth; NaN when a truth is 0.

    Scikit-learn divides by the smallest float there and answers with numbers like 1e15.
    """
    if np.any(truth == 0):
        return float("nan") if weight is None or np.ndim(weight) == 1 else np.full(len(weight), np.nan)
    return mean(np.abs((truth - prediction) / truth), weight)
