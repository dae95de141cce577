"""Who is let in: keys by role, wrong tries counted, and a browser's visit by a one-time ticket.

A key comes in ``Authorization: Bearer`` or ``X-API-Key`` and never in a URL. After some wrong
keys an address waits, twice as long each time; keys that were right before still pass. A ticket
stands in the URL that the server prints, holds once, and becomes a cookie that may only read.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from pilothouse.messages import say
from pilothouse.service.log import note
from pilothouse.service.replies import Refusal, no_key
from pilothouse.store.keys import KeyRole, Keys

COOKIE = "pilothouse_visit"
LONGEST_WAIT_S = 300.0
FORGET_S = 900.0
TICKET_S = 3_600.0
VISIT_S = 12 * 3_600.0
MOST_ADDRESSES = 10_000


class Doorkeeper:
    """Counts in memory; a restart forgets waits and visits, never keys.

    Parameters
    ----------
    keys
        The product's keys.
    tries
        Wrong keys from one address before it waits.
    clock
        Seconds that never go back.
    """

    def __init__(self, keys: Keys, *, tries: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys = keys
        self._tries = tries
        self._clock = clock
        self._wrong: OrderedDict[str, tuple[int, float, float]] = OrderedDict()
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._tickets: dict[bytes, float] = {}
        self._visits: dict[bytes, float] = {}

    def admit(self, key: bytes | None, address: str) -> KeyRole | Refusal:
        """Return the role of ``key``, or the refusal: 401, or 429 while the address waits."""
        if not key:
            return no_key()
        mark = _mark(key)
        count, until, _ = self._wrong.get(address, (0, 0.0, 0.0))
        wait = until - self._clock()
        if wait > 0 and mark not in self._right:
            headers = {"Retry-After": str(int(wait) + 1)}
            return Refusal(429, "too_many_tries", say("service.too_many_tries"), say("service.wait"), headers)
        role = self._keys.role(key)
        if role is None:
            self._right.pop(mark, None)
            self._count_wrong(address, count)
            return no_key()
        self._right[mark] = None
        while len(self._right) > MOST_ADDRESSES:
            self._right.popitem(last=False)
        return role

    def ticket(self) -> str:
        """Make a one-time ticket for a browser on this machine."""
        ticket = secrets.token_urlsafe(32)
        self._tickets[_mark(ticket.encode())] = self._clock() + TICKET_S
        return ticket

    def exchange(self, ticket: str) -> str | None:
        """Take a ticket and return the visit's cookie; None when it was used, is old or unknown."""
        until = self._tickets.pop(_mark(ticket.encode("utf-8", "surrogatepass")), 0.0)
        if until <= self._clock():
            return None
        visit = secrets.token_urlsafe(32)
        self._visits = {k: v for k, v in self._visits.items() if v > self._clock()}
        self._visits[_mark(visit.encode())] = self._clock() + VISIT_S
        return visit

    def is_visiting(self, cookies: str) -> bool:
        """Tell whether a ``Cookie`` header carries a visit that still holds."""
        try:
            morsel = SimpleCookie(cookies).get(COOKIE)
        except CookieError:
            return False
        if morsel is None:
            return False
        return self._visits.get(_mark(morsel.value.encode("utf-8", "surrogatepass")), 0.0) > self._clock()

    def _count_wrong(self, address: str, count: int) -> None:
        now = self._clock()
        last = self._wrong.pop(address, (0, 0.0, now))[2]
        count = 1 if now - last > FORGET_S else count + 1
        wait = 0.0 if count < self._tries else min(2.0 ** min(count - self._tries, 20), LONGEST_WAIT_S)
        self._wrong[address] = (count, now + wait, now)
        while len(self._wrong) > MOST_ADDRESSES:
            self._wrong.popitem(last=False)
        if wait:
            note("wrong_keys", address=address, count=count, wait_s=wait)


def _mark(secret: bytes) -> bytes:
    """Hash a secret: looking up a hash tells nothing about the secret by its time."""
    return hashlib.sha256(secret).digest()
