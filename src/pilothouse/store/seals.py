"""A seal for each row: a hash of its values, so that a flipped byte is seen and not believed.

It finds rot, not tampering: whoever may write the file may also write a seal.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from pilothouse.errors import Corrupt
from pilothouse.messages import say


def seal(table: str, values: Mapping[str, Any]) -> str:
    """Hash the values of one row of ``table``; a column named ``seal`` is left out."""
    kept = sorted((k, v) for k, v in values.items() if k != "seal")
    return hashlib.sha256(json.dumps([table, kept]).encode()).hexdigest()[:32]


def unsealed(table: str, row: sqlite3.Row) -> dict[str, Any]:
    """Return the row's values without its seal.

    Raises
    ------
    Corrupt
        When the seal does not fit the values.
    """
    values = dict(row)
    if values.pop("seal") != seal(table, values):
        raise Corrupt(say("store.broken_row", table=table), say("store.restore"))
    return values
