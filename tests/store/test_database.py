from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest

from pilothouse.errors import Corrupt, Workspace
from pilothouse.store import opening, schema
from pilothouse.store.database import Database
from pilothouse.store.state import State

PUT = "INSERT INTO looks VALUES (?, 't', 'p', 1, 'now', 'seal')"


def test_database_is_private_durable_and_in_wal_mode(tmp_path: Path) -> None:
    database = Database(tmp_path / "deep" / "state.db")
    assert database.rows("PRAGMA journal_mode")[0][0] == "wal"
    assert database.rows("PRAGMA synchronous")[0][0] == 2
    assert (tmp_path / "deep" / "state.db").stat().st_mode & 0o777 == 0o600
    database.close()


def test_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db")
    with pytest.raises(KeyError), database.write() as connection:
        connection.execute(PUT, ("a",))
        raise KeyError("a")
    assert database.rows("SELECT * FROM looks") == []
    with database.write() as connection:
        connection.execute(PUT, ("a",))
    assert len(database.rows("SELECT * FROM looks")) == 1
    database.close()


def test_write_names_the_holder_while_another_writes(tmp_path: Path) -> None:
    one, other = Database(tmp_path / "state.db"), Database(tmp_path / "state.db", wait_s=0.1)
    with one.write() as connection:
        connection.execute(PUT, ("a",))
        with pytest.raises(Workspace) as caught, other.write():
            raise AssertionError("two writers at once")
        assert other.rows("SELECT * FROM looks") == []
    assert str(os.getpid()) in caught.value.text("en") and str(os.getpid()) in caught.value.text("zh")
    assert "locked" not in caught.value.text("en")
    with other.write() as connection:
        connection.execute(PUT, ("b",))
    one.close()
    other.close()


def test_threads_of_one_process_share_the_connection(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db")

    def put(name: str) -> None:
        for i in range(20):
            with database.write() as connection:
                connection.execute(PUT, (f"{name}{i}",))

    threads = [threading.Thread(target=put, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(database.rows("SELECT * FROM looks")) == 80
    database.close()


def test_newer_file_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    state = State(path)
    state.look("d", "t", "p")
    state.close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(Workspace, match="newer"):
        State(path).runs()
    assert path.read_bytes() == before


def test_older_file_is_backed_up_then_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.db"
    first = State(path)
    assert first.look("d", "t", "p") == 1
    first.close()
    later = (*schema.MIGRATIONS, ("CREATE TABLE notes (text TEXT NOT NULL) STRICT",))
    monkeypatch.setattr(schema, "MIGRATIONS", later)
    monkeypatch.setattr(opening, "MIGRATIONS", later)
    monkeypatch.setattr(opening, "VERSION", len(later))
    schema.expected_schema.cache_clear()
    try:
        state = State(path)
        assert state.look("d", "t", "p") == 1 and state.look("d", "t", "other") == 2
        assert state.database.rows("SELECT * FROM notes") == []
        state.close()
    finally:
        schema.expected_schema.cache_clear()
    kept = sqlite3.connect(tmp_path / f"state.db.v{schema.VERSION}.bak")
    assert kept.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    assert kept.execute("SELECT count(*) FROM looks").fetchone() == (1,)
    kept.close()


@pytest.mark.parametrize("version", range(1, schema.VERSION))
def test_file_of_each_earlier_version_is_migrated(tmp_path: Path, version: int) -> None:
    path = tmp_path / "state.db"
    with sqlite3.connect(path) as raw:
        for statement in (s for step in schema.MIGRATIONS[:version] for s in step):
            raw.execute(statement)
        raw.execute(f"PRAGMA user_version = {version:d}")
        raw.execute(PUT, ("a",))
    raw.close()
    state = State(path)
    assert len(state.database.rows("SELECT * FROM looks")) == 1
    assert state.events.latest("u", 5) == {}
    assert state.database.rows("PRAGMA user_version")[0][0] == schema.VERSION
    state.close()
    assert (tmp_path / f"state.db.v{version}.bak").exists()


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough" * 40, b"SQLite format 3\x00" + b"\xff" * 4080]
)
def test_file_that_is_no_database_is_corrupt(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(content)
    with pytest.raises(Corrupt):
        State(path).runs()
    assert path.read_bytes() == content


@pytest.mark.parametrize("bit", range(3, 8))
def test_damaged_format_number_is_corrupt(tmp_path: Path, bit: int) -> None:
    path = tmp_path / "state.db"
    State(path).runs()
    content = bytearray(path.read_bytes())
    content[47] ^= 1 << bit
    path.write_bytes(content)
    with pytest.raises(Corrupt):
        State(path).runs()


def test_file_of_another_program_is_not_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE theirs (a)")
    raw.close()
    with pytest.raises(Corrupt):
        State(path).runs()
