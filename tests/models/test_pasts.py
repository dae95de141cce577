"""Pasts as numbers for a network."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pilothouse.models.pasts import GAPS, ITEMS, TYPES, VALUES, Reading, has_past, left_out, lengths
from pilothouse.types import Column, Kind, Role, Table


def pasts(*rows: tuple[list[int], list[int], list[float], list[float]]) -> Table:
    values = {}
    for place, name in enumerate((TYPES, ITEMS, GAPS, VALUES)):
        column = np.empty(len(rows), dtype=object)
        for number, row in enumerate(rows):
            column[number] = np.array(row[place], dtype=np.int32 if place < 2 else np.float32)
        values[name] = column
    return Table(tuple(Column(n, Kind.SEQUENCE, Role.PAST) for n in values), values)


TABLE = pasts(
    ([2, 3, 2], [5, 5, 0], [0, 1, 3, 7], [1.0, np.nan, 3.0]),
    ([], [], [0], []),
    ([3], [5], [0, 1023], [2.0]),
)


def test_parts_of_each_place() -> None:
    reading = Reading.learn([TABLE], 8)
    kind, item, gap, value = reading.parts(TABLE)
    mark = reading.sizes["kinds"] + 1
    assert kind.tolist() == [[2, 3, 2, mark], [mark, 0, 0, 0], [3, mark, 0, 0]]
    assert item.tolist() == [[2, 2, 0, 0], [0, 0, 0, 0], [2, 0, 0, 0]]
    assert gap.tolist() == [[1, 2, 3, 4], [1, 0, 0, 0], [1, 11, 0, 0]]
    assert value[0].tolist()[1] == 0 and value[0][2] > value[2][0] > 0
    assert lengths(TABLE).tolist() == [3, 0, 1] and has_past(TABLE)


def test_only_the_latest_are_read() -> None:
    kind, _, gap, _ = Reading.learn([TABLE], 2).parts(TABLE)
    assert kind[0].tolist() == [3, 2, 4] and gap[0].tolist() == [2, 3, 4]


def test_what_was_not_learnt_is_rare() -> None:
    reading = Reading.learn([TABLE], 8)
    other = pasts(([9, 2], [77, 5], [0, 0, 0], [1e9, -5.0]))
    kind, item, _, value = reading.parts(other)
    assert kind[0].tolist() == [1, 2, reading.sizes["kinds"] + 1]
    assert item[0].tolist() == [1, 2, 0]
    assert 1 <= value[0][1] <= value[0][0] <= reading.sizes["amounts"]


def test_every_number_is_within_its_size() -> None:
    reading = Reading.learn([TABLE], 8)
    sizes = reading.sizes
    far = pasts(([2], [5], [0, 1e30], [1.0]))
    parts = dict(zip(("kinds", "items", "gaps", "amounts"), reading.parts(far), strict=True))
    assert parts["kinds"].max() == sizes["kinds"] + 1
    for name in ("items", "gaps", "amounts"):
        assert parts[name].max() <= sizes[name]


@pytest.mark.parametrize("empty", [TABLE.take(np.array([1])), TABLE.take(slice(0, 0))])
def test_tables_without_events_are_read(empty: Table) -> None:
    assert all(len(part) == empty.rows for part in Reading.learn([empty], 8).parts(empty))


def test_each_event_is_left_out_once_and_its_time_goes_on() -> None:
    gaps = np.array([0.0, 10.0, 5.0, 7.0], dtype=np.float32)
    past = {
        TYPES: np.array([2, 3, 2]),
        ITEMS: np.array([0, 2, 3]),
        GAPS: gaps,
        VALUES: np.array([1.0, 2.0, 3.0]),
    }
    cells = {}
    for name, one in past.items():
        cells[name] = np.empty(1, dtype=object)
        cells[name][0] = one
    row = Table(tuple(Column(n, Kind.SEQUENCE, Role.PAST) for n in past), cells)
    found = left_out(row)
    assert [one.tolist() for one in found[TYPES]] == [[3, 2], [2, 2], [2, 3]]
    assert [one.tolist() for one in found[VALUES]] == [[2.0, 3.0], [1.0, 3.0], [1.0, 2.0]]
    assert [one.tolist() for one in found[GAPS]] == [[0.0, 5.0, 7.0], [0.0, 15.0, 7.0], [0.0, 10.0, 12.0]]
    cells[GAPS][0] = gaps + 4.0  # cut: an event before the first was there
    assert left_out(row)[GAPS][0].tolist() == [18.0, 9.0, 11.0]


def test_reading_survives_json() -> None:
    reading = Reading.learn([TABLE], 8)
    assert Reading.restore(json.loads(json.dumps(reading.state()))) == reading
