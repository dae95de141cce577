"""One SQLite file: opened, checked, migrated, and written by one at a time.

WAL with ``synchronous=FULL``: what was committed survives a kill and a power cut.
Every fault of SQLite comes out as one of our own, with the holder of the lock named.
It knows no table: ``store.schema`` lists them. Source: https://www.sqlite.org/wal.html
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from pilothouse.errors import Corrupt, PilothouseError, Workspace
from pilothouse.messages import say
from pilothouse.store.schema import MIGRATIONS, VERSION, expected_schema, schema_of

FULL_CHECK_BYTES = 64 * 2**20

T = TypeVar("T")

_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA checkpoint_fullfsync = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
)


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
            self._connection = self._told(self._open)
        return self._connection

    def _open(self) -> sqlite3.Connection:
        if not self.path.exists():
            self._create()
        try:
            return self._open_to_write()
        except (sqlite3.Error, OSError) as fault:
            unwritable = isinstance(fault, OSError) or _code(fault) in (
                sqlite3.SQLITE_READONLY,
                sqlite3.SQLITE_CANTOPEN,
                sqlite3.SQLITE_PERM,
            )
            if not unwritable:
                raise
            return self._open_to_read()

    def _create(self) -> None:
        """Make the file whole under another name, then link it into place: an empty one is a damaged one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        try:
            with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as made:
                part.chmod(0o600)
                for statement in (statement for step in MIGRATIONS for statement in step):
                    made.execute(statement)
                made.execute(f"PRAGMA user_version = {VERSION:d}")
                made.execute("PRAGMA journal_mode = WAL")
            _sync(part)
            # Whoever links first wins; the others use that file.
            with contextlib.suppress(FileExistsError):
                os.link(part, self.path)
            _sync(self.path.parent)
        finally:
            part.unlink(missing_ok=True)

    def _open_to_write(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=self.wait_s, isolation_level=None, check_same_thread=False
        )
        try:
            connection.row_factory = sqlite3.Row
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            self._insist(lambda: connection.execute("PRAGMA journal_mode = WAL").fetchone())
            _check(connection, self.path)
            if _version(connection) != VERSION:
                self._migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _open_to_read(self) -> sqlite3.Connection:
        """Open for reading only; writing then says that the folder is read-only."""
        log = self.path.with_name(self.path.name + "-wal")
        # Without a log beside it the file is complete, and nobody can write: it may be read as it stands.
        mode = "mode=ro" if log.exists() and log.stat().st_size else "immutable=1"
        connection = sqlite3.connect(
            f"file:{quote(str(self.path))}?{mode}", uri=True, isolation_level=None, check_same_thread=False
        )
        try:
            connection.row_factory = sqlite3.Row
            _check(connection, self.path)
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        self._insist(lambda: connection.execute("BEGIN IMMEDIATE"))
        try:
            # Read again under the lock: another process may have migrated in the meantime.
            version = _version(connection)
            if version > VERSION:
                raise _newer(version)
            if version < VERSION:
                self._back_up(version)
            for step in MIGRATIONS[version:]:
                for statement in step:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION:d}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _back_up(self, version: int) -> None:
        """Keep the file as it was before a migration, whole and synced, beside it."""
        kept = self.path.with_name(f"{self.path.name}.v{version}.bak")
        part = kept.with_suffix(".part")
        with (
            contextlib.closing(sqlite3.connect(self.path)) as source,
            contextlib.closing(sqlite3.connect(part)) as target,
        ):
            source.backup(target)
        part.chmod(0o600)
        _sync(part)
        part.replace(kept)
        _sync(self.path.parent)

    def _insist(self, act: Callable[[], T]) -> T:
        """Try again while the file is locked: SQLite does not wait by itself while it changes to WAL."""
        until = time.monotonic() + self.wait_s
        while True:
            try:
                return act()
            except sqlite3.OperationalError as fault:
                if _code(fault) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(0.02)

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
        code = _code(fault)
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return Workspace(self._busy(), say("store.wait"))
        # Python itself decodes texts and messages; what it cannot decode was damaged.
        undecoded = code == -1 and isinstance(fault, sqlite3.OperationalError | UnicodeError)
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or undecoded:
            return Corrupt(say("store.broken", file=self.path.name), say("store.restore"))
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return Workspace(say("store.read_only"), say("store.make_writable"))
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR) or isinstance(fault, OSError):
            return Workspace(say("store.full"), say("store.make_room"))
        # Anything else is a mistake in our own SQL, and stays one.
        raise fault


def _code(fault: BaseException) -> int:
    """Return SQLite's primary result code of ``fault``; -1 where there is none."""
    code = getattr(fault, "sqlite_errorcode", None)
    if code is not None:
        return int(code) & 0xFF
    return sqlite3.SQLITE_READONLY if isinstance(fault, PermissionError) else -1


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _newer(version: int) -> Workspace:
    return Workspace(say("store.newer", found=version, known=VERSION), say("store.upgrade"))


def _check(connection: sqlite3.Connection, path: Path) -> None:
    whole = path.stat().st_size <= FULL_CHECK_BYTES
    found = connection.execute("PRAGMA integrity_check(1)" if whole else "PRAGMA quick_check(1)").fetchone()
    if found is None or found[0] != "ok":
        raise Corrupt(say("store.broken", file=path.name), say("store.restore"))
    # Read both in one transaction: another process may be migrating at this moment.
    connection.execute("BEGIN")
    version, there = _version(connection), schema_of(connection)
    connection.execute("COMMIT")
    if version > VERSION:
        raise _newer(version)
    if version < 1 or (version == VERSION and there != expected_schema()):
        raise Corrupt(say("store.broken", file=path.name), say("store.restore"))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
