"""Two columns that know the answer together though neither does alone: billed and paid, then and now.

Greedy trees may pass over such a pair, because neither half promises anything at the
first cut. So every two columns are put into one table of counts, learnt on some rows
and asked of others. Three halves or more are not looked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.steps.prepare.leaks.single import Facts, Truth, agreement, as_numbers, levels, rates

Index = NDArray[np.int64]

CELLS = 10  # levels of each column: 100 cells a pair
FOLDS = 2
MOST_COLUMNS = 40
PAIR_AUC, PAIR_R2 = 0.85, 0.75
MORE_AUC, MORE_R2 = 0.15, 0.30  # how much better than the better half


@dataclass(frozen=True)
class Pair:
    """Two columns and what they say together, in the scale of ``Facts.own``."""

    first: str
    second: str
    own: float


def find_pairs(
    columns: Mapping[str, NDArray[Any]],
    facts: Mapping[str, Facts],
    truth: Truth,
    folds: Sequence[tuple[Index, Index]],
) -> tuple[Pair, ...]:
    """Find pairs that say much more together than the better of them alone.

    Parameters
    ----------
    columns
        Name to values, each of shape (rows,).
    facts
        What each says alone.
    truth
        What happened.
    folds
        (learn, ask) positions; two are used.

    Returns
    -------
    tuple of Pair
        The strongest first.
    """
    names = sorted(columns, key=lambda n: (-facts[n].best, n))[:MOST_COLUMNS]
    enough, more = (PAIR_AUC, MORE_AUC) if truth.classes else (PAIR_R2, MORE_R2)
    used = folds[:FOLDS]
    placed = {name: [_cells(columns[name], learn) for learn, _ in used] for name in names}
    found = []
    for a, b in combinations(names, 2):
        least = max(enough, max(facts[a].best, facts[b].best) + more)
        own = 1.0
        for k, (learn, ask) in enumerate(used):
            if own >= least:
                asked = Truth(truth.values[ask], truth.classes)
                cells = placed[a][k] * (CELLS + 2) + placed[b][k]
                own = min(own, agreement(asked, rates(cells, truth, learn, ask)))
        if own >= least:
            found.append(Pair(a, b, own))
    return tuple(sorted(found, key=lambda pair: (-pair.own, pair.first, pair.second)))


def _cells(values: NDArray[Any], learn: Index) -> Index:
    """Place values in at most ``CELLS`` levels from 1 on; 0 is missing, the last is every other word."""
    numbers = as_numbers(values)
    if numbers is not None:
        known = numbers[learn]
        known = known[~np.isnan(known)]
        edges = (
            np.unique(np.quantile(known, np.linspace(0, 1, CELLS + 1)[1:-1])) if len(known) else np.zeros(0)
        )
        return np.where(np.isnan(numbers), 0, 1 + np.searchsorted(edges, numbers, side="left")).astype(
            np.int64
        )
    place = levels(values)
    count = np.bincount(place[learn] + 1, minlength=int(place.max(initial=-1)) + 2)[1:]
    rank = np.argsort(np.argsort(-count, kind="stable"), kind="stable")
    return np.where(place < 0, 0, 1 + np.minimum(rank[place], CELLS)).astype(np.int64)
