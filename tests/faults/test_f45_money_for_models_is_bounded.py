"""F45: what language models cost stays within the budgets of run and day, also after kills and in a crowd."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from pilothouse.guards.llm.tokens import most_tokens
from pilothouse.store.purse import Purses
from pilothouse.store.state import State
from pilothouse.types import Prompt
from small_llm import door_to, serving

PRICE = {"price_in": 2_000.0, "price_out": 8_000.0}  # money for a million tokens: 0.002 and 0.008 each
PROMPT = Prompt("text", 1, "You answer.", "Answer: {text}", most_tokens=50)


def billed(server: Any) -> float:
    """What the meter behind the server says."""
    return len(server.got) * (10 * 0.002 + server.tokens_out * 0.008)


def asks(count: int, words: str = "") -> list[dict[str, str]]:
    return [{"text": f"question {i} {words}"} for i in range(count)]


def state_at(folder: Path) -> State:
    state = State(folder / "state.db")
    state.runs()
    return state


@pytest.mark.parametrize(("budgets", "told"), [((3.0, 99.0), "run"), ((99.0, 3.0), "day")])
def test_f45_loop_stops_before_the_call_that_could_exceed(
    budgets: tuple[float, float], told: str, tmp_path: Path
) -> None:
    state_at(tmp_path).close()
    with serving() as server:
        door = door_to(server, tmp_path, run_budget=budgets[0], day_budget=budgets[1], **PRICE)
        replies = door.ask(PROMPT, asks(400))
        most = PROMPT.most_tokens * 0.008 + 700 * 0.002  # no more than this was left over
        assert 3.0 - most <= billed(server) <= 3.0
        assert sum(r.cost for r in replies) == pytest.approx(billed(server))
        stopped = [r for r in replies if r.failed]
        assert {r.failed.key for r in stopped if r.failed} == {f"llm.no_money_{told}"}
        before = len(server.got)
        assert door.ask(PROMPT, asks(3, "more"))[0].failed is not None and len(server.got) == before


def test_f45_dearest_reply_still_fits(tmp_path: Path) -> None:
    """The server uses every token it may; a huge context is refused before it is sent."""
    state_at(tmp_path).close()
    with serving() as server:
        server.tokens_out = PROMPT.most_tokens
        door = door_to(server, tmp_path, run_budget=2.0, day_budget=2.0, **PRICE)
        (huge,) = door.ask(PROMPT, [{"text": "很长的上下文" * 5_000}])
        assert huge.failed is not None and huge.failed.key == "llm.no_money_day" and not server.got
        door.ask(PROMPT, asks(100))
        assert server.got and billed(server) <= 2.0


def test_f45_bound_of_tokens_counts_every_byte() -> None:
    request = {"messages": [{"content": "你好"}], "response_format": {"type": "x"}}
    assert most_tokens(request) >= len("你好".encode()) + len('{"type": "x"}')


@pytest.mark.parametrize("manner", ["hang", "break off", "500", "tool call"])
def test_f45_attempt_that_may_have_cost_is_counted_in_full(manner: str, tmp_path: Path) -> None:
    state = state_at(tmp_path)
    with serving(manner=manner) as server:
        door = door_to(server, tmp_path, timeout_s=0.2, run_budget=9.0, day_budget=9.0, **PRICE)
        door.ask(PROMPT, asks(1))
        spent = Purses(state.database).spent("llm run case/run")
        assert spent >= len(server.got) * PROMPT.most_tokens * 0.008
    state.close()


def test_f45_refused_attempt_costs_nothing(tmp_path: Path) -> None:
    state = state_at(tmp_path)
    with serving(manner="429") as server:
        door_to(server, tmp_path, run_budget=9.0, day_budget=9.0, **PRICE).ask(PROMPT, asks(1))
        assert len(server.got) == 3 and Purses(state.database).spent("llm run case/run") == 0
    state.close()


def test_f45_nothing_is_asked_where_nothing_is_counted(tmp_path: Path) -> None:
    with serving() as server:
        (reply,) = door_to(server, tmp_path, run_budget=9.0, day_budget=9.0, **PRICE).ask(PROMPT, asks(1))
        assert reply.failed is not None and reply.failed.key == "llm.no_state" and not server.got


def test_f45_crowd_of_doors_shares_one_budget(tmp_path: Path) -> None:
    state_at(tmp_path).close()
    with serving() as server:
        doors = [door_to(server, tmp_path, run_budget=99.0, day_budget=3.0, **PRICE) for _ in range(4)]
        threads = [
            threading.Thread(target=door.ask, args=(PROMPT, asks(60, f"of {i}")))
            for i, door in enumerate(doors)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 0 < billed(server) <= 3.0


ASKER = """
import sys
from pathlib import Path
from pilothouse.guards.llm import Access, LlmDoor
from pilothouse.types import Prompt
folder = Path(sys.argv[1])
access = Access("small", folder / "state.db", base_url=sys.argv[2], allow_hosts=("127.0.0.1",), timeout_s=60,
                price_in=2_000.0, price_out=8_000.0, run_budget=99.0, day_budget=4.0)
prompt = Prompt("text", 1, "You answer.", "Answer: {text}", most_tokens=50)
print("ready", flush=True)
LlmDoor(access, run=sys.argv[3]).ask(prompt, [{"text": f"{sys.argv[3]} {i}"} for i in range(500)])
"""


def test_f45_killed_processes_leave_no_more_to_spend(tmp_path: Path) -> None:
    state = state_at(tmp_path)
    with serving() as server:
        server.say = lambda _: time.sleep(0.05) or "fine"  # type: ignore[func-returns-value]
        for number in range(4):
            asker = subprocess.Popen(
                [sys.executable, "-c", ASKER, str(tmp_path), server.url, f"case/{number}"],
                stdout=subprocess.PIPE,
            )
            assert asker.stdout is not None and asker.stdout.readline() == b"ready\n"
            asked = len(server.got)
            while len(server.got) == asked and asker.poll() is None:  # it asks, or has no money left
                time.sleep(0.01)
            asker.send_signal(signal.SIGKILL)
            asker.wait(20)
            asker.stdout.close()
        (day,) = state.database.rows("SELECT purse FROM purses WHERE purse LIKE 'llm day %'")
        aside = Purses(state.database).spent(day["purse"])
        assert billed(server) <= aside <= 4.0  # what was on its way counts as spent
        door = door_to(server, tmp_path, run_budget=99.0, day_budget=4.0, **PRICE)
        door.ask(PROMPT, asks(500))
        assert server.got and billed(server) <= 4.0
    state.close()
