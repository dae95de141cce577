"""Conversations in memory: bounded in number, length and idleness; nothing of them is written down.

Messages are kept with personal values masked. A conversation belongs to one use case; nobody
looks into it without its number, which cannot be guessed.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pilothouse.errors import UserFault
from pilothouse.guards.personal import redact
from pilothouse.messages import say

MOST_CONVERSATIONS, MOST_MESSAGES, IDLE_S = 2_000, 40, 1_800.0
_MOST_ASKED = 5


@dataclass
class _Conversation:
    use_case: str
    seen: float
    turns: list[dict[str, Any]] = field(default_factory=list, repr=False)
    asked: list[tuple[str | None, str]] = field(default_factory=list, repr=False)


class Conversations:
    """See the module.

    Parameters
    ----------
    most
        Conversations held; the longest idle go first.
    clock
        Seconds; a test brings its own.
    """

    def __init__(self, most: int = MOST_CONVERSATIONS, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._held: OrderedDict[str, _Conversation] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._held)

    def begin(self, use_case: str) -> str:
        """Begin a conversation and return its number."""
        number = secrets.token_urlsafe(18)
        with self._lock:
            self._sweep()
            while len(self._held) >= self._most:
                self._held.popitem(last=False)
            self._held[number] = _Conversation(use_case, self._clock())
        return number

    def check(self, number: str, use_case: str) -> None:
        """Refuse a conversation that is over, of another use case, or full.

        Raises
        ------
        UserFault
            Which of them is not told apart, but for the last.
        """
        with self._lock:
            self._sweep()
            found = self._held.get(number)
            if found is None or found.use_case != use_case:
                raise UserFault(say("answer.no_conversation"), say("answer.new_conversation"))
            if len(found.turns) >= 2 * MOST_MESSAGES:
                raise UserFault(
                    say("answer.conversation_full", most=MOST_MESSAGES), say("answer.new_conversation")
                )

    def asked(self, number: str, scope: str | None) -> list[str]:
        """What was asked last on behalf of ``scope``, as it was understood; of no other scope."""
        with self._lock:
            found = self._held.get(number)
            return [] if found is None else [text for whose, text in found.asked if whose == scope]

    def add(self, number: str, message: str, answer: dict[str, Any], scope: str | None = None) -> None:
        """Keep a message, masked, what it was understood as, and what was answered."""
        turns = [
            {"who": "user", "text": redact(message)},
            {
                "who": "machine",
                "text": answer["answer"],
                "sources": answer["sources"],
                "label": answer["label"],
            },
        ]
        with self._lock:
            found = self._held.get(number)
            if found is not None:
                found.turns += turns
                understood = redact(answer.get("understood") or message)
                found.asked = [*found.asked, (scope, understood)][-_MOST_ASKED:]
                found.seen = self._clock()
                self._held.move_to_end(number)

    def transcript(self, number: str) -> list[dict[str, Any]]:
        """Everything that was said, for the person who takes over."""
        with self._lock:
            found = self._held.get(number)
            return [] if found is None else list(found.turns)

    def _sweep(self) -> None:
        now = self._clock()
        while self._held and now - next(iter(self._held.values())).seen > IDLE_S:
            self._held.popitem(last=False)
