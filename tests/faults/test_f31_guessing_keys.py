"""F31: ten thousand wrong keys from one address."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from pilothouse.service.doorkeeper import LONGEST_WAIT_S, Doorkeeper
from pilothouse.service.replies import Refusal
from pilothouse.store.keys import KeyRole, Keys
from pilothouse.store.state import State
from small_shop import serving, shipped


def test_f31_ten_thousand_wrong_keys_get_few_tries(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    state = State(tmp_path / "state.db")
    keys = Keys(state)
    good, fresh = (keys.make(KeyRole.ADMIN).encode() for _ in range(2))
    clock = [0.0]
    door = Doorkeeper(keys, tries=10, clock=lambda: clock[0])
    assert door.admit(good, "10.0.0.9") is KeyRole.ADMIN
    checked = waits = 0
    with caplog.at_level(logging.INFO, logger="pilothouse.service"):
        for number in range(10_000):
            clock[0] += 0.05
            found = door.admit(f"ph_{number:08x}_{'x' * 43}".encode(), "10.0.0.9")
            assert isinstance(found, Refusal)
            checked += found.status == 401
            waits += found.status == 429
    # 500 seconds of guessing: ten free tries, then waits of 1, 2, 4, ... 256 seconds.
    assert checked <= 20 and checked + waits == 10_000
    assert any(record.message == "wrong_keys" for record in caplog.records)
    assert not any("xxxx" in str(record.__dict__) for record in caplog.records)
    # A key that was right before passes; a new one from this address waits; others are not touched.
    assert door.admit(good, "10.0.0.9") is KeyRole.ADMIN
    refused = door.admit(fresh, "10.0.0.9")
    assert isinstance(refused, Refusal) and refused.status == 429
    assert 0 < int(refused.headers["Retry-After"]) <= LONGEST_WAIT_S + 1
    assert door.admit(fresh, "10.0.0.8") is KeyRole.ADMIN
    clock[0] += LONGEST_WAIT_S + 1
    assert door.admit(fresh, "10.0.0.9") is KeyRole.ADMIN
    state.close()


def test_f31_over_http_guessing_is_slowed_and_good_keys_pass(tmp_path: Path) -> None:
    with serving(shipped(tmp_path, 0.0), tries=5) as service:
        with service.client() as client:
            assert client.get("/v1/runs").status_code == 200
        with service.client(None) as guesser:
            replies = [guesser.get("/v1/runs", headers={"X-API-Key": f"k{n}"}) for n in range(20)]
        assert [r.status_code for r in replies[:5]] == [401] * 5
        assert {r.status_code for r in replies[5:]} == {429}
        assert all(int(r.headers["retry-after"]) >= 1 for r in replies[5:])
        with service.client() as client:
            assert client.get("/v1/runs").status_code == 200
