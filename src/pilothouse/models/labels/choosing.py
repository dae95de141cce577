"""Which texts to label next: those that would teach most, and no two that say the same.

A text is worth labelling where the two likeliest labels are close (margin sampling). Taken
one after the other, each is worth less the nearer it is to one that was taken before.

References
----------
Settles, "Active learning literature survey", 2009. Carbonell and Goldstein, "The use of
MMR, diversity-based reranking", 1998.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.labels.pieces import Pieces

_MOST_COMPARED = 3_000


def doubt(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 where the two likeliest labels are equally likely, 0 where one is certain: (n,)."""
    top = np.sort(probability, axis=1)[:, -2:]
    return np.asarray(1.0 - (top[:, 1] - top[:, 0]))


def worth_labelling(texts: Sequence[str], probability: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """Choose at most ``most`` texts, the most useful first; equal texts once.

    Parameters
    ----------
    probability
        (n, labels) what a model says of them; of more than 3,000 texts the most doubtful
        are compared.
    """
    unsure = doubt(probability)
    order = np.argsort(-unsure, kind="stable")
    seen: set[str] = set()
    once = [i for i in order.tolist() if texts[i].strip() and not (texts[i] in seen or seen.add(texts[i]))]  # type: ignore[func-returns-value]
    pool = np.array(once[:_MOST_COMPARED], dtype=np.int64)
    if len(pool) <= 1:
        return pool[:most]
    _, numbers = Pieces.learn([texts[i] for i in pool.tolist()])
    nearest = np.zeros(len(pool))
    left = np.ones(len(pool), dtype=bool)
    chosen: list[int] = []
    for _ in range(min(most, len(pool))):
        value = np.where(left, unsure[pool] * (1.0 - nearest), -np.inf)
        at = int(value.argmax())
        chosen.append(int(pool[at]))
        left[at] = False
        # Both halves of a text have length one, so that a text is 2 like itself.
        nearest = np.maximum(nearest, np.asarray((numbers @ numbers[at].T).todense()).ravel() / 2.0)
    return np.array(chosen, dtype=np.int64)
