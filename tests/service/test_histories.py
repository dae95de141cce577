from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pilothouse.service.histories import LONGEST, Histories
from pilothouse.store.events import Event, Past
from pilothouse.store.state import State


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    made = State(tmp_path / "state.db")
    yield made
    made.close()


def view(user: str, number: int) -> Event:
    return Event("web", f"{user}{number}", user, f"i{number}", number * 60_000_000)


def test_history_holds_what_was_there_at_the_start_and_what_came_since(state: State) -> None:
    state.events.put([view("anna", 2), view("anna", 1)])
    histories = Histories(state.events)
    assert histories.of("anna") == (Past("i1", 60_000_000, None), Past("i2", 120_000_000, None))
    assert histories.of("bert") == ()
    state.events.put([view("bert", 1), view("anna", 0)])
    assert [past.item for past in histories.of("bert")] == ["i1"]
    assert [past.item for past in histories.of("anna")] == ["i0", "i1", "i2"]


def test_history_follows_another_process_and_a_dropped_window(state: State, tmp_path: Path) -> None:
    histories = Histories(state.events)
    assert histories.of("anna") == ()
    other = State(tmp_path / "state.db")
    other.events.put([view("anna", 1)])
    assert [past.item for past in histories.of("anna")] == ["i1"]
    other.events.drop_window(0, 2**62)
    other.close()
    assert histories.of("anna") == ()


def test_history_is_read_once_while_nothing_changes(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    state.events.put([view("anna", 1)])
    histories = Histories(state.events)
    first = histories.of("anna")
    monkeypatch.setattr(state.events, "latest", None)
    assert histories.of("anna") is first


def test_histories_are_bounded_in_items_and_users(state: State) -> None:
    state.events.put([view("anna", number) for number in range(LONGEST + 50)])
    histories = Histories(state.events, users=2)
    kept = histories.of("anna")
    assert len(kept) == LONGEST and kept[-1].item == f"i{LONGEST + 49}" and kept[0].item == "i50"
    for user in "bcda":
        histories.of(user)
    assert len(histories) == 2
