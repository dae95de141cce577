"""One column as an answer: shares by level, or a slope over ranks.

The pieces that the single-column baselines are made of. Each can be said in one
sentence, which is the point of them: they are what a PM could do without us.

References
----------
Shrinkage of a level's share towards the whole: Micci-Barreca, "A preprocessing scheme
for high-cardinality categorical attributes", 2001.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.target import Target

Matrix = NDArray[np.float64]

_PRIOR_ROWS = 20.0
_MOST_LEVELS = 1_000
_BINS = 10
_GRID = 65
_RIDGE = 1e-3


def outcomes(truth: NDArray[Any], target: Target) -> Matrix:
    """Return (n, classes) of ones and zeros, or (n, 1) of the numbers."""
    if target.is_number:
        return truth.reshape(-1, 1).astype(np.float64)
    return np.asarray(np.eye(len(target.classes))[truth])


@dataclass(frozen=True)
class Rates:
    """The mean outcome of each level, drawn towards the whole by 20 rows.

    Parameters
    ----------
    levels
        Number of each level's row in ``means``; None is "missing".
    means
        (levels + 1, outcomes); the last row is the whole, for levels never seen.
    edges
        Inner edges of a number's bins, or None for a category.
    """

    levels: Mapping[str | None, int]
    means: Matrix
    edges: Matrix | None = None

    @staticmethod
    def learn(values: NDArray[Any], outcome: Matrix) -> Rates:
        """Learn from a category (object), number or time column.

        Parameters
        ----------
        values
            (n,) values; numbers are cut into at most ten bins of equal mass.
        outcome
            (n, outcomes), see ``outcomes``.
        """
        edges = None if values.dtype == object else _bin_edges(as_number(values))
        words = _words(values, edges)
        counts: dict[str | None, int] = {}
        for word in words:
            counts[word] = counts.get(word, 0) + 1
        kept = sorted(counts, key=lambda v: (-counts[v], v is None, v or ""))[:_MOST_LEVELS]
        levels = {level: i for i, level in enumerate(kept)}
        place = np.array([levels.get(w, len(kept)) for w in words], dtype=np.int64)
        whole = outcome.mean(axis=0)
        sums = np.zeros((len(kept) + 1, outcome.shape[1]))
        np.add.at(sums, place, outcome)
        rows = np.bincount(place, minlength=len(kept) + 1)[:, None]
        means = (sums + _PRIOR_ROWS * whole) / (rows + _PRIOR_ROWS)
        means[-1] = whole
        return Rates(levels, means, edges)

    def answer(self, values: NDArray[Any]) -> Matrix:
        """Return (n, outcomes), or (n,) where there is one outcome."""
        get, last = self.levels.get, len(self.levels)
        place = np.array([get(w, last) for w in _words(values, self.edges)], dtype=np.int64)
        found = self.means[place]
        return found[:, 0] if found.shape[1] == 1 else found

    def best(self, outcome: int, most: int) -> list[str]:
        """Return the known levels with the highest mean of ``outcome``, highest first."""
        known = [level for level in self.levels if level is not None]
        return sorted(known, key=lambda v: -self.means[self.levels[v], outcome])[:most]

    def state(self) -> dict[str, Any]:
        """Return what JSON needs to rebuild it."""
        edges = None if self.edges is None else self.edges.tolist()
        return {"levels": list(self.levels), "means": self.means.tolist(), "edges": edges}

    @staticmethod
    def restore(state: Mapping[str, Any]) -> Rates:
        """Rebuild from ``state``."""
        edges = None if state["edges"] is None else np.array(state["edges"], dtype=np.float64)
        return Rates({v: i for i, v in enumerate(state["levels"])}, np.array(state["means"]), edges)


@dataclass(frozen=True)
class Slope:
    """Probability as a logistic curve over a number's rank.

    Parameters
    ----------
    grid
        Values at evenly spaced ranks, increasing.
    ranks
        Rank of each, -0.5 to 0.5.
    base, slope
        Of the logistic curve.
    missing
        Probability where the number is missing.
    """

    grid: Matrix
    ranks: Matrix
    base: float
    slope: float
    missing: float

    @staticmethod
    def learn(values: NDArray[Any], outcome: Matrix, direction: int | None = None) -> Slope:
        """Learn from a number or time column.

        Parameters
        ----------
        values, outcome
            (n,) values and (n,) ones and zeros.
        direction
            1 or -1 forces the order; None takes the one the data show.
        """
        numbers = as_number(values)
        known = np.isfinite(numbers)
        whole = float(outcome.mean())
        gone = outcome[~known]
        missing = (float(gone.sum()) + _PRIOR_ROWS * whole) / (len(gone) + _PRIOR_ROWS)
        if not known.any():
            return Slope(np.zeros(1), np.zeros(1), _logit(whole), 0.0, missing)
        grid, ranks = _rank_grid(numbers[known])
        base, slope = _logistic(np.interp(numbers[known], grid, ranks), outcome[known])
        if direction is not None and slope * direction <= 0.0:
            slope = direction * 1e-3
        return Slope(grid, ranks, base, slope, missing)

    def answer(self, values: NDArray[Any]) -> Matrix:
        """Return (n,) probabilities."""
        numbers = as_number(values)
        curve = self.base + self.slope * np.interp(numbers, self.grid, self.ranks)
        return np.where(np.isnan(numbers), self.missing, 1.0 / (1.0 + np.exp(-curve)))

    def state(self) -> dict[str, Any]:
        """Return what JSON needs to rebuild it."""
        numbers = {"base": self.base, "slope": self.slope, "missing": self.missing}
        return {"grid": self.grid.tolist(), "ranks": self.ranks.tolist(), **numbers}

    @staticmethod
    def restore(state: Mapping[str, Any]) -> Slope:
        """Rebuild from ``state``."""
        grid, ranks = np.array(state["grid"]), np.array(state["ranks"])
        return Slope(grid, ranks, state["base"], state["slope"], state["missing"])


def as_number(values: NDArray[Any]) -> Matrix:
    """Return numbers as they are and times as days since 1970; missing is NaN."""
    if values.dtype.kind != "M":
        return np.asarray(values, dtype=np.float64)
    days = values.astype("datetime64[us]").astype(np.int64) / 86_400e6
    return np.where(np.isnat(values), np.nan, days)


def _words(values: NDArray[Any], edges: Matrix | None) -> list[str | None]:
    """Levels as they are; numbers as the name of their bin."""
    if edges is None:
        return list(values.tolist())
    numbers = as_number(values)
    bins = np.searchsorted(edges, numbers, side="right")
    return [None if gone else str(one) for one, gone in zip(bins.tolist(), np.isnan(numbers), strict=True)]


def _bin_edges(numbers: Matrix) -> Matrix:
    """Inner edges: between all values where there are few, else at deciles."""
    known = numbers[np.isfinite(numbers)]
    values = np.unique(known)
    if len(values) <= _BINS:
        return values[1:].astype(np.float64)
    return np.unique(np.quantile(known, np.linspace(0.0, 1.0, _BINS + 1)[1:-1]))


def _rank_grid(known: Matrix) -> tuple[Matrix, Matrix]:
    """Values at evenly spaced shares of the rows, with the middle rank of each."""
    ordered = np.sort(known)
    picked = np.unique(ordered[np.linspace(0, len(ordered) - 1, _GRID).astype(np.int64)])
    low = np.searchsorted(ordered, picked, side="left")
    high = np.searchsorted(ordered, picked, side="right")
    return picked, (low + high) / 2.0 / len(ordered) - 0.5


def _logistic(rank: Matrix, outcome: Matrix) -> tuple[float, float]:
    """Newton's method for a base and a slope, lightly held towards zero."""
    wide = np.stack([np.ones_like(rank), rank], axis=1)
    found = np.array([_logit(float(outcome.mean())), 0.0])
    for _ in range(25):
        said = 1.0 / (1.0 + np.exp(-np.clip(wide @ found, -30.0, 30.0)))
        uphill = wide.T @ (outcome - said) - _RIDGE * found
        bend = (wide * (said * (1.0 - said))[:, None]).T @ wide + _RIDGE * np.eye(2)
        step = np.linalg.solve(bend, uphill)
        found = found + np.clip(step, -4.0, 4.0)
        if np.abs(step).max() < 1e-9:
            break
    return float(found[0]), float(found[1])


def _logit(share: float) -> float:
    held = min(max(share, 1e-6), 1.0 - 1e-6)
    return float(np.log(held / (1.0 - held)))
