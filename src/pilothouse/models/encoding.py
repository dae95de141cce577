"""From a table's columns to the matrices that models learn from.

``Ordinal`` serves trees (codes of categories, numbers as they are), ``Dense`` serves
the linear model and the network (bounded, standardised numbers bent at their
quantiles, one place for each level). Both are learnt from the learning rows only and
have one path for a single row and for a million, so that a batch and a request give
the same figures. State is a plain dict of lists, numbers and words for JSON.

It does not read text, pictures or sound, and never looks at the target.

References
----------
Piecewise linear encoding: Gorishniy, Rubachev and Babenko, "On embeddings for
numerical features in tabular deep learning", 2022.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.types import Column, Kind, Role, Table

Matrix = NDArray[np.float64]
Codes = NDArray[np.int64]

_LARGEST = 1e300
_DAY = 86_400_000_000
_SMALLEST = 1e-280
_NARROWEST = 1e-9
_REAL = ("middle", "scale", "low", "high", "start", "width")
_WHOLE = ("flagged", "bent", "offsets")
_FEATURE_ROLES = (Role.FEATURE, Role.ITEM)


def features(table: Table) -> tuple[Column, ...]:
    """Return the columns a model may learn from, in order.

    Ids, users, groups, times, money, today's rule and the target are never among them.
    """
    return tuple(c for c in table.columns if c.role in _FEATURE_ROLES)


@dataclass(frozen=True)
class Levels:
    """The levels of one category column and their codes.

    Code 0 is "missing", code 1 is "rare or never seen", known levels follow, the
    most frequent first.
    """

    column: str
    codes: Mapping[str | None, int]

    @staticmethod
    def learn(column: str, values: NDArray[Any], rare: int, most: int) -> Levels:
        """Keep at most ``most`` levels that occur at least ``rare`` times."""
        counts = Counter(values.tolist())
        counts.pop(None, None)
        kept = sorted((v for v, n in counts.items() if n >= rare), key=lambda v: (-counts[v], v))[:most]
        return Levels(column, {None: 0, **{level: i + 2 for i, level in enumerate(kept)}})

    @property
    def names(self) -> list[str]:
        """Known levels in the order of their codes."""
        return [level for level in self.codes if level is not None]

    def encode(self, values: NDArray[Any]) -> list[int]:
        """Return the code of each value."""
        get = self.codes.get
        return [get(v, 1) for v in values.tolist()]


@dataclass(frozen=True)
class Layout:
    """Which columns give numbers and which give codes.

    Parameters
    ----------
    numbers
        (column, part) pairs; part is "value", or "days", "month", "weekday" or
        "hour" of a time.
    levels
        One for each category column.
    """

    numbers: tuple[tuple[str, str], ...]
    levels: tuple[Levels, ...]

    @staticmethod
    def learn(table: Table, rare: int = 3, most: int = 100) -> Layout:
        """Lay out the feature columns of ``table``."""
        numbers: list[tuple[str, str]] = []
        levels: list[Levels] = []
        for column in features(table):
            if column.kind is Kind.NUMBER:
                numbers.append((column.name, "value"))
            elif column.kind is Kind.TIME:
                numbers += [(column.name, part) for part in _varying_parts(table[column.name])]
            else:
                levels.append(Levels.learn(column.name, table[column.name], rare, most))
        return Layout(tuple(numbers), tuple(levels))

    @property
    def sources(self) -> tuple[str, ...]:
        """Source column of each number, then of each category."""
        return (*(name for name, _ in self.numbers), *(one.column for one in self.levels))

    def raw(self, table: Table) -> Matrix:
        """Return numbers as they are, (n, numbers); NaN is missing, infinities are bounded."""
        made = np.empty((table.rows, len(self.numbers)))
        for j, (name, part) in enumerate(self.numbers):
            values = table.values[name]
            made[:, j] = values if part == "value" else time_part(values, part)
        np.clip(made, -_LARGEST, _LARGEST, out=made)
        return made

    def codes(self, table: Table) -> Codes:
        """Return the codes of categories, (n, categories)."""
        made = np.empty((table.rows, len(self.levels)), dtype=np.int64)
        for j, one in enumerate(self.levels):
            made[:, j] = one.encode(table.values[one.column])
        return made

    def state(self) -> dict[str, Any]:
        """Return what JSON needs to rebuild it."""
        return {
            "numbers": [list(pair) for pair in self.numbers],
            "levels": [[one.column, one.names] for one in self.levels],
        }

    @staticmethod
    def restore(state: Mapping[str, Any]) -> Layout:
        """Rebuild from ``state``."""
        levels = tuple(
            Levels(column, {None: 0, **{level: i + 2 for i, level in enumerate(names)}})
            for column, names in state["levels"]
        )
        return Layout(tuple((name, part) for name, part in state["numbers"]), levels)


@dataclass(frozen=True)
class Ordinal:
    """The matrix for trees: numbers, then codes of categories (NaN where missing)."""

    layout: Layout

    @staticmethod
    def learn(table: Table) -> Ordinal:
        """Learn levels; LightGBM takes at most 255 bins, so 200 levels are kept."""
        return Ordinal(Layout.learn(table, rare=3, most=200))

    @property
    def categorical(self) -> list[int]:
        """Positions of the matrix that hold codes."""
        first = len(self.layout.numbers)
        return list(range(first, first + len(self.layout.levels)))

    def matrix(self, table: Table) -> Matrix:
        """Return (n, numbers + categories) float64."""
        codes = self.layout.codes(table).astype(np.float64)
        codes[codes == 0] = np.nan
        return np.concatenate([self.layout.raw(table), codes], axis=1)


@dataclass(frozen=True)
class Dense:
    """The parts for linear models and networks.

    Parameters
    ----------
    layout
        Columns and levels.
    middle, scale
        Of each number: asinh((x - middle) / scale) tames long tails.
    low, high
        Of each number: the range seen; values beyond it are drawn to its ends. A
        missing value is taken for the middle.
    flagged
        Numbers that were missing while learning: they get a flag column.
    start, width, bent
        Pieces: clip((x[bent] - start) / width, 0, 1), cut at quantiles.
    offsets
        Of each category: its first place among the one-hot places.
    """

    layout: Layout
    middle: Matrix
    scale: Matrix
    low: Matrix
    high: Matrix
    flagged: Codes
    start: Matrix
    width: Matrix
    bent: Codes
    offsets: Codes

    @staticmethod
    def learn(table: Table, pieces: int = 8) -> Dense:
        """Learn from the rows of ``table``; at most ``pieces`` bends a number."""
        layout = Layout.learn(table, rare=5, most=100)
        raw = layout.raw(table)
        middle, scale = np.zeros(raw.shape[1]), np.ones(raw.shape[1])
        low, high = middle.copy(), middle.copy()
        cuts: list[tuple[int, float, float]] = []
        for j in range(raw.shape[1]):
            known = raw[~np.isnan(raw[:, j]), j]
            if not known.size:
                continue
            middle[j], scale[j] = np.median(known), _spread(known)
            low[j], high[j] = known.min(), known.max()
            edges = _edges(known, pieces)
            if len(edges) > 2:
                cuts += [(j, a, b - a) for a, b in zip(edges[:-1], edges[1:], strict=True)]
        sizes = np.array([len(one.codes) + 1 for one in layout.levels], dtype=np.int64)
        return Dense(
            layout=layout,
            middle=middle,
            scale=scale,
            low=low,
            high=high,
            flagged=np.flatnonzero(np.isnan(raw).any(axis=0)).astype(np.int64),
            start=np.array([c[1] for c in cuts]),
            width=np.array([c[2] for c in cuts]),
            bent=np.array([c[0] for c in cuts], dtype=np.int64),
            offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        )

    @property
    def places(self) -> int:
        """Number of one-hot places."""
        return int(self.offsets[-1])

    @property
    def sources(self) -> tuple[str, ...]:
        """Source column of each number of ``numbers``, then of each one-hot place."""
        names = self.layout.sources
        count = len(self.layout.numbers)
        order = [*range(count), *self.bent.tolist(), *self.flagged.tolist()]
        owners = np.repeat(np.arange(len(self.layout.levels)), np.diff(self.offsets)).tolist()
        return tuple([names[j] for j in order] + [names[count + j] for j in owners])

    def numbers(self, table: Table) -> Matrix:
        """Return (n, numbers + pieces + flags): tamed values, pieces, missing flags."""
        raw = self.layout.raw(table)
        missing = np.isnan(raw)
        np.copyto(raw, self.middle, where=missing)
        np.clip(raw, self.low, self.high, out=raw)
        tamed = np.arcsinh((raw - self.middle) / self.scale)
        pieces = np.clip(raw[:, self.bent] - self.start, 0.0, self.width) / self.width
        return np.concatenate([tamed, pieces, missing[:, self.flagged]], axis=1)

    def hot(self, table: Table) -> Codes:
        """Return the one-hot place of each category's value, (n, categories)."""
        return self.layout.codes(table) + self.offsets[:-1]

    def matrix(self, table: Table) -> Matrix:
        """Return the whole dense matrix, (n, numbers + places)."""
        numbers, hot = self.numbers(table), self.hot(table)
        made = np.zeros((len(numbers), numbers.shape[1] + self.places))
        made[:, : numbers.shape[1]] = numbers
        np.put_along_axis(made, hot + numbers.shape[1], 1.0, axis=1)
        return made

    def state(self) -> dict[str, Any]:
        """Return what JSON needs to rebuild it."""
        arrays = {name: getattr(self, name).tolist() for name in (*_REAL, *_WHOLE)}
        return {"layout": self.layout.state(), **arrays}

    @staticmethod
    def restore(state: Mapping[str, Any]) -> Dense:
        """Rebuild from ``state``."""
        arrays: dict[str, Any] = {name: np.array(state[name], dtype=np.float64) for name in _REAL}
        arrays |= {name: np.array(state[name], dtype=np.int64) for name in _WHOLE}
        return Dense(layout=Layout.restore(state["layout"]), **arrays)


