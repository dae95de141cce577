"""The tables of ``state.db``, as a list of migrations: entry k leads from version k to k + 1.

An entry that was released is never edited; a change is a new entry. Each row carries
a seal over its own values (see ``store.seals``).
"""

from __future__ import annotations

import contextlib
import sqlite3
from functools import cache

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE runs (
            use_case TEXT NOT NULL, run_id TEXT NOT NULL, started_at TEXT NOT NULL, status TEXT NOT NULL,
            verdict TEXT, manifest TEXT, seal TEXT NOT NULL,
            PRIMARY KEY (use_case, run_id)) STRICT, WITHOUT ROWID""",
        """CREATE TABLE looks (
            data_hash TEXT NOT NULL, target TEXT NOT NULL, plan_hash TEXT NOT NULL,
            number INTEGER NOT NULL, at TEXT NOT NULL, seal TEXT NOT NULL,
            PRIMARY KEY (data_hash, target, plan_hash)) STRICT, WITHOUT ROWID""",
        """CREATE TABLE releases (
            use_case TEXT NOT NULL, number INTEGER NOT NULL, run_id TEXT NOT NULL,
            folder_hash TEXT NOT NULL, created TEXT NOT NULL, made_by TEXT NOT NULL, seal TEXT NOT NULL,
            PRIMARY KEY (use_case, number)) STRICT, WITHOUT ROWID""",
        """CREATE TABLE serving (
            use_case TEXT NOT NULL PRIMARY KEY, number INTEGER NOT NULL, previous INTEGER,
            turn INTEGER NOT NULL, changed TEXT NOT NULL, seal TEXT NOT NULL) STRICT, WITHOUT ROWID""",
        """CREATE TABLE keys (
            id TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL, salt TEXT NOT NULL, hash TEXT NOT NULL,
            created TEXT NOT NULL, expires TEXT, revoked TEXT, seal TEXT NOT NULL) STRICT, WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE events (
            source TEXT NOT NULL, event_id TEXT NOT NULL, user TEXT NOT NULL, item TEXT NOT NULL,
            time INTEGER NOT NULL, timed INTEGER NOT NULL, value REAL, type TEXT,
            received INTEGER NOT NULL, held INTEGER NOT NULL, seal TEXT NOT NULL,
            PRIMARY KEY (source, event_id)) STRICT, WITHOUT ROWID""",
        "CREATE INDEX events_by_user ON events (user, held, time, source, event_id)",
    ),
    (
        """CREATE TABLE purses (
            purse TEXT NOT NULL PRIMARY KEY, spent INTEGER NOT NULL, changed TEXT NOT NULL,
            seal TEXT NOT NULL) STRICT, WITHOUT ROWID""",
    ),
)

VERSION = len(MIGRATIONS)


@cache
def expected_schema() -> frozenset[str]:
    """Return the statements that a sound file of this version holds."""
    with contextlib.closing(sqlite3.connect(":memory:")) as fresh:
        for step in MIGRATIONS:
            for statement in step:
                fresh.execute(statement)
        return schema_of(fresh)


def schema_of(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the statements that made the tables of an open file."""
    return frozenset(row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL"))
