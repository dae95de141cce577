"""Honest tables with a known mechanism: what planted leaks are planted into.

A table is made as a product's data is made: columns of several kinds, some of them
related, some of them empty here and there, an outcome that depends on a few of them
and on chance. Nothing here knows the firewall.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pilothouse.types import Column, Data, Kind, Questions, Role, Table

Rng = np.random.Generator
Values = NDArray


@dataclass
class Making:
    """A table in the making.

    ``signal`` is the part of the outcome that the honest columns carry, ``y`` the
    outcome (class numbers or floats), ``share`` the chance of class 1.
    """

    rng: Rng
    rows: int
    columns: dict[str, Values] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    signal: Values | None = None
    y: Values | None = None
    classes: tuple[str, ...] = ("no", "yes")
    leaks: tuple[str, ...] = ()

    def add(self, name: str, values: Values, role: Role = Role.FEATURE) -> None:
        self.columns[name] = values
        self.roles[name] = role

    def data(self) -> tuple[Data, Questions]:
        """Columns in a random order, the target last."""
        names = [str(n) for n in self.rng.permutation(list(self.columns))]
        described = [Column(n, _kind(self.columns[n]), self.roles[n]) for n in names]
        y = self.y
        target = (
            np.array([self.classes[int(v)] for v in y], dtype=object) if self.classes else y.astype(float)
        )
        kind = Kind.CATEGORY if self.classes else Kind.NUMBER
        distinct = len(self.classes)
        table = Table(
            (*described, Column("target", kind, Role.TARGET, distinct=distinct)),
            {**{n: self.columns[n] for n in names}, "target": target},
        )
        truth = y.astype(np.int64) if self.classes else y.astype(float)
        questions = Questions(table.drop(["target"]), truth, np.arange(self.rows), self.classes)
        return Data({"rows": table}), questions


def _kind(values: Values) -> Kind:
    return {"f": Kind.NUMBER, "M": Kind.TIME}.get(values.dtype.kind, Kind.CATEGORY)


def words(codes: Values, names: list[str]) -> Values:
    """Words of class numbers; -1 is missing."""
    return np.array([None if c < 0 else names[int(c)] for c in codes], dtype=object)


def holes(rng: Rng, values: Values, share: float) -> Values:
    """Empty a share of the values at random."""
    values = values.copy()
    gone = rng.random(len(values)) < share
    values[gone] = None if values.dtype == object else np.nan
    return values


def fill(made: Making, numbers: int, categories: int, idle: int) -> None:
    """Add honest columns and the signal they carry together; ``idle`` columns carry none."""
    rng, n = made.rng, made.rows
    mood = rng.normal(size=n)  # what related columns share
    signal = np.zeros(n)
    for i in range(numbers):
        x = rng.normal(size=n) + rng.choice([0.0, 0.0, 0.7]) * mood
        weight = rng.uniform(0.4, 1.0) * rng.choice([-1, 1])
        signal += weight * (x if rng.random() < 0.7 else np.abs(x) - 0.8)
        shape = rng.integers(4)
        shown = [x, np.exp(0.8 * x) * 100, np.round(np.exp(x) * 3), np.round(40 + 12 * x)][shape]
        made.add(f"number_{i}", holes(rng, shown.astype(float), rng.choice([0.0, 0.0, 0.05])))
    for i in range(categories):
        size = int(rng.integers(2, 9))
        codes = rng.choice(size, n, p=rng.dirichlet(np.full(size, 3.0)))
        signal += rng.normal(0, 0.7, size)[codes]
        made.add(
            f"kind_{i}", holes(rng, words(codes, [f"level {k}" for k in range(size)]), rng.choice([0, 0.03]))
        )
    for i in range(idle):
        if rng.random() < 0.5:
            made.add(f"idle_{i}", np.round(rng.gamma(2.0, 20.0, n), 1))
        else:
            made.add(f"idle_{i}", words(rng.integers(0, 5, n), ["a", "b", "c", "d", "e"]))
    made.signal = (signal - signal.mean()) / max(float(signal.std()), 1e-9)


def happen(made: Making, strength: float, share: float = 0.3) -> None:
    """Draw a two-class outcome: the odds follow the signal, the mean is near ``share``."""
    rng = made.rng
    logit = strength * made.signal
    low, high = -12.0, 12.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if float(np.mean(1 / (1 + np.exp(-logit - middle)))) < share else (low, middle)
        )
    made.y = (rng.random(made.rows) < 1 / (1 + np.exp(-logit - low))).astype(np.int64)


def choose(made: Making, strength: float, classes: int) -> None:
    """Draw one of several classes: the signal shifts through them."""
    rng = made.rng
    noisy = strength * made.signal + rng.logistic(size=made.rows)
    made.y = np.searchsorted(np.quantile(noisy, np.linspace(0, 1, classes + 1)[1:-1]), noisy).astype(np.int64)
    order = rng.permutation(classes)
    made.y = order[made.y]
    made.classes = tuple(f"class {k}" for k in range(classes))


def measure_out(made: Making, explained: float, scale: float = 100.0) -> None:
    """Draw a numeric outcome of which the signal explains a share."""
    rng = made.rng
    mixed = np.sqrt(explained) * made.signal + np.sqrt(1 - explained) * rng.normal(size=made.rows)
    made.y = scale * (5 + mixed)
    made.classes = ()


def usual(rng: Rng, rows: tuple[int, int] = (800, 3000)) -> Making:
    """A usual churn-like table: 6 to 14 columns, honest AUC about .65 to .85, outcome 12 to 45 %."""
    made = Making(rng, int(rng.integers(*rows)))
    fill(made, int(rng.integers(3, 7)), int(rng.integers(2, 5)), int(rng.integers(1, 4)))
    happen(made, float(rng.uniform(0.6, 1.6)), float(rng.uniform(0.12, 0.45)))
    return made


def usual_number(rng: Rng) -> Making:
    """A usual numeric target: honest R2 about .2 to .6."""
    made = Making(rng, int(rng.integers(800, 3000)))
    fill(made, int(rng.integers(3, 7)), int(rng.integers(2, 5)), int(rng.integers(1, 4)))
    measure_out(made, float(rng.uniform(0.25, 0.65)))
    return made


def days(start: str, offset: Values) -> Values:
    """Times ``offset`` days after ``start``; NaN becomes NaT."""
    micros = np.where(np.isnan(offset), 0.0, offset) * 86_400e6
    times = np.datetime64(start, "us") + micros.astype("timedelta64[us]")
    times[np.isnan(offset)] = np.datetime64("NaT")
    return times
