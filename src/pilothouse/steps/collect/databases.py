"""Rows of a query to SQLite or Postgres, by URL, read only.

The query is the user's own and runs in a read-only session of theirs; names of
tables that we put into a statement pass the door ``guards.sql``. Passwords in the
URL are used and never repeated: not in errors, not in provenance.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pilothouse.errors import BadTable, NotFound
from pilothouse.guards.sql import quoted
from pilothouse.lazy import require
from pilothouse.messages import say
from pilothouse.steps.collect.cells import is_clean, shown, spell
from pilothouse.steps.collect.source import Reject, Rows

Record = tuple[int, list[str]] | Reject
_AT_ONCE = 10_000
_SQLITE_TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
_POSTGRES_TABLES = (
    "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() LIMIT 100"
)


def public_url(url: str) -> str:
    """Return ``url`` without user, password and options, for files and messages.

    >>> public_url("postgresql://ann:secret@db.example:5432/shop?sslmode=require")
    'postgresql://db.example:5432/shop'
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # a bracket that does not close: nothing of it can be trusted
        return url.partition("://")[0] + "://"
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def read_sqlite(path: Path, query: str | None) -> Rows:
    """Run ``query`` on a SQLite file, or take its only table.

    Raises
    ------
    NotFound, BadTable
        No such file; no SQLite file, several tables and no query, or a query that fails.
    """
    if not path.is_file():
        raise NotFound(say("collect.no_file", path=path.name), say("collect.check_path"))
    held = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        held.set_authorizer(_reads_only)
        held.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        statement = query or _only_table([row[0] for row in held.execute(_SQLITE_TABLES)])
        cursor = held.execute(statement)
        names = [d[0] for d in cursor.description or ()]
    except (sqlite3.Error, sqlite3.Warning) as fault:
        held.close()
        raise BadTable(say("collect.query_failed", fault=str(fault)), say("collect.check_query")) from fault
    except BadTable:
        held.close()
        raise
    if not names:
        held.close()
        raise BadTable(say("collect.no_select"), say("collect.check_query"))
    return Rows(names, _sqlite_records(held, cursor), header=True)


def _reads_only(action: int, *_: object) -> int:
    # mode=ro guards the file itself; ATTACH could still open another one.
    allowed = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
    return sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY


def _sqlite_records(held: sqlite3.Connection, cursor: sqlite3.Cursor) -> Iterator[Record]:
    with closing(held):
        try:
            yield from _spelled(cursor)
        except sqlite3.Error as fault:
            problem = say("collect.query_failed", fault=str(fault))
            raise BadTable(problem, say("collect.check_query")) from fault


def read_postgres(url: str, query: str | None) -> Rows:
    """Run ``query`` on Postgres in a read-only transaction, or take the only table.

    Raises
    ------
    MissingExtra, BadTable
        psycopg is not installed; no connection, or a query that fails.
    """
    psycopg = require("psycopg", extra="postgres")
    try:
        held = psycopg.connect(url, connect_timeout=10)
    except psycopg.Error as fault:
        # The driver's words may repeat the URL with its password.
        problem = say("collect.no_connection", url=public_url(url))
        raise BadTable(problem, say("collect.check_url")) from fault
    records = _postgres_records(psycopg, held, query)
    names = next(records)
    return Rows(names, records, header=True)


def _postgres_records(psycopg: Any, held: Any, query: str | None) -> Iterator[Any]:
    """Yield the names first, then the rows; one transaction holds both."""
    with held:
        try:
            held.read_only = True
            tables = held.execute(_POSTGRES_TABLES).fetchall() if query is None else []
            with held.cursor(name="pilothouse") as cursor:
                cursor.itersize = _AT_ONCE
                cursor.execute(query or _only_table([row[0] for row in tables]))
                yield [column.name for column in cursor.description]
                yield from _spelled(cursor)
        except psycopg.Error as fault:
            text = getattr(fault.diag, "message_primary", None) or type(fault).__name__
            raise BadTable(say("collect.query_failed", fault=text), say("collect.check_query")) from fault


def _only_table(tables: list[str]) -> str:
    if len(tables) != 1:
        names = ", ".join(sorted(tables)[:20]) or "-"
        raise BadTable(say("collect.which_table", names=names), say("collect.give_query"))
    return f"SELECT * FROM {quoted(tables[0])}"


def _spelled(cursor: Any) -> Iterator[Record]:
    for line, row in enumerate(cursor, 1):
        cells = [spell(value) for value in row]
        joined = "".join(cells)
        yield (line, cells) if is_clean(joined) else Reject(line, say("collect.nul"), shown(joined))


def sqlite_path(url: str) -> Path:
    """Return the file that ``sqlite:///relative`` or ``sqlite:////absolute`` names."""
    return Path(unquote(url.removeprefix("sqlite:///")))
