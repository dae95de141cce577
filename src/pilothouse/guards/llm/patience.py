"""How long to go on asking a model that does not answer: waits, and a rest after many faults."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass

TRIES = 3
_FIRST_S, _LONGEST_S, _ASKED_FOR_S = 0.5, 8.0, 30.0
_FAULTS, _REST_S = 5, 30.0


@dataclass(frozen=True)
class Patience:
    """Attempts at one question, and the scale of every wait (1.0; tests take less)."""

    tries: int = TRIES
    scale: float = 1.0

    def wait_s(self, attempt: int, asked_s: float | None) -> float | None:
        """Seconds before the attempt after number ``attempt``; None to give up.

        Doubled each time and shortened by chance, so that many askers do not come back
        together. A server that asks for more than half a minute is not waited for.
        """
        if attempt + 1 >= self.tries or (asked_s is not None and asked_s > _ASKED_FOR_S):
            return None
        own = min(_LONGEST_S, _FIRST_S * 2.0**attempt) * random.uniform(0.5, 1.0)
        return self.scale * max(own, asked_s or 0.0)


class Breaker:
    """Opens after five faults in a row: for half a minute nobody asks, then one may try."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale
        self._lock = threading.Lock()
        self._faults = 0
        self._closed_from = 0.0

    def may_ask(self) -> bool:
        """Tell whether to ask now."""
        with self._lock:
            if self._faults < _FAULTS:
                return True
            if time.monotonic() < self._closed_from:
                return False
            self._closed_from = time.monotonic() + _REST_S * self._scale  # this one tries
            return True

    def note(self, *, well: bool) -> None:
        """Take note of how an attempt went."""
        with self._lock:
            self._faults = 0 if well else self._faults + 1
            if self._faults >= _FAULTS:
                self._closed_from = time.monotonic() + _REST_S * self._scale
