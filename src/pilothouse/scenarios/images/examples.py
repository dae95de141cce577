"""Small pictures that ``images`` can run on, drawn from a fixed seed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pilothouse.scenario import Example
from pilothouse.types import Column, Kind, Role, Table

_SIDE = 12


def examples() -> Iterator[Example]:
    """Grey shapes of three labels with ids; coloured tiles of two, larger and of all sizes."""
    random = np.random.default_rng(5)
    names = ("bar", "cross", "ring")
    shapes = [(_shape(name, random), name) for name in names for _ in range(44)]
    yield _example(shapes, random, {"time_budget_s": 5.0}, {"right": [1, 2, 3], "wrong": 1})
    tiles = [(_tile(name, random), name) for name in ("warm", "cold") for _ in range(30)]
    yield _example(tiles, random, {"time_budget_s": 5.0}, {})


def _example(
    drawn: list[tuple[NDArray[np.uint8], str]],
    random: np.random.Generator,
    options: dict[str, object],
    value: dict[str, object],
) -> Example:
    rows = len(drawn)
    pictures, labels, files = (np.empty(rows, dtype=object) for _ in range(3))
    for place, number in enumerate(random.permutation(rows).tolist()):
        pictures[place], labels[place] = drawn[number]
        files[place] = f"{place:04d}.png"
    columns = (
        Column("file", Kind.CATEGORY, Role.ID, distinct=rows),
        Column("picture", Kind.PICTURE, Role.IMAGE, distinct=rows),
        Column("label", Kind.CATEGORY, Role.TARGET, distinct=len(set(labels.tolist()))),
    )
    return Example(Table(columns, {"file": files, "picture": pictures, "label": labels}), options, value)


def _shape(name: str, random: np.random.Generator) -> NDArray[np.uint8]:
    """A bright figure on dark, somewhere near the middle, with noise."""
    down, right = np.indices((_SIDE, _SIDE)) - (_SIDE - 1) / 2 - random.integers(-1, 2, (2, 1, 1))
    ink = {
        "bar": np.abs(right) < 1.2,
        "cross": (np.abs(right) < 1.2) | (np.abs(down) < 1.2),
        "ring": np.abs(np.hypot(down, right) - 3.5) < 1.0,
    }[name]
    bright = ink * random.uniform(120, 230) + random.normal(0, 25, ink.shape)
    return np.asarray(np.clip(bright + 12, 0, 255), dtype=np.uint8)


def _tile(name: str, random: np.random.Generator) -> NDArray[np.uint8]:
    """A tile of one colour with noise, wide or high."""
    high, wide = random.integers(10, 24, 2)
    colour = np.array([200, 120, 60] if name == "warm" else [60, 120, 200])
    bright = colour + random.normal(0, 45, 3) + random.normal(0, 30, (high, wide, 3))
    return np.asarray(np.clip(bright, 0, 255), dtype=np.uint8)
