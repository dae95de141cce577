"""Keys to the service, by role; only salted hashes are kept.

A key reads ``ph_<id>_<secret>``: the id finds the row, the secret has 256 random bits, so one
round of SHA-256 with a salt cannot be searched. It does not count wrong tries: the service does.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from pilothouse.errors import NotFound
from pilothouse.messages import say
from pilothouse.store.database import now
from pilothouse.store.seals import seal, unsealed
from pilothouse.store.state import State

_FORM = re.compile(rb"ph_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")


class KeyRole(StrEnum):
    """What a key may do: send events, ask for answers, or everything."""

    INGEST = "ingest"
    PREDICT = "predict"
    ADMIN = "admin"


@dataclass(frozen=True)
class Key:
    """A key as it is kept: without its secret."""

    id: str
    role: KeyRole
    created: str
    expires: str | None
    revoked: str | None


class Keys:
    """The keys of one product."""

    def __init__(self, state: State) -> None:
        self._database = state.database

    def make(self, role: KeyRole, *, days: float | None = None) -> str:
        """Make a key and return it; it is never shown again.

        Parameters
        ----------
        role
            What it may do.
        days
            How long it holds; None for no end.
        """
        key_id, secret, salt = secrets.token_hex(4), secrets.token_urlsafe(32), secrets.token_hex(16)
        expires = None if days is None else (datetime.now(UTC) + timedelta(days=days)).isoformat()
        row: dict[str, Any] = {
            "id": key_id,
            "role": str(role),
            "salt": salt,
            "hash": _hash(salt, secret.encode()),
        }
        row |= {"created": now(), "expires": expires, "revoked": None}
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO keys VALUES (:id, :role, :salt, :hash, :created, :expires, :revoked, :seal)",
                row | {"seal": seal("keys", row)},
            )
        return f"ph_{key_id}_{secret}"

    def role(self, key: bytes) -> KeyRole | None:
        """Return the role of a valid key; None for any other, in the same time."""
        form = _FORM.fullmatch(key)
        key_id, secret = (form[1].decode(), form[2]) if form else ("none", key[:64])
        found = self._database.rows("SELECT * FROM keys WHERE id = ?", (key_id,))
        row = unsealed("keys", found[0]) if found else None
        # The hash is also taken where there is no such key, so that time tells nothing.
        salt, wanted = (row["salt"], row["hash"]) if row else ("0" * 32, "0" * 64)
        fits = hmac.compare_digest(_hash(salt, secret).encode(), wanted.encode())
        if row is None or not fits or row["revoked"] is not None:
            return None
        if row["expires"] is not None and datetime.fromisoformat(row["expires"]) <= datetime.now(UTC):
            return None
        return KeyRole(row["role"])

    def all(self) -> list[Key]:
        """List keys, oldest first."""
        rows = self._database.rows("SELECT * FROM keys ORDER BY created, id")
        kept = (unsealed("keys", row) for row in rows)
        return [Key(r["id"], KeyRole(r["role"]), r["created"], r["expires"], r["revoked"]) for r in kept]

    def revoke(self, key_id: str) -> None:
        """Withdraw a key at once.

        Raises
        ------
        NotFound
            When there is no key with this id.
        """
        with self._database.write() as connection:
            found = connection.execute("SELECT * FROM keys WHERE id = ?", (key_id,)).fetchone()
            if found is None:
                raise NotFound(say("store.no_key", id=key_id), say("store.list_keys"))
            row = unsealed("keys", found)
            row["revoked"] = row["revoked"] or now()
            connection.execute(
                "UPDATE keys SET revoked = :revoked, seal = :seal WHERE id = :id",
                row | {"seal": seal("keys", row)},
            )

    def make_first(self, folder: Path) -> list[Path]:
        """Make one key for each role when there is none yet; each goes to a file only the owner reads.

        Returns
        -------
        list of Path
            The files written, empty when keys existed.
        """
        if self.all():
            return []
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        written = []
        for role in KeyRole:
            path = folder / f"{role}.key"
            path.unlink(missing_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(self.make(role) + "\n")
            written.append(path)
        return written


def _hash(salt: str, secret: bytes) -> str:
    return hashlib.sha256(salt.encode() + secret).hexdigest()
