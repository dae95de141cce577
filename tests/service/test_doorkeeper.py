from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pilothouse.service.doorkeeper import COOKIE, FORGET_S, MOST_ADDRESSES, TICKET_S, VISIT_S, Doorkeeper
from pilothouse.service.replies import Refusal
from pilothouse.store.keys import KeyRole, Keys
from pilothouse.store.state import State


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    state = State(tmp_path / "state.db")
    yield Keys(state)
    state.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(keys: Keys, clock: Clock) -> Doorkeeper:
    return Doorkeeper(keys, tries=3, clock=clock)


def status(found: KeyRole | Refusal) -> int:
    return found.status if isinstance(found, Refusal) else 200


def test_admit_returns_the_role(door: Doorkeeper, keys: Keys) -> None:
    assert door.admit(keys.make(KeyRole.INGEST).encode(), "a") is KeyRole.INGEST


def test_admit_waits_twice_as_long_each_time(door: Doorkeeper, clock: Clock) -> None:
    waits = []
    for _ in range(6):
        while status(found := door.admit(b"wrong", "a")) == 429:
            assert isinstance(found, Refusal)
            clock.now += float(found.headers["Retry-After"])
        waits.append(clock.now)
    gaps = [round(b - a) for a, b in zip(waits, waits[1:], strict=False)]
    assert gaps[:2] == [0, 0] and gaps[2:] == sorted(gaps[2:]) and gaps[-1] >= 2 * gaps[-2] - 1


def test_admit_forgets_after_a_quiet_while(door: Doorkeeper, clock: Clock) -> None:
    for _ in range(3):
        door.admit(b"wrong", "a")
    assert status(door.admit(b"wrong", "a")) == 429
    clock.now += FORGET_S + 1
    assert [status(door.admit(b"wrong", "a")) for _ in range(3)] == [401, 401, 401]


def test_admit_remembers_few_addresses(door: Doorkeeper) -> None:
    for number in range(MOST_ADDRESSES + 50):
        door.admit(b"wrong", str(number))
    assert len(door._wrong) == MOST_ADDRESSES


def test_revoked_key_is_not_remembered_as_right(door: Doorkeeper, keys: Keys) -> None:
    key = keys.make(KeyRole.ADMIN)
    assert door.admit(key.encode(), "a") is KeyRole.ADMIN
    keys.revoke(key.split("_")[1])
    assert status(door.admit(key.encode(), "a")) == 401


def test_ticket_opens_one_visit_for_a_time(door: Doorkeeper, clock: Clock) -> None:
    ticket = door.ticket()
    visit = door.exchange(ticket)
    assert visit is not None and door.exchange(ticket) is None and door.exchange("other") is None
    assert door.is_visiting(f"a=b; {COOKIE}={visit}")
    assert (
        not door.is_visiting(f"{COOKIE}={visit}x")
        and not door.is_visiting("")
        and not door.is_visiting("=;=;")
    )
    clock.now += VISIT_S + 1
    assert not door.is_visiting(f"{COOKIE}={visit}")
    late = door.ticket()
    clock.now += TICKET_S + 1
    assert door.exchange(late) is None
