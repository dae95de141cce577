"""What each user did lately, in memory: read from the store when first asked for, and again when it changed.

The store counts its changes, also those of other processes; so an event that was acknowledged is
in the next answer, and nothing here has to be told of it. It bounds what it holds: the last items
of a user, and the users asked for lately.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from pilothouse.store.events import Events, Past

LONGEST = 200
MOST_USERS = 10_000


class Histories:
    """Recent histories by pseudonym; used from one thread.

    Parameters
    ----------
    events
        Where they are kept.
    users
        Most users held in memory.
    """

    def __init__(self, events: Events, users: int = MOST_USERS) -> None:
        self._events = events
        self._users = users
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def of(self, user: str) -> tuple[Past, ...]:
        """Return a user's last ``LONGEST`` events, oldest first; none for an unknown user.

        Raises
        ------
        Workspace, Corrupt
            When the store cannot be read.
        """
        version = self._events.version()
        known = self._known.pop(user, _NEWCOMER)
        if known.version != version:
            rows = self._events.latest(user, LONGEST, known.rows)
            known = _Known(version, rows, tuple(rows.values()))
        self._known[user] = known
        if len(self._known) > self._users:
            self._known.popitem(last=False)
        return known.history


class _Known(NamedTuple):
    version: int
    rows: dict[str, Past]
    history: tuple[Past, ...]


_NEWCOMER = _Known(-1, {}, ())
