import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.errors import BadOption
from pilothouse.guards.sql import aliases, locked, quoted, spelled

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)


@given(NAMES)
def test_quoted_name_is_one_identifier(name):
    held = locked()
    try:
        held.execute(f"SELECT 1 AS {quoted(name)}")
        assert held.description[0][0] == name
    finally:
        held.close()


@given(NAMES)
def test_spelled_text_is_one_value(text):
    held = sqlite3.connect(":memory:")
    assert held.execute(f"SELECT {spelled(text)}").fetchall() == [(text,)]
    held.close()


@pytest.mark.parametrize("name", ["", "a\0b", "a\ud800"])
def test_quoted_impossible_name_is_refused(name):
    with pytest.raises(BadOption):
        quoted(name)


def test_aliases_are_distinct_in_any_case():
    assert len({a.lower() for a in aliases(1000)}) == 1000


def test_locked_reads_named_files_only(tmp_path):
    import duckdb

    (tmp_path / "mine.csv").write_text("a\n1\n")
    (tmp_path / "other.csv").write_text("a\n1\n")
    held = locked([tmp_path / "mine.csv"])
    try:
        mine = held.execute("SELECT a FROM read_csv($p)", {"p": str(tmp_path / "mine.csv")}).fetchall()
        assert mine == [(1,)]
        for statement in (
            f"SELECT * FROM read_csv('{tmp_path}/other.csv')",
            f"COPY (SELECT 1) TO '{tmp_path}/new.csv'",
            f"ATTACH '{tmp_path}/new.db'",
            "SET enable_external_access = true",
            "INSTALL httpfs",
        ):
            with pytest.raises(duckdb.Error):
                held.execute(statement)
    finally:
        held.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.csv", "other.csv"]
