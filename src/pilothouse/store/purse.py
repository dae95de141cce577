"""What language models may still cost: set aside before a call, settled after it.

A call takes the most that it could cost out of every purse it belongs to, in one
transaction and before it is made; what was not spent is put back when it ends. A process
that dies in between leaves the most it could have spent as spent: a purse never holds
more than the truth. Amounts are whole billionths of the product's currency.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from pilothouse.store.database import Database, now
from pilothouse.store.seals import seal, unsealed

_UNIT = 1_000_000_000


class Purses:
    """Purses in ``state.db``, each known by a name; safe among threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def spent(self, purse: str) -> float:
        """Return what is spent or set aside."""
        rows = [unsealed("purses", row) for row in self._database.rows("SELECT * FROM purses")]
        return sum(int(row["spent"]) for row in rows if row["purse"] == purse) / _UNIT

    def set_aside(self, amount: float, limits: Mapping[str, float]) -> str | None:
        """Take ``amount`` out of every purse of ``limits``, or out of none.

        Parameters
        ----------
        limits
            From a purse's name to the most that may ever be spent from it.

        Returns
        -------
        str or None
            The first purse in which there is not enough; None when it was taken.
        """
        units = -int(-amount * _UNIT // 1)
        with self._database.write() as connection:
            held = {purse: _held(connection, purse) for purse in limits}
            for purse, limit in limits.items():
                if held[purse] + units > int(limit * _UNIT):
                    return purse
            for purse in limits:
                _keep(connection, purse, held[purse] + units)
        return None

    def settle(self, aside: float, cost: float, purses: Mapping[str, float]) -> None:
        """Put back what was set aside and not spent."""
        back = -int(-aside * _UNIT // 1) + int(-cost * _UNIT // 1)
        with self._database.write() as connection:
            for purse in purses:
                _keep(connection, purse, max(0, _held(connection, purse) - back))

    def hand_over(self, purse: str, other: str) -> None:
        """Count what ``purse`` spent as spent by ``other``."""
        with self._database.write() as connection:
            spent = _held(connection, purse)
            if spent:
                _keep(connection, other, _held(connection, other) + spent)
                _keep(connection, purse, 0)


def _held(connection: sqlite3.Connection, purse: str) -> int:
    # All rows: one whose key is damaged would not be found by its key, and its money be forgotten.
    rows = [unsealed("purses", row) for row in connection.execute("SELECT * FROM purses").fetchall()]
    return next((int(row["spent"]) for row in rows if row["purse"] == purse), 0)


def _keep(connection: sqlite3.Connection, purse: str, spent: int) -> None:
    row: dict[str, Any] = {"purse": purse, "spent": spent, "changed": now()}
    connection.execute(
        "INSERT OR REPLACE INTO purses VALUES (:purse, :spent, :changed, :seal)",
        row | {"seal": seal("purses", row)},
    )
