from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.errors import Corrupt, Workspace
from pilothouse.store import events as module
from pilothouse.store.database import Database
from pilothouse.store.events import AHEAD_US, HOUR_US, Event, Events, Receipt
from pilothouse.store.state import State

NOW = 1_700_000_000_000_000


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def events(tmp_path: Path, clock: Clock) -> Iterator[Events]:
    with_file = Database(tmp_path / "state.db")
    made = Events(with_file, clock)
    yield made
    made.close()
    with_file.close()


def view(number: int, **other: Any) -> Event:
    return replace(Event("web", f"e{number}", "anna", f"item{number}", NOW + number), **other)


def items(events: Events, user: str = "anna", most: int = 200) -> list[str]:
    return [past.item for past in events.latest(user, most).values()]


def test_put_keeps_each_event_once(events: Events) -> None:
    assert events.put([view(1), view(2)]) == Receipt(2, 0, (), 0)
    assert events.put([view(2), view(3), view(3)]) == Receipt(1, 2, (), 0)
    assert items(events) == ["item1", "item2", "item3"]
    assert events.put([view(1, source="app")]).accepted == 1


@pytest.mark.parametrize(
    "change",
    [{"item": "other"}, {"user": "bert"}, {"time": NOW}, {"time": None}, {"value": 2.0}, {"type": "buy"}],
)
def test_other_body_under_a_known_id_is_a_conflict_and_the_first_stands(
    events: Events, change: dict[str, Any]
) -> None:
    first = view(1, value=1.0, type="view")
    events.put([first])
    assert events.put([replace(first, **change), view(2)]) == Receipt(1, 0, ("e1",), 0)
    assert [past[:2] for past in events.latest("anna", 9).values()] == [
        ("item1", NOW + 1),
        ("item2", NOW + 2),
    ]
    assert events.put([first]).duplicates == 1


def test_latest_is_ordered_by_time_then_id_and_bounded(events: Events) -> None:
    for number in (5, 2, 9, 1):
        events.put([view(number)])
    events.put([view(7, time=NOW + 2, event_id="e0")])
    assert items(events) == ["item1", "item7", "item2", "item5", "item9"]
    assert items(events, most=2) == ["item5", "item9"]
    assert events.latest("nobody", 5) == {}


def test_event_without_a_time_counts_as_of_its_arrival(events: Events, clock: Clock) -> None:
    untimed = view(1, time=None)
    assert events.put([untimed]).accepted == 1
    clock.now += 5_000
    assert events.put([untimed]) == Receipt(0, 1, (), 0)
    assert [past.time for past in events.latest("anna", 9).values()] == [NOW]


@pytest.mark.parametrize("value", [0.0, -0.0, 3, 1e308, 5e-324, None])
def test_value_comes_back_under_its_seal(events: Events, value: float | None) -> None:
    events.put([view(1, value=value)])
    assert events.put([view(1, value=value)]).duplicates == 1
    assert [past.value for past in events.latest("anna", 9).values()] == [value]


def test_time_far_ahead_of_the_clock_is_kept_but_held(events: Events) -> None:
    receipt = events.put([view(1, time=NOW + AHEAD_US + 1), view(2, time=NOW + AHEAD_US)])
    assert receipt == Receipt(2, 0, (), 1)
    assert items(events) == ["item2"]


