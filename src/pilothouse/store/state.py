"""The truth of a product: which runs there were, how often the kept-aside part was looked at,
which releases exist, which one serves, and what users did since (``store.events``).

It keeps rows, not files: ``steps.deploy`` copies models, ``runs`` writes run folders.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pilothouse.errors import Conflict, NotFound
from pilothouse.messages import say
from pilothouse.store.database import Database, now
from pilothouse.store.events import Events
from pilothouse.store.seals import seal, unsealed


@dataclass(frozen=True)
class Run:
    """One pass over a use case: ``status`` is "running", "done" or "interrupted"."""

    use_case: str
    run_id: str
    started_at: str
    status: str
    verdict: str | None = None
    manifest: str | None = None


@dataclass(frozen=True)
class Release:
    """A run's winner that was promoted to serve."""

    use_case: str
    number: int
    run_id: str
    folder_hash: str
    created: str
    made_by: str


@dataclass(frozen=True)
class Serving:
    """Which release of a use case answers; ``turn`` grows with every change."""

    use_case: str
    number: int
    previous: int | None
    turn: int
    changed: str


class State:
    """``state.db``: every method is one transaction, safe among threads and processes.

    Parameters
    ----------
    path
        The file, usually ``<product>/.pilothouse/state.db``.
    wait_s
        How long to wait for another writer.
    """

    def __init__(self, path: Path, *, wait_s: float = 10.0) -> None:
        self.database = Database(path, wait_s=wait_s)
        self.events = Events(self.database)

    def close(self) -> None:
        """Close the file."""
        self.events.close()
        self.database.close()

    def look(self, data_hash: str, target: str, plan_hash: str) -> int:
        """Count a look at the kept-aside part and return its number, 1 for the first.

        The same plan on the same data and target sees nothing new and keeps its number.
        """
        with self.database.write() as connection:
            # All rows: one whose key is damaged would not be found by its key, and not be missed.
            rows = [unsealed("looks", r) for r in connection.execute("SELECT * FROM looks").fetchall()]
            same = [r for r in rows if (r["data_hash"], r["target"]) == (data_hash, target)]
            known = {r["plan_hash"]: int(r["number"]) for r in same}
            if plan_hash in known:
                return known[plan_hash]
            row: dict[str, Any] = {"data_hash": data_hash, "target": target, "plan_hash": plan_hash}
            row |= {"number": max(known.values(), default=0) + 1, "at": now()}
            connection.execute(
                "INSERT INTO looks VALUES (:data_hash, :target, :plan_hash, :number, :at, :seal)",
                row | {"seal": seal("looks", row)},
            )
            return int(row["number"])

    def record_run(self, run: Run) -> None:
        """Add a run, or bring its status, verdict and manifest up to date."""
        row = asdict(run)
        with self.database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO runs VALUES"
                " (:use_case, :run_id, :started_at, :status, :verdict, :manifest, :seal)",
                row | {"seal": seal("runs", row)},
            )

    def run(self, use_case: str, run_id: str) -> Run:
        """Return one run.

        Raises
        ------
        NotFound
            When there is no such run.
        """
        rows = self.database.rows("SELECT * FROM runs WHERE use_case = ? AND run_id = ?", (use_case, run_id))
        if not rows:
            raise NotFound(say("store.no_run", run=run_id), say("store.list_runs"))
        return Run(**unsealed("runs", rows[0]))

    def runs(self, use_case: str | None = None, *, limit: int = 1_000) -> list[Run]:
        """List runs, newest first, of one use case or of all."""
        rows = self.database.rows(
            "SELECT * FROM runs WHERE ?1 IS NULL OR use_case = ?1"
            " ORDER BY started_at DESC, run_id DESC LIMIT ?2",
            (use_case, limit),
        )
        return [Run(**unsealed("runs", row)) for row in rows]

    def serving(self, use_case: str) -> Serving | None:
        """Return what serves, or None while nothing was shipped."""
        rows = self.database.rows("SELECT * FROM serving WHERE use_case = ?", (use_case,))
        return Serving(**unsealed("serving", rows[0])) if rows else None

    def all_serving(self) -> list[Serving]:
        """Return what serves for each use case, by name."""
        rows = self.database.rows("SELECT * FROM serving ORDER BY use_case")
        return [Serving(**unsealed("serving", row)) for row in rows]

    def releases(self, use_case: str | None = None, *, limit: int = 1_000) -> list[Release]:
        """List releases, newest first, of one use case or of all."""
        rows = self.database.rows(
            "SELECT * FROM releases WHERE ?1 IS NULL OR use_case = ?1"
            " ORDER BY created DESC, use_case, number DESC LIMIT ?2",
            (use_case, limit),
        )
        return [Release(**unsealed("releases", row)) for row in rows]

    def release(self, use_case: str, number: int) -> Release:
        """Return one release.

        Raises
        ------
        NotFound
            When there is no such release.
        """
        rows = self.database.rows(
            "SELECT * FROM releases WHERE use_case = ? AND number = ?", (use_case, number)
        )
        if not rows:
            raise NotFound(
                say("store.no_release", use_case=use_case, number=number), say("store.list_releases")
            )
        return Release(**unsealed("releases", rows[0]))

    def promote(self, draft: Release, place: Callable[[int], None], *, seen: Serving | None) -> Release:
        """Number a new release, put its folder in place, and let it serve: all or nothing.

        Parameters
        ----------
        draft
            The release; its number is given here.
        place
            Called with the number while the write lock is held; renames the folder.
        seen
            What served when the caller began.

        Raises
        ------
        Conflict
            When another promotion or rollback was first; its release is named.
        """
        with self.database.write() as connection:
            current = _unchanged(connection, draft.use_case, seen)
            last = connection.execute(
                "SELECT max(number) FROM releases WHERE use_case = ?", (draft.use_case,)
            ).fetchone()[0]
            row = asdict(draft) | {"number": int(last or 0) + 1}
            place(row["number"])
            connection.execute(
                "INSERT INTO releases VALUES"
                " (:use_case, :number, :run_id, :folder_hash, :created, :made_by, :seal)",
                row | {"seal": seal("releases", row)},
            )
            _point(connection, draft.use_case, row["number"], current)
        return Release(**row)

    def point(self, use_case: str, number: int, *, seen: Serving | None) -> Serving:
        """Let an older release serve again.

        Raises
        ------
        NotFound
            When there is no such release.
        Conflict
            When another promotion or rollback was first.
        """
        self.release(use_case, number)
        with self.database.write() as connection:
            current = _unchanged(connection, use_case, seen)
            return _point(connection, use_case, number, current)


def _unchanged(connection: sqlite3.Connection, use_case: str, seen: Serving | None) -> Serving | None:
    row = connection.execute("SELECT * FROM serving WHERE use_case = ?", (use_case,)).fetchone()
    current = Serving(**unsealed("serving", row)) if row is not None else None
    if (current.turn if current else 0) != (seen.turn if seen else 0):
        winner = current.number if current else 0
        raise Conflict(
            say("store.promoted_before", use_case=use_case, number=winner), say("store.look_again")
        )
    return current


def _point(connection: sqlite3.Connection, use_case: str, number: int, current: Serving | None) -> Serving:
    row: dict[str, Any] = {
        "use_case": use_case,
        "number": number,
        "previous": current.number if current else None,
        "turn": current.turn + 1 if current else 1,
        "changed": now(),
    }
    connection.execute(
        "INSERT OR REPLACE INTO serving VALUES (:use_case, :number, :previous, :turn, :changed, :seal)",
        row | {"seal": seal("serving", row)},
    )
    return Serving(**row)
