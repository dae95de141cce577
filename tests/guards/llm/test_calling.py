from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pilothouse.errors import Refused
from pilothouse.guards.llm.access import Access
from pilothouse.guards.llm.calling import Asked, Calls, Said
from pilothouse.guards.llm.heard import Heard
from pilothouse.guards.llm.patience import Patience
from pilothouse.messages import Message, say
from pilothouse.store.database import Database
from pilothouse.store.purse import Purses

REQUEST = {"messages": [{"content": "question"}], "max_tokens": 100}
RUN = "llm run r"


class Speaker:
    """Says what it was given, in turn."""

    at_once = 1

    def __init__(self, *heard: Heard | BaseException) -> None:
        self.heard, self.asked = list(heard), list[Mapping[str, Any]]()

    def check(self) -> None:
        """Need nothing."""

    def chat(self, request: Mapping[str, Any], timeout_s: float) -> Heard:
        self.asked.append(request)
        found = self.heard.pop(0)
        if isinstance(found, BaseException):
            raise found
        return found


@pytest.fixture
def purses(tmp_path: Path):
    database = Database(tmp_path / "state.db")
    yield Purses(database)
    database.close()


def calls(speaker: Any, purses: Purses | None, budget: float = 9.0) -> Calls:
    access = Access("m", Path("x"), price_in=1_000.0, price_out=1_000.0, run_budget=budget, day_budget=99.0)
    return Calls(access, "r", speaker, purses, None, Patience(scale=0.0))


def asked(fault: str | None = None) -> Asked:
    return Asked(REQUEST, {}, lambda _: fault)


def test_answer_settles_what_was_counted(purses: Purses) -> None:
    said = calls(Speaker(Heard("hi", None, 10, 20)), purses).ask(asked())
    assert isinstance(said, Said) and said.cost == pytest.approx(0.03)
    assert purses.spent(RUN) == pytest.approx(0.03)


def test_attempts_that_failed_are_part_of_the_cost(purses: Purses) -> None:
    said = calls(Speaker(Heard(fault="timeout", passing=True), Heard("hi", None, 10, 20)), purses).ask(
        asked()
    )
    assert isinstance(said, Said) and said.cost > 0.1 + 0.03
    assert purses.spent(RUN) == pytest.approx(said.cost)


def test_reply_of_another_form_is_asked_for_once_more_and_then_given_up(purses: Purses) -> None:
    speaker = Speaker(Heard("no", None, 1, 1), Heard("no", None, 1, 1), Heard("never", None, 1, 1))
    assert calls(speaker, purses).ask(asked("it is no JSON")) == say("llm.bad_reply")
    assert len(speaker.asked) == 2 and "it is no JSON" in speaker.asked[1]["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("fault", "spent"), [(Refused(say("llm.redirected", host="x")), 0.0), (KeyboardInterrupt(), 0.1)]
)
def test_call_that_was_not_made_is_free_and_one_that_was_interrupted_is_not(
    fault: BaseException, spent: float, purses: Purses
) -> None:
    with pytest.raises(type(fault)):
        calls(Speaker(fault), purses).ask(asked())
    assert purses.spent(RUN) >= spent and (spent or purses.spent(RUN) == 0)


def test_money_that_is_only_set_aside_is_waited_for(purses: Purses) -> None:
    """Two at once, and a budget for the most that one may cost: both are answered."""
    inside, go_on = threading.Event(), threading.Event()

    class Slow(Speaker):
        def chat(self, request: Mapping[str, Any], timeout_s: float) -> Heard:
            inside.set()
            go_on.wait(20)
            return super().chat(request, timeout_s)

    both = calls(Slow(Heard("a", None, 1, 1), Heard("b", None, 1, 1)), purses, budget=0.3)
    found: list[Said | Message] = []
    threads = [threading.Thread(target=lambda: found.append(both.ask(asked()))) for _ in range(2)]
    threads[0].start()
    assert inside.wait(20)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert all(isinstance(one, Said) for one in found) and len(found) == 2


def test_empty_purse_is_told_with_its_budget(purses: Purses) -> None:
    speaker = Speaker()
    assert calls(speaker, purses, budget=0.01).ask(asked()) == say("llm.no_money_run", budget=0.01)
    assert not speaker.asked


def test_free_model_needs_no_purse() -> None:
    assert isinstance(calls(Speaker(Heard("hi")), None).ask(asked()), Said)
