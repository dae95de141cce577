"""One SQLite file: opened, checked, migrated, and written by one at a time.

WAL with ``synchronous=FULL``: what was committed survives a kill and a power cut.
Every fault of SQLite comes out as one of our own, with the holder of the lock named.
It knows no table: ``store.schema`` lists them. Source: https://www.sqlite.org/wal.html
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pilothouse.errors import Corrupt, PilothouseError, Workspace
from pilothouse.messages import say
from pilothouse.store.opening import code_of, open_file

T = TypeVar("T")


def now() -> str:
    """Say the time of the clock in UTC, to the microsecond, as the tables keep it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class Database:
    """A connection to ``path``, made at first use, shared by the threads of one process.

    Parameters
    ----------
    path
        The file; it and its folder are made when they are not there.
    wait_s
        How long a writer waits for another one before it names the holder.
    """

    def __init__(self, path: Path, *, wait_s: float = 10.0) -> None:
        self.path = path
        self.wait_s = wait_s
        self._connection: sqlite3.Connection | None = None
        self._turn = threading.RLock()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Read rows; writers of other processes do not block it.

        Raises
        ------
        Workspace, Corrupt
            When the file cannot be opened or read.
        """
        with self._held():
            return self._told(lambda: self._connected().execute(sql, values).fetchall())

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Open one write transaction: all of it is kept, or nothing.

        Raises
        ------
        Workspace
            When the disk is full, the folder read-only, or another process holds the
            file for longer than ``wait_s`` (its process and since when are named).
        """
        with self._held():
            connection = self._connected()
            self._told(lambda: connection.execute("BEGIN IMMEDIATE"))
            try:
                self._sign()
                yield connection
                self._told(lambda: connection.execute("COMMIT"))
            except BaseException as fault:
                with contextlib.suppress(sqlite3.Error):
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                if isinstance(fault, sqlite3.Error):
                    raise self._fault(fault) from fault
                raise

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        with self._held():
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self.wait_s + 5):
            raise Workspace(self._busy(), say("store.wait"))
        try:
            yield
        finally:
            self._turn.release()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._told(lambda: open_file(self.path, self.wait_s))
        return self._connection

    def _sign(self) -> None:
        """Leave a note of who holds the write lock; without it only the holder's name is missing."""
        with contextlib.suppress(OSError):
            self._note().write_text(json.dumps({"pid": os.getpid(), "since": now()}), encoding="utf-8")

    def _note(self) -> Path:
        return self.path.with_name(self.path.name + ".writer")

    def _busy(self) -> Any:
        try:
            note = json.loads(self._note().read_text(encoding="utf-8"))
            return say("store.busy", pid=int(note["pid"]), since=str(note["since"]))
        except (OSError, ValueError, KeyError, TypeError):
            return say("store.busy_unknown")

    def _told(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except (sqlite3.Error, OSError, UnicodeError) as fault:
            raise self._fault(fault) from fault

    def _fault(self, fault: sqlite3.Error | OSError | UnicodeError) -> PilothouseError:
        code = code_of(fault)
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return Workspace(self._busy(), say("store.wait"))
        # Python itself decodes texts and messages; what it cannot decode was damaged.
        undecoded = code == -1 and isinstance(fault, sqlite3.OperationalError | UnicodeError)
        # A damaged format number in the file's head has no code of its own.
        unformatted = code == sqlite3.SQLITE_ERROR and str(fault) == "unsupported file format"
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or undecoded or unformatted:
            return Corrupt(say("store.broken", file=self.path.name), say("store.restore"))
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return Workspace(say("store.read_only"), say("store.make_writable"))
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR) or isinstance(fault, OSError):
            return Workspace(say("store.full"), say("store.make_room"))
        # Anything else is a mistake in our own SQL, and stays one.
        raise fault
