"""F24: a bot's events are kept and held, and a poisoned window is taken out again."""

from __future__ import annotations

import time
from pathlib import Path

from pilothouse.store.events import MOST_IN_HOUR
from small_picks import Picks, picking
from small_shop import serving

LIST = "/v1/use-cases/picks/recommend?user=anna"


def test_f24_bot_is_held_and_its_window_dropped(tmp_path: Path) -> None:
    with serving(picking(tmp_path), Picks.load) as service, service.client() as client:

        def post(first: int, count: int, item: str, user: str = "anna") -> dict[str, int]:
            events = [
                {"event_id": f"{user}{i}", "user": user, "item": item, "time": 1_700_000_000 + i}
                for i in range(first, first + count)
            ]
            reply: dict[str, int] = client.post("/v1/events", json={"events": events}).json()
            return reply

        def leading() -> str:
            item: str = client.get(LIST).json()["items"][0]["item"]
            return item

        post(0, 3, "tea")
        before = leading()
        start = time.time_ns() // 1_000
        held = sum(post(first, 500, "pot")["held"] for first in (10, 510, 1_010))
        assert held == 1_500 + 3 - MOST_IN_HOUR
        assert post(0, 5, "cup", "bert")["held"] == 0, "others are not concerned"
        assert leading() != before, "what counts of it counts"
        assert service.state.events.drop_window(start, time.time_ns() // 1_000 + 1) == 1_505
        assert leading() == before
