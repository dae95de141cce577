"""The usual values of each column: what a row is compared with.

A few values a column with their shares, so small that it is kept beside a released
model and asked within a request. Rare words and single rows never enter it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.encoding import features
from pilothouse.types import Kind, Table

Values = NDArray[Any]

MOST = 7
FEWEST_ROWS = 5  # a word that fewer rows have is nobody's business


@dataclass(frozen=True)
class Usual:
    """Usual values of one column and the share of rows near each, shares summing to 1."""

    column: str
    kind: Kind
    values: Values
    shares: NDArray[np.float64]


@dataclass(frozen=True)
class Background:
    """The usual values of every feature column, in the table's order."""

    columns: tuple[Usual, ...]

    @staticmethod
    def of(table: Table) -> Background:
        """Learn from training rows."""
        kept = (_usual(c.name, c.kind, table[c.name]) for c in features(table))
        return Background(tuple(u for u in kept if len(u.values)))

    def as_json(self) -> list[dict[str, Any]]:
        """What files keep."""
        return [
            {"column": u.column, "kind": str(u.kind), "values": _plain(u.values), "shares": u.shares.tolist()}
            for u in self.columns
        ]

    @staticmethod
    def from_json(kept: list[Mapping[str, Any]]) -> Background:
        """Read back what ``as_json`` wrote."""
        return Background(
            tuple(
                Usual(
                    k["column"], Kind(k["kind"]), _typed(k["values"], Kind(k["kind"])), np.array(k["shares"])
                )
                for k in kept
            )
        )


def _plain(values: Values) -> list[Any]:
    if values.dtype.kind == "M":
        return [None if np.isnat(v) else str(v) for v in values]
    return [None if v is None or v != v else v for v in values.tolist()]


def _typed(values: list[Any], kind: Kind) -> Values:
    if kind is Kind.NUMBER:
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    if kind is Kind.TIME:
        return np.array(["NaT" if v is None else v for v in values], dtype="datetime64[us]")
    return np.array(values, dtype=object)


def _usual(column: str, kind: Kind, values: Values) -> Usual:
    if values.dtype == object:
        counts = Counter(values.tolist())
        common = sorted((v for v in counts if counts[v] >= FEWEST_ROWS), key=lambda v: (-counts[v], str(v)))[
            :MOST
        ]
        found, weights = np.array(common, dtype=object), [float(counts[v]) for v in common]
    else:
        gone = np.isnan(values) if kind is Kind.NUMBER else np.isnat(values)
        found, weights = _spread(values[~gone])
        if gone.sum() >= FEWEST_ROWS:
            found = np.concatenate([found, values[gone][:1]])
            weights.append(float(gone.sum()))
    total = float(sum(weights)) or 1.0
    return Usual(column, kind, found, np.array(weights, dtype=float) / total)


def _spread(known: Values) -> tuple[Values, list[float]]:
    """Values that stand for equal parts of the rows: the middle of each seventh."""
    if not len(known):
        return known, []
    ordered = np.sort(known)
    middle = ((np.arange(MOST) + 0.5) / MOST * len(ordered)).astype(int)
    values, count = np.unique(ordered[middle], return_counts=True)
    return values, [float(c) * len(known) / MOST for c in count]
