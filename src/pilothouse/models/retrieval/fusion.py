"""Join rankings by their ranks alone: scores of different kinds need no common scale.

References
----------
Cormack, Clarke and Buettcher (2009), "Reciprocal rank fusion outperforms Condorcet and
individual rank learning methods".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

CONSTANT = 60
"""How slowly a rank's worth falls; the paper's."""


def fused(rankings: Sequence[NDArray[np.int64]], size: int) -> NDArray[np.float64]:
    """Sum 1 / (60 + rank) over rankings.

    Parameters
    ----------
    rankings
        Passage numbers, best first; what a ranking leaves out gets nothing from it.
    size
        Number of passages.

    Returns
    -------
    (size,)
        1 for a passage that all rank first, 0 for one that none names.
    """
    found = np.zeros(size)
    for ranking in rankings:
        found[ranking] += (CONSTANT + 1.0) / (CONSTANT + 1.0 + np.arange(len(ranking)))
    return found / max(1, len(rankings))


def best(scores: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Positions of the highest scores above 0, best first; of equals the first stands first."""
    found = np.flatnonzero(scores > 0)
    if len(found) > 4 * count:  # a full sort of every passage would take most of a query's time
        least = np.partition(scores[found], len(found) - count)[len(found) - count]
        found = found[scores[found] >= least]
    return found[np.argsort(-scores[found], kind="stable")][:count].astype(np.int64)
