"""Tiny drawn pictures that ``imagine`` can run on, from a fixed seed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pilothouse.scenario import Example
from pilothouse.types import Column, Kind, Role, Table

_COUNT, _SIDE = 260, 8


def examples() -> Iterator[Example]:
    """Bars and crosses in grey with labels; discs in colour without."""
    random = np.random.default_rng(5)
    kinds = random.integers(0, 2, _COUNT)
    shapes = [_bar(random) if kind == 0 else _cross(random) for kind in kinds]
    words = np.array(["bar", "cross"], dtype=object)[kinds]
    yield Example(_table(shapes, words), {"time_budget_s": 5.0})
    yield Example(_table([_disc(random) for _ in range(_COUNT)], None), {"time_budget_s": 5.0, "side": 8})


def _bar(random: np.random.Generator) -> NDArray[np.uint8]:
    picture = np.zeros((_SIDE, _SIDE))
    place = int(random.integers(1, _SIDE - 2))
    picture[:, place : place + 2] = random.integers(160, 255, (_SIDE, 2))
    return picture.astype(np.uint8)


def _cross(random: np.random.Generator) -> NDArray[np.uint8]:
    picture = np.zeros((_SIDE, _SIDE))
    row, column = random.integers(2, _SIDE - 2, 2)
    picture[row], picture[:, column] = random.integers(160, 255, (2, _SIDE))
    return picture.astype(np.uint8)


def _disc(random: np.random.Generator) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:_SIDE, :_SIDE]
    middle, radius = random.uniform(2.5, 4.5, 2), random.uniform(1.5, 3.0)
    inside = np.hypot(rows - middle[0], columns - middle[1]) < radius
    picture = np.full((_SIDE, _SIDE, 3), 255)
    picture[inside] = random.integers(0, 180, 3)
    return picture.astype(np.uint8)


def _table(pictures: list[NDArray[np.uint8]], labels: NDArray[np.object_] | None) -> Table:
    held = np.empty(len(pictures), dtype=object)
    for place, one in enumerate(pictures):
        held[place] = one
    table = Table((), {}).put(Column("picture", Kind.PICTURE, Role.IMAGE, distinct=len(held)), held)
    if labels is None:
        return table
    return table.put(Column("label", Kind.CATEGORY, distinct=len(set(labels))), labels)
