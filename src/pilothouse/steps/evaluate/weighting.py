"""Weighted sums, means and ratios that take one set of weights or many draws alike.

A weight is None, (n,) or (draws, n); a result is a float or (draws,).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pilothouse.types.contest import Array

Weight = Array | None
Value = Any


def total(values: Array, weight: Weight) -> Value:
    """Weighted sum over rows: ``values`` (n,) or (n, k), one result a draw."""
    if weight is None:
        return values.sum(axis=0)
    return np.asarray(weight, dtype=float) @ values


def mean(values: Array, weight: Weight) -> Value:
    """Weighted mean over rows of ``values`` (n,), one result a draw."""
    if weight is None:
        return float(values.mean()) if len(values) else float("nan")
    weights = np.asarray(weight, dtype=float)
    return ratio(weights @ values, weights.sum(-1))


def ratio(above: Any, below: Any, empty: float = float("nan")) -> Value:
    """Divide; ``empty`` where the divisor is 0; a float for one result."""
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    result = np.divide(above, below, out=np.full(above.shape, empty), where=below > 0)
    return float(result) if result.ndim == 0 else result
