from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse.scenarios.recommend.histories import Histories
from pilothouse.types import Column, Kind, Role, Table

NOW = 1_000_000
COLUMNS = (
    Column("user", Kind.CATEGORY, Role.USER),
    Column("history", Kind.SEQUENCE, Role.ITEM),
    Column("value", Kind.SEQUENCE, Role.VALUE),
    Column("time", Kind.SEQUENCE, Role.TIME),
    Column("now", Kind.TIME),
    Column("city", Kind.CATEGORY),
    Column("age", Kind.NUMBER),
)


def objects(values: list[Any]) -> Any:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def known(drop: tuple[str, ...] = ()) -> Table:
    items, times = [[3, 1], [], [2, 0, 4]], [[10, 50], [], [20, 30, 40]]
    values = {
        "user": objects(["ann", "bob", "cid"]),
        "history": objects([np.array(i, dtype=np.int64) for i in items]),
        "value": objects([np.array(i, dtype=np.float64) + 1 for i in items]),
        "time": objects([np.array(t, dtype=np.int64) for t in times]),
        "now": np.full(3, NOW).astype("datetime64[us]"),
        "city": objects(["x", None, ""]),
        "age": np.array([30.0, np.nan, 50.0]),
    }
    return Table(COLUMNS, values).drop(drop)


def asked(table: Table, name: str) -> list[Any]:
    return [v.tolist() if isinstance(v, np.ndarray) else v for v in table[name]]


@pytest.fixture
def held() -> Histories:
    return Histories.of(known())


def test_everybody_is_asked_about_as_they_were(held: Histories) -> None:
    assert held.requests(["ann", "bob", "cid"]).digest() == known().digest()
    assert held.requests(["cid", "ann"]).digest() == known().take(np.array([2, 0])).digest()


def test_somebody_unknown_has_no_history_and_nothing_is_known_of_them(held: Histories) -> None:
    for table in (held.requests(["eve", None]), held.request(None, [], {}), held.request("eve", [], {})):
        assert {tuple(h) for h in asked(table, "history")} == {()}
        assert set(table["city"]) == {None} and np.isnan(table["age"]).all()
        assert table["now"][0] == np.datetime64(NOW, "us")
        assert [c.name for c in table.columns] == list(COLUMNS and [c.name for c in COLUMNS])


def test_events_since_are_added_and_what_was_learnt_is_not_added_again(held: Histories) -> None:
    table = held.request("ann", [(1, 50, None), (4, NOW + 5, 9.0), (0, NOW + 6, None)], {})
    assert asked(table, "history") == [[3, 1, 4, 0]]
    assert asked(table, "time") == [[10, 50, NOW + 5, NOW + 6]]
    assert asked(table, "value") == [[4.0, 2.0, 9.0, 3.0]]  # the usual value where none was sent
    assert table["now"][0] == np.datetime64(NOW + 6, "us")
    assert table["history"][0].dtype == np.int64
    again = held.request("ann", [], {})
    assert asked(again, "history") == [[3, 1]]  # nothing was kept of the question before


def test_same_item_at_another_time_is_another_event(held: Histories) -> None:
    assert asked(held.request("ann", [(1, 51, None)], {}), "history") == [[3, 1, 1]]


def test_event_without_a_time_happened_at_the_end(held: Histories) -> None:
    table = held.request("bob", [(2, None, None)], {})
    assert asked(table, "time") == [[NOW]] and asked(table, "history") == [[2]]


def test_context_goes_before_what_is_known_and_of_the_wrong_kind_is_not_taken(held: Histories) -> None:
    told = held.request("ann", [], {"city": "z", "age": 31, "colour": "red"})
    assert told["city"].tolist() == ["z"] and told["age"].tolist() == [31.0]
    odd = held.request("ann", [], {"age": "old", "city": None})
    assert odd["city"].tolist() == ["x"] and odd["age"].tolist() == [30.0]
    assert held.request("ann", [], {"age": True})["age"].tolist() == [30.0]


def test_latest_people_come_first(held: Histories) -> None:
    assert held.latest(2) == ["ann", "cid"]
    assert held.latest(9) == ["ann", "cid", "bob"]  # bob took nothing
    assert Histories.of(known(("value", "time", "now"))).latest(2) == ["ann", "bob"]


@pytest.mark.parametrize("drop", [(), ("value", "time", "now"), ("city", "age"), ("value",)])
def test_what_was_saved_asks_the_same(tmp_path: Path, drop: tuple[str, ...]) -> None:
    here = Histories.of(known(drop))
    here.save(tmp_path)
    there = Histories.load(tmp_path)
    since = [(4, NOW + 5, 9.0), (2, None, None)]
    for user in ("ann", "bob", "cid", "eve", None):
        mine, theirs = (h.request(user, since, {"city": "z"}) for h in (here, there))
        assert mine.digest() == theirs.digest()
        assert [c.role for c in mine.columns] == [c.role for c in theirs.columns]
    assert there.requests(["cid"])["history"][0].tolist() == [2, 0, 4]
    assert there.latest(3) == here.latest(3)


def test_without_times_events_since_are_added_as_they_come() -> None:
    table = Histories.of(known(("value", "time", "now"))).request("cid", [(1, 7, None)], {})
    assert asked(table, "history") == [[2, 0, 4, 1]]
    assert "time" not in table and "now" not in table
