"""What users did since the last learning, as it came in: once each, whatever the order of arrival.

An event is known by its source and id. The same one again changes nothing; another body under a
known id is a conflict, and the first stands. Histories are ordered by the time of the event, so
that late ones fall into place. Too many events of one user in an hour are kept but *held*: they
enter no history. Users are known by their pseudonyms only. It does not learn from events.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from pilothouse.store.database import Database
from pilothouse.store.seals import seal, unsealed

MOST_IN_HOUR = 360
"""Events of one user in one hour of the clock that count: one every ten seconds, all hour long."""
AHEAD_US = 86_400_000_000
"""A time this far ahead of the clock cannot be a time zone, and is not believed."""
HOUR_US = 3_600_000_000

_KEPT, _CROWD, _FUTURE = 0, 1, 2
_BODY = ("user", "item", "time", "value", "type")
_IN_HOUR = "FROM events WHERE user = ? AND held = ? AND time >= ? AND time < ?"
_IN_ORDER = "ORDER BY time, source, event_id"
_NOTHING: Mapping[str, Past] = MappingProxyType({})


@dataclass(frozen=True)
class Event:
    """One thing that a user did.

    Parameters
    ----------
    source, event_id
        Who sent it, and its id there; together they are unique.
    user
        The user's pseudonym.
    item
        The item's own id.
    time
        Microseconds since 1970; None counts as the moment of its arrival.
    value, type
        A rating or quantity; "view", "purchase", ...
    """

    source: str
    event_id: str
    user: str
    item: str
    time: int | None = None
    value: float | None = None
    type: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of events that were put.

    Parameters
    ----------
    accepted, duplicates
        New ones, and those that were there already.
    conflicts
        Ids that were there with another body.
    held
        Events that are kept out of histories from now on.
    """

    accepted: int
    duplicates: int
    conflicts: tuple[str, ...]
    held: int


class Past(NamedTuple):
    """One event of a history: the item's id, microseconds since 1970, and a value or None."""

    item: str
    time: int
    value: float | None


