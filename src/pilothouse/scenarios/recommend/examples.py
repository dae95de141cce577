"""Small tables that ``recommend`` can run on, from a fixed seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.scenario import Example
from pilothouse.types import Column, Kind, Role, Table

_USERS, _ITEMS, _TASTES = 160, 40, 4
_START = np.datetime64("2025-01-01", "us")


def examples() -> Iterator[Example]:
    """Films with ratings, times and genres; purchases without times."""
    random = np.random.default_rng(11)
    user, item = _taken(random)
    moment = _START + (np.sort(random.random(len(user))) * 200 * 86_400e6).astype("timedelta64[us]")
    films: dict[str, tuple[Kind, Role, NDArray[Any]]] = {
        "person": (Kind.CATEGORY, Role.USER, _named("U", user)),
        "film": (Kind.CATEGORY, Role.ITEM, _named("F", item)),
        "rated": (Kind.NUMBER, Role.VALUE, random.integers(1, 6, len(user)).astype(float)),
        "when": (Kind.TIME, Role.TIME, moment),
        "genre": (Kind.CATEGORY, Role.FEATURE, _named("genre ", item % _TASTES, 1)),
    }
    yield Example(_table(films), {"k": 5, "time_budget_s": 5.0}, {"hit": [1, 2, 3], "volume": 1_000})
    user, item = _taken(random)
    bought = {name: films[name] for name in ("person", "film")}
    bought["person"] = (Kind.CATEGORY, Role.USER, _named("C", user))
    bought["film"] = (Kind.CATEGORY, Role.ITEM, _named("P", item))
    yield Example(_table(bought), {"k": 5, "time_budget_s": 5.0})


def _taken(random: np.random.Generator) -> tuple[NDArray[Any], NDArray[Any]]:
    """People take what suits their taste, most of the time, and seldom twice."""
    user = random.permutation(np.repeat(np.arange(_USERS), 12))
    own = random.random(len(user)) < 0.8
    taste = np.where(own, user % _TASTES, random.integers(0, _TASTES, len(user)))
    item = taste + _TASTES * random.integers(0, _ITEMS // _TASTES, len(user))
    first = np.unique(user * _ITEMS + item, return_index=True)[1]
    kept = np.sort(first)
    return user[kept], item[kept]


def _named(letter: str, codes: NDArray[Any], width: int = 4) -> NDArray[Any]:
    return np.array([f"{letter}{code:0{width}d}" for code in codes.tolist()], dtype=object)


def _table(columns: dict[str, tuple[Kind, Role, NDArray[Any]]]) -> Table:
    described = tuple(Column(name, kind, role) for name, (kind, role, _) in columns.items())
    return Table(described, {name: values for name, (_, _, values) in columns.items()})
