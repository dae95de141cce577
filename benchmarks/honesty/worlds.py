"""Worlds from which any number of rows can be drawn, so that a model's true worth can be looked up.

A world is a few numbers and two categories, some of which move the odds of an outcome,
alone and in pairs. Fresh rows come from the same law as the file's rows.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pilothouse.types import Column, Data, Kind, Role, Table

NUMBERS = 6
PLANS = np.array(["basic", "plus", "pro"], dtype=object)
REGIONS = np.array(["north", "south", "east", "west"], dtype=object)
FRESH = 100_000


@dataclass(frozen=True)
class World:
    """One law: weights of the numbers, of the levels and of one pair, and the base of the odds."""

    weights: NDArray[np.float64]
    plans: NDArray[np.float64]
    regions: NDArray[np.float64]
    pair: float
    base: float

    @staticmethod
    def make(seed: int, strength: float | None = None) -> World:
        """Draw a world; ``strength`` 0 is pure noise."""
        rng = np.random.default_rng(seed)
        pull = rng.uniform(0.0, 1.0) if strength is None else strength
        active = rng.random(NUMBERS) < 0.6
        return World(
            pull * active * rng.normal(0, 0.7, NUMBERS),
            pull * rng.normal(0, 0.5, len(PLANS)),
            pull * rng.normal(0, 0.3, len(REGIONS)),
            pull * float(rng.normal(0, 0.5)),
            float(rng.uniform(-1.8, -0.4)),
        )

    def draw(self, rows: int, seed: int) -> Table:
        """Draw ``rows`` rows; the target is ``churned``."""
        rng = np.random.default_rng((seed, rows))
        numbers = rng.normal(size=(rows, NUMBERS))
        plan, region = rng.integers(0, len(PLANS), rows), rng.integers(0, len(REGIONS), rows)
        odds = self.base + numbers @ self.weights + self.plans[plan] + self.regions[region]
        odds += self.pair * numbers[:, 0] * numbers[:, 1]
        happened = rng.random(rows) < 1 / (1 + np.exp(-odds))
        values = {f"number_{k}": np.round(numbers[:, k], 4) for k in range(NUMBERS)}
        columns = [Column(name, Kind.NUMBER) for name in values]
        columns += [Column("plan", Kind.CATEGORY), Column("region", Kind.CATEGORY)]
        columns += [Column("churned", Kind.CATEGORY, Role.TARGET, distinct=2, classes=("no", "yes"))]
        words = {"plan": PLANS[plan], "region": REGIONS[region]}
        words["churned"] = np.where(happened, "yes", "no").astype(object)
        return Table(tuple(columns), {**values, **words})


def data_of(table: Table) -> Data:
    """Wrap one table."""
    return Data({"rows": table})


def write(table: Table, path: Path) -> None:
    """Write a table as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.names)
        writer.writerows(zip(*(table[name].tolist() for name in table.names), strict=True))