def time_part(values: NDArray[Any], part: str) -> Matrix:
    """Return one number of each time (datetime64[us]); NaN where it is NaT.

    ``part``: "days" since 1970 with fractions, "month" 1-12, "weekday" 0 (Monday)
    to 6, "hour" with fractions.
    """
    missing = np.isnat(values)
    micros = values.astype("datetime64[us]").astype(np.int64)
    if part == "days":
        made = micros / _DAY
    elif part == "hour":
        made = np.mod(micros, _DAY) / (_DAY / 24)
    elif part == "weekday":
        made = np.mod(micros // _DAY + 3, 7).astype(np.float64)
    else:
        made = np.mod(values.astype("datetime64[M]").astype(np.int64), 12).astype(np.float64) + 1.0
    return np.where(missing, np.nan, made)


def _varying_parts(values: NDArray[Any]) -> list[str]:
    """Parts of a time column worth learning from: "days" always, others where they vary."""
    known = values[~np.isnat(values)]
    others = ("month", "weekday", "hour")
    return ["days", *(p for p in others if len(known) and np.ptp(time_part(known, p)) > 0)]


def _spread(known: Matrix) -> float:
    """A robust scale that is never zero: half the middle 80 %, else the deviation, else 1."""
    largest = float(np.max(np.abs(known)))
    if largest <= _SMALLEST:
        return 1.0
    low, high = np.quantile(known / largest, [0.1, 0.9])
    spread = float(high - low) / 2.0 or float(np.std(known / largest)) or 1.0
    return max(spread, _NARROWEST) * largest


def _edges(known: Matrix, pieces: int) -> list[float]:
    """Cut points, ends included: every value where there are few, else quantiles.

    A value that many rows share (the zero of an amount) is a cut of its own and
    left out of the quantiles, which would otherwise all fall on it.
    """
    values, counts = np.unique(known, return_counts=True)
    if len(values) > pieces + 1:
        spikes = values[counts > len(known) / pieces]
        rest = known[~np.isin(known, spikes)]
        ends = values[[0, -1]]
        cuts = np.quantile(rest, np.linspace(0.0, 1.0, pieces + 1), method="nearest") if rest.size else ends
        values = np.unique(np.concatenate([cuts, spikes, ends]))
    return [float(v) for v in values]
