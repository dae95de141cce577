"""When to say nothing: the confidence below which an answer is left to a person."""

from __future__ import annotations

import numpy as np

from pilothouse.types.contest import Array

LEAST_ANSWERED = 0.5


def least_confidence(right: Array, sure: Array, right_share: float | None) -> float:
    """Choose the lowest confidence whose answers are right often enough.

    Parameters
    ----------
    right, sure
        (n,) 1 where the likeliest label was right, and its probability; out of fold.
    right_share
        The share wanted; None wants half the mistakes.

    Returns
    -------
    float
        0 where all answers together are right often enough. Where half of what is
        asked is not, the confidence that answers half: one who is silent is of no use.
    """
    known = np.isfinite(sure)
    right, sure = right[known], sure[known]
    wanted = 1.0 - (1.0 - right.mean()) / 2.0 if right_share is None else right_share
    if right.mean() >= wanted:
        return 0.0
    order = np.argsort(-sure, kind="stable")
    reached = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last = np.append(np.flatnonzero(np.diff(sure[order]) < 0), len(order) - 1)  # equals stay together
    enough = last[(reached[last] >= wanted) & (last + 1 >= LEAST_ANSWERED * len(order))]
    at = enough.max() if len(enough) else last[np.searchsorted(last + 1, LEAST_ANSWERED * len(order))]
    return float(sure[order[at]])
