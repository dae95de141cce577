"""Open SQLite's file well: made whole under another name, checked before use, migrated after a copy.

It runs no statement of anybody's own: ``store.database`` does. Source: https://www.sqlite.org/wal.html
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from pilothouse.errors import Corrupt, Workspace
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


def open_file(path: Path, wait_s: float) -> sqlite3.Connection:
    """Open ``path``, made, checked and migrated; for reading only where nothing can be written.

    Parameters
    ----------
    path
        The file; it and its folder are made when they are not there.
    wait_s
        How long to wait for another process.

    Raises
    ------
    Corrupt
        When the file is damaged or belongs to another program.
    Workspace
        When it was written by a newer version.
    """
    if not path.exists():
        _create(path)
    try:
        return _open_to_write(path, wait_s)
    except (sqlite3.Error, OSError) as fault:
        unwritable = isinstance(fault, OSError) or code_of(fault) in (
            sqlite3.SQLITE_READONLY,
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_PERM,
        )
        if not unwritable:
            raise
        return _open_to_read(path)


def _create(path: Path) -> None:
    """Make the file whole under another name, then link it into place: an empty one is a damaged one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
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
            os.link(part, path)
        _sync(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _open_to_write(path: Path, wait_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=wait_s, isolation_level=None, check_same_thread=False)
    try:
        connection.row_factory = sqlite3.Row
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        _insist(lambda: connection.execute("PRAGMA journal_mode = WAL").fetchone(), wait_s)
        _check(connection, path)
        if _version(connection) != VERSION:
            _migrate(connection, path, wait_s)
    except BaseException:
        connection.close()
        raise
    return connection


def _open_to_read(path: Path) -> sqlite3.Connection:
    """Open for reading only; writing then says that the folder is read-only."""
    log = path.with_name(path.name + "-wal")
    # Without a log beside it the file is complete, and nobody can write: it may be read as it stands.
    mode = "mode=ro" if log.exists() and log.stat().st_size else "immutable=1"
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?{mode}", uri=True, isolation_level=None, check_same_thread=False
    )
    try:
        connection.row_factory = sqlite3.Row
        _check(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path, wait_s: float) -> None:
    _insist(lambda: connection.execute("BEGIN IMMEDIATE"), wait_s)
    try:
        # Read again under the lock: another process may have migrated in the meantime.
        version = _version(connection)
        if version > VERSION:
            raise _newer(version)
        if version < VERSION:
            _back_up(path, version)
        for step in MIGRATIONS[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION:d}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _back_up(path: Path, version: int) -> None:
    """Keep the file as it was before a migration, whole and synced, beside it."""
    kept = path.with_name(f"{path.name}.v{version}.bak")
    part = kept.with_suffix(".part")
    with (
        contextlib.closing(sqlite3.connect(path)) as source,
        contextlib.closing(sqlite3.connect(part)) as target,
    ):
        source.backup(target)
    part.chmod(0o600)
    _sync(part)
    part.replace(kept)
    _sync(path.parent)


def _insist(act: Callable[[], T], wait_s: float) -> T:
    """Try again while the file is locked: SQLite does not wait by itself while it changes to WAL."""
    until = time.monotonic() + wait_s
    while True:
        try:
            return act()
        except sqlite3.OperationalError as fault:
            if code_of(fault) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)


def code_of(fault: BaseException) -> int:
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
