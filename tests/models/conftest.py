"""Small tables with a known answer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pilothouse.models.target import Target
from pilothouse.types import Column, Data, Kind, Role, Table

CITIES = np.array(["Beijing", "上海", "Lyon", "Quito"], dtype=object)


def shop(rows: int, seed: int, kind: str) -> tuple[Data, Target]:
    """Customers whose outcome depends on tenure and city, not on luck."""
    rng = np.random.default_rng(seed)
    tenure, luck = rng.gamma(2.0, 10.0, rows), rng.normal(size=rows)
    city = rng.integers(0, 4, rows)
    score = 1.5 - tenure / 10.0 + np.array([0.0, 1.0, -1.0, 0.5])[city] + rng.normal(size=rows)
    gaps = tenure.copy()
    gaps[rng.random(rows) < 0.1] = np.nan
    words = CITIES[city].copy()
    words[rng.random(rows) < 0.05] = None
    since = np.datetime64("2024-01-01", "us") + (tenure * 24).astype("timedelta64[h]")
    values = {"tenure": gaps, "luck": luck, "city": words, "since": since}
    columns = [
        Column("tenure", Kind.NUMBER),
        Column("luck", Kind.NUMBER),
        Column("city", Kind.CATEGORY),
        Column("since", Kind.TIME),
    ]
    if kind == "number":
        target = Target("outcome", "number")
        outcome = score * 10.0 + 100.0
    else:
        classes = ("stays", "leaves") if kind == "binary" else ("low", "middle", "high")
        target = Target("outcome", kind, classes)
        cuts = [0.0] if kind == "binary" else [-1.0, 0.5]
        outcome = np.array(classes, dtype=object)[np.searchsorted(cuts, score)]
    columns.append(Column("outcome", Kind.NUMBER if kind == "number" else Kind.CATEGORY, Role.TARGET))
    table = Table(tuple(columns), {**values, "outcome": outcome})
    return Data({"rows": table}), target


@pytest.fixture
def make_shop() -> Callable[..., tuple[Data, Target]]:
    """Return ``shop`` with defaults."""

    def make(rows: int = 600, seed: int = 0, kind: str = "binary") -> tuple[Data, Target]:
        return shop(rows, seed, kind)

    return make
