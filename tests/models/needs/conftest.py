"""Texts about three things, and models that learnt from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilothouse.models.needs.keywords import KeywordsModel
from pilothouse.models.needs.topics import TopicsModel
from pilothouse.types import Column, Context, Data, Kind, Role, Table

PARTS = {
    "room": ("room", "noise", "walls", "window", "carpet", "bed"),
    "food": ("breakfast", "coffee", "buffet", "fruit", "bread", "eggs"),
    "desk": ("reception", "luggage", "checkin", "clerk", "passport", "queue"),
}


def table_of(texts: list[str]) -> Table:
    held = np.array(texts, dtype=object)
    return Table((Column("text", Kind.TEXT, Role.TEXT),), {"text": held})


def written(count: int, seed: int) -> tuple[list[str], list[str]]:
    """Texts of two sentences on one of three things, and which."""
    random = np.random.default_rng(seed)
    texts, about = [], []
    for _ in range(count):
        name = str(random.choice(list(PARTS)))
        first, second = (" ".join(random.choice(PARTS[name], 4, replace=False)) for _ in range(2))
        texts.append(f"{first.capitalize()}. {second.capitalize()}.")
        about.append(name)
    return texts, about


@pytest.fixture(scope="package")
def told() -> tuple[list[str], list[str]]:
    return written(300, 1)


@pytest.fixture(scope="package")
def fresh() -> tuple[list[str], list[str]]:
    return written(120, 2)


@pytest.fixture(scope="package")
def topics(told: Any) -> TopicsModel:
    return TopicsModel(most=6).fit(Data({"rows": table_of(told[0])}), Context(seed=3))


@pytest.fixture(scope="package")
def keyed(told: Any) -> KeywordsModel:
    return KeywordsModel(most=6).fit(Data({"rows": table_of(told[0])}), Context(seed=3))
