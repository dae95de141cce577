"""Small examples of ``predict``: for checks, docs and empty pages."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pilothouse.scenario import Example
from pilothouse.types import Column, Kind, Role, Table
from pilothouse.types.contest import Array


def examples(rows: int = 400, seed: int = 7) -> Iterator[Example]:
    """Yield a table for each kind of target."""
    random = np.random.default_rng(seed)
    months = random.gamma(2.0, 10.0, rows).round()
    plan = random.choice(["monthly", "yearly"], rows, p=[0.7, 0.3])
    visits = random.poisson(4, rows).astype(float)
    visits[random.random(rows) < 0.05] = np.nan
    pull = 0.9 * (plan == "monthly") - 0.05 * months - 0.15 * np.nan_to_num(visits, nan=4.0)
    left = random.random(rows) < 1 / (1 + np.exp(-pull))
    spent = 40 + 3 * months + 12 * np.nan_to_num(visits, nan=4.0) + random.normal(0, 15, rows)
    stars = np.clip(np.round(3 - pull + random.normal(0, 0.7, rows)), 1, 5).astype(int)
    value = {"true_positive": [300, 600, 900], "success": 0.1, "contact": 20, "capacity": 60}
    columns = {"months": months, "plan": plan, "visits": visits}
    yield _example("churned", np.where(left, "yes", "no"), columns, value)
    yield _example("stars", stars.astype(str), columns, {"right": 2, "wrong": 1})
    yield _example("spent", spent, columns, {"error": 0.5})


def _example(target: str, truth: Array, columns: dict[str, Array], value: dict[str, object]) -> Example:
    described, values = [], {}
    for name, given in {"customer": _codes(len(truth)), **columns, target: truth}.items():
        number = given.dtype.kind == "f"
        roles = {"customer": Role.ID, target: Role.TARGET}
        described.append(
            Column(name, Kind.NUMBER if number else Kind.CATEGORY, roles.get(name, Role.FEATURE))
        )
        values[name] = given if number else given.astype(object)
    options = {"target": target, "time_budget_s": 5.0}
    return Example(Table(tuple(described), values), options, value)


def _codes(rows: int) -> Array:
    return np.array([f"K{n:05d}" for n in range(rows)], dtype=object)