def test_crowd_of_one_user_in_one_hour_is_held(events: Events, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_IN_HOUR", 3)
    hour = NOW // HOUR_US * HOUR_US
    crowd = [view(i, time=hour + i) for i in range(5)]
    others = [view(10, user="bert", time=hour), view(11, time=hour - 1), view(12, time=hour + HOUR_US)]
    assert events.put([*crowd, *others]).held == 2
    assert items(events) == ["item11", "item0", "item1", "item2", "item12"]
    # An earlier one that comes late takes the place of a later one.
    assert events.put([view(20, time=hour)]).held == 1
    assert items(events) == ["item11", "item0", "item20", "item1", "item12"]


def test_dropped_window_is_as_if_it_had_never_come(
    events: Events, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_IN_HOUR", 2)
    hour = NOW // HOUR_US * HOUR_US
    events.put([view(1, time=hour + 10), view(2, time=hour + 20)])
    clock.now += 100
    events.put(
        [view(3, time=hour), view(4, time=hour + 1), view(5, user="bert"), view(6, source="app", time=hour)]
    )
    assert items(events) == ["item6", "item3"]
    assert events.drop_window(NOW + 100, NOW + 101, source="web") == 3
    assert items(events) == ["item6", "item1"] and items(events, "bert") == []
    assert events.drop_window(NOW + 100, NOW + 101) == 1
    assert items(events) == ["item1", "item2"]
    assert events.put([view(3)]).accepted == 1


bodies = st.builds(
    Event,
    source=st.sampled_from(["web", "app"]),
    event_id=st.sampled_from([f"e{i}" for i in range(12)]),
    user=st.sampled_from(["anna", "bert"]),
    item=st.sampled_from("xyz"),
    time=st.integers(NOW - 2, NOW + 2) | st.sampled_from([NOW - 2 * HOUR_US, NOW + 2 * AHEAD_US]),
    value=st.none() | st.sampled_from([1.0, 2.5]),
)


@settings(max_examples=40)
@given(data=st.data())
def test_any_order_and_repetition_gives_the_same_state(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    sent = data.draw(st.lists(bodies, max_size=14, unique_by=lambda e: (e.source, e.event_id)))
    again = data.draw(st.lists(st.sampled_from(sent), max_size=6)) if sent else []
    shuffled = data.draw(st.permutations([*sent, *again]))
    cuts = data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3))
    edges = [0, *sorted(cuts), len(shuffled)]

    def state(posts: list[list[Event]]) -> tuple[Any, int, int]:
        file = Database(tmp_path_factory.mktemp("s") / "state.db")
        events = Events(file, Clock())
        receipts = [events.put(post) for post in posts]
        kept = [tuple(row) for row in file.rows("SELECT * FROM events ORDER BY source, event_id")]
        events.close()
        file.close()
        return kept, sum(r.accepted for r in receipts), sum(r.held for r in receipts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_IN_HOUR", 3)
        in_order = sorted(sent, key=lambda e: (e.time, e.source, e.event_id))
        parts = [list(shuffled[a:b]) for a, b in zip(edges, edges[1:], strict=False)]
        first, second = state([in_order]), state(parts)
        assert first == second
        assert first[1] == len(sent)
        assert first[2] == sum(row[9] > 0 for row in first[0])


def test_fault_in_the_middle_keeps_nothing(events: Events) -> None:
    def some() -> Iterator[Event]:
        yield view(1)
        raise KeyError("cut")

    with pytest.raises(KeyError):
        events.put(some())
    assert items(events) == []


def test_changed_row_is_found(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    state.events.put([view(1)])
    with state.database.write() as connection:
        connection.execute("UPDATE events SET item = 'other'")
    with pytest.raises(Corrupt):
        state.events.latest("anna", 5)
    state.close()


def test_row_that_was_checked_is_not_checked_again(events: Events) -> None:
    events.put([view(1), view(2)])
    first = events.latest("anna", 5)
    events.put([view(3)])
    again = events.latest("anna", 5, first)
    assert [past.item for past in again.values()] == ["item1", "item2", "item3"]
    assert list(again.values())[0] is list(first.values())[0]
    assert again == events.latest("anna", 5)


def test_version_changes_with_each_put_also_of_another_process(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    seen = [state.events.version()]
    state.events.put([view(1)])
    seen.append(state.events.version())
    code = (
        "import sys; from pathlib import Path; from pilothouse.store.state import State;"
        "from pilothouse.store.events import Event;"
        "State(Path(sys.argv[1])).events.put([Event('web', 'other', 'anna', 'theirs', 5)])"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "state.db")], check=True)
    seen.append(state.events.version())
    assert len(set(seen)) == 3 and seen[2] == state.events.version()
    assert items(state.events) == ["theirs", "item1"]
    state.close()


def test_reading_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db", wait_s=0.1)
    state.events.put([view(1)])
    inside, done = threading.Event(), threading.Event()

    def slow() -> Iterator[Event]:
        inside.set()
        done.wait(20)
        yield view(2)

    writer = threading.Thread(target=state.events.put, args=(slow(),))
    writer.start()
    inside.wait(20)
    try:
        assert items(state.events) == ["item1"]
        assert state.serving("shop") is None
        other = State(tmp_path / "state.db", wait_s=0.1)
        with pytest.raises(Workspace):
            other.events.put([view(3)])
        other.close()
    finally:
        done.set()
        writer.join(20)
    assert items(state.events) == ["item1", "item2"]
    state.close()