class Events:
    """The events in ``state.db``.

    Parameters
    ----------
    database
        The file; it is read through this connection and written through one of its own, so
        that who reads does not wait for the disk.
    clock
        Microseconds since 1970.
    """

    def __init__(
        self, database: Database, clock: Callable[[], int] = lambda: time.time_ns() // 1_000
    ) -> None:
        self._reads = database
        self._writes = Database(database.path, wait_s=database.wait_s)
        self._clock = clock

    def close(self) -> None:
        """Close the connection for writing."""
        self._writes.close()

    def put(self, events: Iterable[Event]) -> Receipt:
        """Keep events, all or none; when this returns they are on the disk.

        The state does not depend on the order in which they came, nor on how often.

        Raises
        ------
        Workspace
            When the disk is full, the folder read-only, or another process holds the file.
        """
        received = self._clock()
        accepted, duplicates, held = 0, 0, 0
        conflicts: list[str] = []
        hours: set[tuple[str, int]] = set()
        with self._writes.write() as connection:
            for event in events:
                row = _row(event, received)
                if _insert(connection, row):
                    accepted += 1
                    held += row["held"] != _KEPT
                    hours.add((event.user, row["time"] // HOUR_US))
                elif _is_same(connection, row):
                    duplicates += 1
                else:
                    conflicts.append(event.event_id)
            held += sum(_hold(connection, user, hour) for user, hour in sorted(hours))
        return Receipt(accepted, duplicates, tuple(conflicts), held)

    def latest(self, user: str, most: int, known: Mapping[str, Past] = _NOTHING) -> dict[str, Past]:
        """Return a user's last ``most`` events that count, oldest first, by their seals.

        Parameters
        ----------
        user, most
            Whose, and how many.
        known
            What this method returned before: a row under the same seal is not checked again.

        Raises
        ------
        Corrupt
            When a row does not match its seal.
        """
        found = self._reads.rows(
            "SELECT * FROM events WHERE user = ? AND held = 0"
            " ORDER BY time DESC, source DESC, event_id DESC LIMIT ?",
            (user, most),
        )
        return {row["seal"]: known.get(row["seal"]) or _past(row) for row in reversed(found)}

    def version(self) -> int:
        """Return a number that changes whenever an event was put or dropped, by any process."""
        return int(self._reads.rows("PRAGMA data_version")[0][0])

    def drop_window(self, start: int, end: int, *, source: str | None = None) -> int:
        """Take out what arrived in a window of time: the way back from poisoned events.

        Arrival decides, and not the time an event gives itself: a sender chooses that.

        Parameters
        ----------
        start, end
            Microseconds since 1970; ``end`` is not part of it.
        source
            Only events of this source; None for all.

        Returns
        -------
        int
            How many were dropped. Their ids are free again.
        """
        where = "FROM events WHERE received >= ?1 AND received < ?2 AND (?3 IS NULL OR source = ?3)"
        with self._writes.write() as connection:
            found = connection.execute(f"SELECT user, time, held {where}", (start, end, source)).fetchall()
            connection.execute(f"DELETE {where}", (start, end, source))
            hours = {(row["user"], row["time"] // HOUR_US) for row in found if row["held"] == _KEPT}
            for user, hour in sorted(hours):
                _admit(connection, user, hour)
        return len(found)


def _past(row: sqlite3.Row) -> Past:
    values = unsealed("events", row)
    return Past(values["item"], values["time"], values["value"])


def _row(event: Event, received: int) -> dict[str, Any]:
    row = vars(event) | {"timed": int(event.time is not None), "received": received}
    row["time"] = received if event.time is None else event.time
    # A whole number or a minus zero would come back from SQLite as another value than was sealed.
    row["value"] = None if event.value is None else float(event.value) + 0.0
    row["held"] = _FUTURE if row["time"] > received + AHEAD_US else _KEPT
    return row


def _insert(connection: sqlite3.Connection, row: dict[str, Any]) -> bool:
    done = connection.execute(
        "INSERT OR IGNORE INTO events VALUES (:source, :event_id, :user, :item, :time, :timed,"
        " :value, :type, :received, :held, :seal)",
        row | {"seal": seal("events", row)},
    )
    return done.rowcount == 1


def _is_same(connection: sqlite3.Connection, row: dict[str, Any]) -> bool:
    """Compare with what stands under this id; a time of arrival is not part of the body."""
    found = connection.execute(
        "SELECT * FROM events WHERE source = :source AND event_id = :event_id", row
    ).fetchone()
    known = unsealed("events", found)
    told = [name for name in _BODY if name != "time" or row["timed"]]
    return known["timed"] == row["timed"] and all(known[name] == row[name] for name in told)


def _hold(connection: sqlite3.Connection, user: str, hour: int) -> int:
    """Hold what is over the cap in a user's hour: the last by time, whenever they came.

    What counts is the first ``MOST_IN_HOUR`` of all that came so far: what is held already lies
    behind them, so only those that count and the new ones need to be looked at.
    """
    place = (user, _KEPT, hour * HOUR_US, (hour + 1) * HOUR_US)
    if connection.execute(f"SELECT count(*) {_IN_HOUR}", place).fetchone()[0] <= MOST_IN_HOUR:
        return 0
    over = connection.execute(f"SELECT * {_IN_HOUR} {_IN_ORDER} LIMIT -1 OFFSET ?", (*place, MOST_IN_HOUR))
    return _mark(connection, over.fetchall(), _CROWD)


def _admit(connection: sqlite3.Connection, user: str, hour: int) -> None:
    """Let held events of a user's hour count again where others were dropped."""
    hours = (hour * HOUR_US, (hour + 1) * HOUR_US)
    counted = connection.execute(f"SELECT count(*) {_IN_HOUR}", (user, _KEPT, *hours)).fetchone()[0]
    free = max(0, MOST_IN_HOUR - counted)
    next_ones = connection.execute(f"SELECT * {_IN_HOUR} {_IN_ORDER} LIMIT ?", (user, _CROWD, *hours, free))
    _mark(connection, next_ones.fetchall(), _KEPT)


def _mark(connection: sqlite3.Connection, rows: list[sqlite3.Row], held: int) -> int:
    for found in rows:
        row = unsealed("events", found) | {"held": held}
        connection.execute(
            "UPDATE events SET held = :held, seal = :seal WHERE source = :source AND event_id = :event_id",
            row | {"seal": seal("events", row)},
        )
    return len(rows)
