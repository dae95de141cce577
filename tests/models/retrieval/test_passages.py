"""Passages go through tables and JSON unchanged, and know who may see them."""

from __future__ import annotations

import json

import numpy as np

from models.retrieval.small_corpus import passages
from pilothouse.models.retrieval.passages import ASIDE, Passages


def test_they_come_back_from_table_and_json() -> None:
    held = passages()
    table = held.table([True, *[False] * (len(held) - 1)])
    assert table[ASIDE].tolist() == [1.0] + [0.0] * (len(held) - 1)
    for again in (Passages.of(table), Passages.read(json.loads(json.dumps(held.as_json())))):
        assert again.title == held.title and again.text == held.text and again.scope == held.scope
        np.testing.assert_array_equal(again.group, held.group)


def test_scopes_see_their_own_and_what_is_open() -> None:
    held = passages()
    for scope, count in (("one", 6), ("two", 6), ("three", 5), (None, 5), ("", 5)):
        seen = held.visible(scope)
        assert seen is not None and seen.sum() == count
    seen = held.visible("one")
    assert seen is not None and seen[5] and not seen[6]


def test_without_scopes_everybody_sees_all() -> None:
    held = passages()
    count = len(held)
    free = Passages(held.ref, held.title, held.text, held.source, held.place, ("",) * count, held.group)
    assert free.visible("anybody") is None
