"""The one door for SQL identifiers and for DuckDB connections.

Names of columns and tables come from strangers' files. They enter a statement
through ``quoted`` only; values are bound, never written into a statement.
``locked`` opens DuckDB so that a statement can read the files named here and
nothing else. This module runs no query of its own and knows no table.

Sources: DuckDB, "Securing DuckDB"; OWASP, "SQL Injection Prevention".
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pilothouse.errors import BadOption
from pilothouse.messages import say


def quoted(name: str) -> str:
    """Write ``name`` as a quoted SQL identifier (DuckDB, SQLite, Postgres).

    DuckDB and SQLite fold case even inside quotes: where two names may differ in
    case only, give the columns ``aliases`` by position.

    Raises
    ------
    BadOption
        When the name is empty or holds a NUL or half a character, which no
        quoting can carry.
    """
    if not name or "\0" in name or any("\ud800" <= c <= "\udfff" for c in name):
        raise BadOption(say("collect.bad_name"), say("collect.rename_column"))
    return '"' + name.replace('"', '""') + '"'


def spelled(text: str) -> str:
    """Write ``text`` as an SQL string, for the few places that take no bound value (views)."""
    return "'" + text.replace("'", "''") + "'"


def aliases(count: int) -> list[str]:
    """Names ``c0`` to ``c<count - 1>``, safe to write unquoted and distinct in any case."""
    return [f"c{i}" for i in range(count)]


def locked(
    files: Iterable[Path] = (),
    *,
    database: Path | None = None,
    scratch: Path | None = None,
    memory_mb: int = 2048,
) -> Any:
    """Open DuckDB for reading ``files`` only; the caller closes it.

    Arrays are handed over with ``register``: replacement scans are off, so that
    no name in a statement can reach a variable of ours.

    Parameters
    ----------
    files
        All that a statement may touch outside the database.
    database
        A database file, or None for memory.
    scratch
        Folder for what does not fit into memory, or None to fail instead.
    memory_mb
        Memory that DuckDB may use, in MB.
    """
    import duckdb

    held = duckdb.connect(":memory:" if database is None else str(database))
    held.execute("SET memory_limit = $limit", {"limit": f"{memory_mb}MB"})
    held.execute("SET temp_directory = $folder", {"folder": "" if scratch is None else str(scratch)})
    held.execute("SET autoinstall_known_extensions = false")
    held.execute("SET autoload_known_extensions = false")
    held.execute("SET python_enable_replacements = false")
    held.execute("SET allowed_paths = $files", {"files": [str(f) for f in files]})
    held.execute("SET enable_external_access = false")
    held.execute("SET lock_configuration = true")
    return held
