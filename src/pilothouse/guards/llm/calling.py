"""One question until it is answered or given up: pay first, ask, settle, note, perhaps again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from pilothouse.errors import PilothouseError
from pilothouse.guards.llm.access import Access
from pilothouse.guards.llm.drawer import Drawer
from pilothouse.guards.llm.heard import Heard, Speaker
from pilothouse.guards.llm.patience import Breaker, Patience
from pilothouse.guards.llm.tokens import most_tokens
from pilothouse.messages import Message, say
from pilothouse.store.purse import Purses

Check = Callable[[str], str | None]

_REPAIR = "That is not what was asked for: {fault}. Reply again, with JSON of the schema and nothing else."
_LONGEST_ECHO = 4_000


@dataclass(frozen=True)
class Asked:
    """A question as it is sent, its name in the list of calls, and what may be wrong with a reply."""

    request: Mapping[str, Any]
    label: Mapping[str, Any]
    check: Check


@dataclass(frozen=True)
class Said:
    """A reply with all that it took, attempts that failed among it."""

    text: str
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    seconds: float = 0.0


class Calls:
    """Asks one model on one run's account; safe among threads."""

    def __init__(
        self,
        access: Access,
        run: str | None,
        speaker: Speaker,
        purses: Purses | None,
        drawer: Drawer | None,
        patience: Patience,
    ) -> None:
        self._access = access
        self._run = run
        self._speaker = speaker
        self._purses = purses
        self._drawer = drawer
        self._patience = patience
        self._breaker = Breaker(patience.scale)
        self._settled = threading.Condition()
        self._under_way = 0

    def ask(self, asked: Asked) -> Said | Message:
        """Ask, and once more where the reply is not of its schema; a Message says why there is none.

        Raises
        ------
        PilothouseError
            When asking is not allowed, or what is spent cannot be written down.
        """
        first = self._patiently(asked)
        if isinstance(first, Message):
            return first
        fault = asked.check(first.text)
        if fault is None:
            return first
        second = self._patiently(_repairing(asked, first.text, fault))
        if isinstance(second, Message):
            return second
        both = replace(
            second,
            tokens_in=first.tokens_in + second.tokens_in,
            tokens_out=first.tokens_out + second.tokens_out,
            cost=first.cost + second.cost,
            seconds=first.seconds + second.seconds,
        )
        return both if asked.check(second.text) is None else say("llm.bad_reply")

    def _patiently(self, asked: Asked) -> Said | Message:
        spent, told = 0.0, say("llm.resting")
        for attempt in range(self._patience.tries):
            if not self._breaker.may_ask():
                break
            once = self._once(asked, attempt)
            if isinstance(once, Message):
                return once
            heard, cost, seconds = once
            spent += cost
            self._breaker.note(well=heard.fault in (None, "cut_off", "rejected"))
            told = say(f"llm.{heard.fault}")
            if heard.text is not None:
                return Said(heard.text, heard.tokens_in or 0, heard.tokens_out or 0, spent, seconds)
            wait_s = self._patience.wait_s(attempt, heard.wait_s) if heard.passing else None
            if wait_s is None:
                break
            time.sleep(wait_s)
        return told

    def _once(self, asked: Asked, attempt: int) -> tuple[Heard, float, float] | Message:
        """Set aside the most that it may cost, ask, and settle."""
        most = self._access.cost(most_tokens(asked.request), asked.request["max_tokens"])
        limits = self._access.purses(self._run)
        empty = self._set_aside(most, limits)
        if empty is not None:
            what: Literal["day", "run"] = "day" if " day " in empty else "run"
            return say(f"llm.no_money_{what}", budget=limits[empty])
        started = time.monotonic()
        cost = most  # also where somebody interrupts
        try:
            heard = self._speaker.chat(asked.request, self._access.timeout_s)
            cost = self._cost(heard, most)
        except PilothouseError:
            cost = 0.0  # it was not made
            raise
        finally:
            self._settle(most, cost, limits)
        seconds = time.monotonic() - started
        if self._drawer is not None:
            call = {
                **asked.label,
                "attempt": attempt + 1,
                "outcome": heard.fault or "answered",
                "tokens_in": heard.tokens_in,
                "tokens_out": heard.tokens_out,
                "cost": cost,
                "seconds": round(seconds, 3),
            }
            self._drawer.note(call)
        return heard, cost, seconds

    def _set_aside(self, most: float, limits: Mapping[str, float]) -> str | None:
        """Take money before a call; where there is too little, wait for what calls under way give back."""
        if self._purses is None:
            return None
        with self._settled:
            while (empty := self._purses.set_aside(most, limits)) is not None and self._under_way:
                self._settled.wait()
            self._under_way += empty is None
        return empty

    def _settle(self, aside: float, cost: float, limits: Mapping[str, float]) -> None:
        if self._purses is None:
            return
        with self._settled:
            self._under_way -= 1
            self._settled.notify_all()
            self._purses.settle(aside, cost, limits)

    def _cost(self, heard: Heard, most: float) -> float:
        """What an attempt cost: as counted, else the most that it may have cost."""
        if heard.unpaid:
            return 0.0
        if heard.tokens_in is None or heard.tokens_out is None:
            return most
        return self._access.cost(heard.tokens_in, heard.tokens_out)


def _repairing(asked: Asked, text: str, fault: str) -> Asked:
    more = [
        {"role": "assistant", "content": text[:_LONGEST_ECHO]},
        {"role": "user", "content": _REPAIR.format(fault=fault)},
    ]
    messages = [*asked.request["messages"], *more]
    return replace(asked, request={**asked.request, "messages": messages})
