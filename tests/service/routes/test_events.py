from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse.store import events as module
from pilothouse.store.keys import KeyRole
from pilothouse.store.state import State
from small_shop import PSEUDONYMS, Served, serving

EVENT: dict[str, Any] = {"source": "web", "event_id": "e1", "user": "wang.fang@corp.cn", "item": "tea"}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def post(service: Served, *events: Any) -> Any:
    with service.client(KeyRole.INGEST) as client:
        return client.post("/v1/events", json={"events": list(events)})


def stored(service: Served) -> list[dict[str, Any]]:
    return [
        dict(row) for row in service.state.database.rows("SELECT * FROM events ORDER BY source, event_id")
    ]


def test_events_are_kept_once(service: Served) -> None:
    first = post(service, EVENT, {**EVENT, "event_id": "e2"}, EVENT)
    assert first.json() == {"accepted": 2, "duplicates": 1, "conflicts": [], "held": 0}
    again = post(service, {**EVENT, "item": "cup"}, EVENT, {**EVENT, "source": "app"})
    assert again.json() == {"accepted": 1, "duplicates": 1, "conflicts": ["e1"], "held": 0}
    assert [row["item"] for row in stored(service)] == ["tea"] * 3


def test_acknowledged_events_are_there_after_a_new_start(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        post(service, EVENT)
    state = State(tmp_path / ".pilothouse" / "state.db")
    (row,) = state.database.rows("SELECT user FROM events")
    assert [past.item for past in state.events.latest(row["user"], 9).values()] == ["tea"]
    state.close()


def test_users_own_id_is_nowhere_in_the_workspace(service: Served) -> None:
    post(service, EVENT)
    (row,) = stored(service)
    assert len(row["user"]) == 16
    assert row["user"] == PSEUDONYMS.of(np.array([EVENT["user"]], dtype=object), "user")[0]
    for path in (service.product / ".pilothouse").rglob("*"):
        assert path.is_dir() or EVENT["user"].encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (0, 0),
        (1_700_000_000, 1_700_000_000_000_000),
        (1_700_000_000.25, 1_700_000_000_250_000),
        ("2023-11-14T22:13:20Z", 1_700_000_000_000_000),
        ("2023-11-15T06:13:20+08:00", 1_700_000_000_000_000),
        ("2023-11-14 22:13:20", 1_700_000_000_000_000),
        ("2023-11-14T22:13:20.123456Z", 1_700_000_000_123_456),
        ("1969-12-31T23:59:59Z", -1_000_000),
    ],
)
def test_time_is_read(service: Served, given: Any, wanted: int) -> None:
    assert post(service, {**EVENT, "time": given}).json()["accepted"] == 1
    assert [(row["time"], row["timed"]) for row in stored(service)] == [(wanted, 1)]


@pytest.mark.parametrize(
    "change",
    [
        {"time": "yesterday"},
        {"time": "2023-02-30"},
        {"time": "03/04/2023"},
        {"time": 1_700_000_000_000},
        {"time": -1},
        {"time": True},
        {"time": []},
        {"value": "5"},
        {"value": True},
        {"user": ""},
        {"user": None},
        {"user": 12},
        {"item": ""},
        {"event_id": ""},
        {"event_id": 7},
        {"source": None},
        {"type": 1},
        {"extra": 1},
    ],
)
def test_one_bad_event_refuses_the_request_and_keeps_nothing(service: Served, change: dict[str, Any]) -> None:
    reply = post(service, {**EVENT, "event_id": "good"}, {**EVENT, **change})
    assert reply.status_code == 422, reply.text
    error = reply.json()["error"]
    assert error["code"] == "user_fault" and error["fix"]["zh"]
    assert "wang.fang" not in reply.text
    assert stored(service) == []


def test_fault_names_the_event(service: Served) -> None:
    assert "Event 2" in post(service, EVENT, {**EVENT, "time": "soon"}).json()["error"]["message"]
    assert "events.1.user" in post(service, EVENT, {**EVENT, "user": 5}).json()["error"]["message"]


def test_crowd_and_future_are_kept_but_held(service: Served) -> None:
    sent = [
        {**EVENT, "event_id": str(i), "time": 1_700_000_000 + i / 10} for i in range(module.MOST_IN_HOUR + 5)
    ]
    assert post(service, *sent).json() == {"accepted": len(sent), "duplicates": 0, "conflicts": [], "held": 5}
    assert post(service, {**EVENT, "event_id": "f", "time": "9999-12-31"}).json()["held"] == 1
    user = stored(service)[0]["user"]
    assert len(service.state.events.latest(user, 10_000)) == module.MOST_IN_HOUR


def test_only_senders_may_send(service: Served) -> None:
    for role, wanted in ((None, 401), (KeyRole.PREDICT, 404), (KeyRole.INGEST, 200), (KeyRole.ADMIN, 200)):
        with service.client(role) as client:
            assert client.post("/v1/events", json={"events": [EVENT]}).status_code == wanted


@pytest.mark.parametrize(
    "body", [{}, {"events": []}, {"events": [1]}, {"events": {}}, {"events": [EVENT], "k": 1}]
)
def test_body_of_another_form_is_refused(service: Served, body: Any) -> None:
    with service.client(KeyRole.INGEST) as client:
        assert client.post("/v1/events", json=body).status_code == 422
