"""What is seen of a past: no look-ahead, no trace of ids, the same however events arrive."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.errors import MissingColumn, UserFault
from pilothouse.models.pasts import GAPS, ITEMS, TYPES, VALUES
from pilothouse.steps.prepare.eventful import Lens, clean, learn_lens, look, moments_of, told
from pilothouse.types import Column, Kind, Role, Table
from small_events import EVENTS, PSEUDONYMS, events, rows, town, words

MICRO = 1 / 86_400e6
LINES = [
    ("a", 1.0, "view", "x", 5.0),
    ("a", 3.0, "buy", "y", 20.0),
    ("a", 9.5, "view", "x", 1.0),
    ("b", 2.0, "view", None, np.nan),
    ("c", 5.0, "buy", "x", 7.0),
]


def seen(happened: Table, asked: Table) -> Table:
    lens = learn_lens(asked, happened)
    placed = clean(lens, happened)
    return look(lens, asked, placed, moments_of(lens, asked, placed))


def same(one: Table, other: Table) -> bool:
    if one.names != other.names:
        return False
    for name in one.names:
        if one.column(name).kind is Kind.SEQUENCE:
            pairs = zip(one[name], other[name], strict=True)
            if not all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in pairs):
                return False
        elif not np.array_equal(one[name], other[name], equal_nan=one[name].dtype.kind == "f"):
            return False
    return True


def test_figures_and_sequences_of_one_row() -> None:
    table = seen(events(LINES), rows(["a", "b", "z"], [9.5, 9.5, 9.5]))
    assert table["events_all"].tolist() == [2, 1, 0]
    assert table["events_7d"].tolist() == [1, 0, 0]
    assert table["events_all_amount_sum"].tolist() == [25, 0, 0]
    assert table["events_all_sku_different"].tolist() == [2, 0, 0]
    assert table["events_all_action_buy"].tolist() == [1, 0, 0]
    assert table["events_days_since_last"][:2].tolist() == [6.5, 7.5]
    assert np.isnan(table["events_days_since_last"][2])
    assert table[TYPES][0].tolist() == [2, 3] and table[VALUES][0].tolist() == [5, 20]
    assert table[GAPS][0].tolist() == [0, 2 * 86_400, 6.5 * 86_400]
    assert [len(table[TYPES][2]), table[GAPS][2].tolist()] == [0, [0]]
    assert table[ITEMS][1].tolist() == [0]


@pytest.mark.parametrize("late", [0.0, MICRO])
def test_an_event_at_the_moment_or_just_after_it_changes_nothing(late: float) -> None:
    asked = rows(["a", "b", "c"], [9.0, 9.0, 9.0])
    lens = learn_lens(asked, events(LINES))
    more = [*LINES, ("a", 9.0 + late, "buy", "y", 1e6), ("b", 9.0 + late, "view", "x", 3.0)]
    before, after = (clean(lens, events(lines)) for lines in (LINES, more))
    moment = moments_of(lens, asked, before)
    assert same(look(lens, asked, before, moment), look(lens, asked, after, moment))
    early = clean(lens, events([*LINES, ("a", 9.0 - 2 * MICRO, "buy", "y", 1e6)]))
    assert not same(look(lens, asked, before, moment), look(lens, asked, early, moment))


@settings(max_examples=12)
@given(order=st.permutations(range(len(LINES))), twice=st.lists(st.integers(0, len(LINES) - 1), max_size=4))
def test_order_and_duplicates_change_nothing(order: list[int], twice: list[int]) -> None:
    asked = rows(["a", "b", "c"], [9.6, 9.6, 9.6])
    arrived = [LINES[i] for i in [*order, *twice]]
    lens = learn_lens(asked, events(LINES))
    moment = moments_of(lens, asked, clean(lens, events(LINES)))
    assert same(
        look(lens, asked, clean(lens, events(LINES)), moment),
        look(lens, asked, clean(lens, events(arrived)), moment),
    )


def test_one_id_counts_once_whatever_its_bodies_and_their_order() -> None:
    def with_ids(lines: list[Any], ids: list[str | None]) -> Table:
        return events(lines).put(Column("event", Kind.CATEGORY, Role.ID), words(ids))

    asked = rows(["a", "b", "c"], [9.6, 9.6, 9.6])
    lines = [*LINES, LINES[0], ("a", 1.0, "view", "x", 99.0), LINES[4]]
    ids = ["1", "2", "3", "4", "5", "1", "1", None]
    forth, back = with_ids(lines, ids), with_ids(lines[::-1], ids[::-1])
    lens = learn_lens(asked, forth)
    one, other = clean(lens, forth), clean(lens, back)
    moment = moments_of(lens, asked, one)
    assert same(look(lens, asked, one, moment), look(lens, asked, other, moment))
    assert [m.values for m in one.notes if m.key == "behaviour.twice"] == [{"events": 2}]
    assert [m.values for m in one.notes if m.key == "behaviour.bodies"] == [{"ids": 1}]
    assert look(lens, asked, one, moment)["events_all"].tolist() == [3, 1, 2]  # no id is no copy


def test_ids_join_alike_before_and_after_pseudonyms() -> None:
    asked, happened = town(60)
    named = asked.put(asked.column("customer"), PSEUDONYMS.of(asked["customer"], "user"))
    other = happened.put(happened.column("who"), PSEUDONYMS.of(happened["who"], "user"))
    raw, pseudonymous = seen(happened, asked), seen(other, named)
    assert same(raw.drop(["customer"]), pseudonymous.drop(["customer"]))


def test_numbers_as_ids_join_text() -> None:
    lines = [(str(n), float(n % 3), "view", "x", 1.0) for n in range(5)]
    happened = events(lines).put(Column("who", Kind.NUMBER, Role.USER), np.arange(5.0))
    assert seen(happened, rows(["0", "3"], [9.0, 9.0]))["events_all"].tolist() == [1, 1]


def test_rows_without_a_time_see_all_events_and_say_so() -> None:
    asked, happened = rows(["a", "b"]), events(LINES)
    lens = learn_lens(asked, happened)
    placed = clean(lens, happened)
    table = look(lens, asked, placed, moments_of(lens, asked, placed))
    assert table["events_all"].tolist() == [3, 1]
    first = told(lens, asked, placed, table)[0]
    assert first.key == "behaviour.asked_at_end" and first.values["moment"] == "2025-01-10 12:00:00"


def test_a_row_without_its_moment_sees_nothing() -> None:
    asked = rows(["a", "a"], [9.9, 9.9])
    asked["asked"][1] = np.datetime64("NaT")
    assert seen(events(LINES), asked)["events_all"].tolist() == [3, 0]


def test_nothing_that_joins_is_a_fault() -> None:
    asked, happened = rows(["q"]), events(LINES)
    lens = learn_lens(asked, happened)
    placed = clean(lens, happened)
    with pytest.raises(UserFault):
        told(lens, asked, placed, look(lens, asked, placed, moments_of(lens, asked, placed)))


@pytest.mark.parametrize("gone", [Role.USER, Role.TIME])
def test_events_without_user_or_time_are_refused(gone: Role) -> None:
    columns = tuple(replace(c, role=Role.IGNORE) if c.role is gone else c for c in EVENTS)
    with pytest.raises(MissingColumn):
        learn_lens(rows(["a"]), events(LINES).describe(columns))


def test_rows_that_belong_to_nobody_are_refused() -> None:
    with pytest.raises(MissingColumn):
        learn_lens(rows(["a"], age=np.zeros(1)).drop(["customer"]), events(LINES))


def test_unplaced_events_are_left_out_and_counted() -> None:
    happened = events([*LINES, (None, 1.0, "view", "x", 1.0)])  # type: ignore[list-item]
    happened["at"][0] = np.datetime64("NaT")
    lens = learn_lens(rows(["a"]), happened)
    placed = clean(lens, happened)
    assert len(placed.user) == 4 and placed.notes[0].values == {"events": 2}


def test_a_figure_never_takes_the_name_of_a_column() -> None:
    table = seen(events(LINES), rows(["a"], [9.9], events_all=np.array([77.0])))
    assert table["events_all"].tolist() == [77] and table["events_all_"].tolist() == [3]


def test_lens_survives_json() -> None:
    import json

    asked, happened = town(40)
    lens = learn_lens(asked, happened)
    assert Lens.restore(json.loads(json.dumps(lens.state()))) == lens
