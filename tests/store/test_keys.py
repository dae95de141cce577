from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pilothouse.errors import NotFound
from pilothouse.store.keys import KeyRole, Keys
from pilothouse.store.state import State


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    state = State(tmp_path / "state.db")
    yield Keys(state)
    state.close()


@pytest.mark.parametrize("role", list(KeyRole))
def test_role_of_a_made_key_is_its_role(keys: Keys, role: KeyRole) -> None:
    assert keys.role(keys.make(role).encode()) is role


def test_role_of_any_other_key_is_none(keys: Keys) -> None:
    key = keys.make(KeyRole.ADMIN)
    other = keys.make(KeyRole.PREDICT)
    mixed = key[:12] + other[12:]
    for wrong in (
        b"",
        b" ",
        key[:-1].encode(),
        (key + "x").encode(),
        key.upper().encode(),
        mixed.encode(),
        b"\xff\x00",
    ):
        assert keys.role(wrong) is None


def test_expired_and_revoked_keys_open_nothing(keys: Keys) -> None:
    old, current = keys.make(KeyRole.ADMIN, days=-1), keys.make(KeyRole.ADMIN, days=1)
    assert keys.role(old.encode()) is None and keys.role(current.encode()) is KeyRole.ADMIN
    keys.revoke(current.split("_")[1])
    assert keys.role(current.encode()) is None
    with pytest.raises(NotFound):
        keys.revoke("00000000")


def test_secret_is_not_in_the_file(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    key = Keys(state).make(KeyRole.PREDICT)
    state.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert key.encode() not in content and key.split("_", 2)[2].encode() not in content


def test_first_keys_are_made_once_in_files_only_the_owner_reads(tmp_path: Path, keys: Keys) -> None:
    folder = tmp_path / "keys"
    written = keys.make_first(folder)
    assert {p.name for p in written} == {"admin.key", "predict.key", "ingest.key"}
    for path in written:
        assert path.stat().st_mode & 0o777 == 0o600
        assert keys.role(path.read_text().strip().encode()) == path.stem
    assert folder.stat().st_mode & 0o777 == 0o700
    assert keys.make_first(folder) == []
    assert len(keys.all()) == 3
