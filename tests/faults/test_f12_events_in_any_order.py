"""F12: events that come late, out of order, twice, or with another body, over HTTP."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import Any

from pilothouse.store.keys import KeyRole
from small_shop import Served, serving

SEED = 20_271


def sent(number: int) -> dict[str, Any]:
    return {
        "source": ("web", "app")[number % 2],
        "event_id": f"e{number}",
        "user": f"user {number % 7}",
        "item": f"item {number % 11}",
        "time": 1_700_000_000 + number * 37 % 500,
        "value": float(number % 3),
        "type": "view",
    }


def state_of(service: Served) -> list[tuple[Any, ...]]:
    names = "source, event_id, user, item, time, value, type, held"
    rows = service.state.database.rows(f"SELECT {names} FROM events ORDER BY source, event_id")
    return [tuple(row) for row in rows]


def test_f12_shuffled_and_doubled_posts_of_many_clients_give_the_state_of_one(tmp_path: Path) -> None:
    events = [sent(number) for number in range(400)]
    with serving(tmp_path / "one") as service, service.client(KeyRole.INGEST) as client:
        in_order = sorted(events, key=lambda e: e["time"])
        assert client.post("/v1/events", json={"events": in_order}).json()["accepted"] == len(events)
        wanted = state_of(service)
    chance = random.Random(SEED)
    mixed = events + chance.choices(events, k=300)
    chance.shuffle(mixed)
    replies: list[dict[str, Any]] = []
    with serving(tmp_path / "many") as service:

        def post(part: list[dict[str, Any]]) -> None:
            with service.client(KeyRole.INGEST) as client:
                for start in range(0, len(part), 25):
                    reply = client.post("/v1/events", json={"events": part[start : start + 25]})
                    replies.append(reply.json())

        threads = [threading.Thread(target=post, args=(mixed[i::4],)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert state_of(service) == wanted, f"seed {SEED}"
        assert sum(reply["accepted"] for reply in replies) == len(events)
        assert sum(reply["duplicates"] for reply in replies) == 300
        assert not any(reply["conflicts"] for reply in replies)
        with service.client(KeyRole.INGEST) as client:
            changed = [{**event, "item": "another"} for event in events[:5]]
            reply = client.post("/v1/events", json={"events": [*changed, *events[5:8]]}).json()
        assert reply == {
            "accepted": 0,
            "duplicates": 3,
            "conflicts": [event["event_id"] for event in changed],
            "held": 0,
        }
        assert state_of(service) == wanted
