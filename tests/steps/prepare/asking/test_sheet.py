"""The sheet of questions goes out and comes back, with what people changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pilothouse.errors import MissingColumn, NotFound
from pilothouse.guards.markup import write_csv
from pilothouse.steps.prepare.asking.sheet import (
    GENERATED,
    HEADER,
    HUMAN,
    MODEL,
    YOURS,
    Asked,
    lines,
    read_sheet,
)

NAMES = ("How to pay?", "=SUM costs?", "How to leave?")
KNOWN = {NAMES[0]: 0, NAMES[1]: 1}
MADE = [
    Asked("pay how", 0, "paraphrase", GENERATED, "entry 0", True),
    Asked("=SUM?", 1, "typo", GENERATED, "entry 1", True),
    Asked("what is the way to pay", 0, "paraphrase", MODEL, "entry 0", True),
    Asked(NAMES[2], 2, "kept_aside", HUMAN, "entry 2", False),
    Asked("what is the way to leave", 2, "kept_aside", MODEL, "entry 2", False),
    Asked("Will it rain?", None, "elsewhere", GENERATED, "question Will it rain?", False),
]


def test_it_comes_back_as_it_went_out(tmp_path: Path) -> None:
    path = tmp_path / "questions.csv"
    write_csv(path, HEADER, lines(MADE, NAMES), bom=True)
    again, notes = read_sheet(path, KNOWN, {NAMES[2]: 2})
    assert again == MADE and notes == []


def test_rows_of_people_need_two_cells(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "question,expected\nHow can I pay by card today?,How to pay?\nSing a song for me?,\n", "utf-8"
    )
    again, _ = read_sheet(path, KNOWN, {})
    assert [(a.kind, a.origin, a.answerable) for a in again] == [(YOURS, HUMAN, True), (YOURS, HUMAN, False)]


def test_what_names_no_entry_is_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    rows = [
        ("a question here?", "Gone entry", "own", HUMAN, ""),
        (NAMES[0], "", "kept_aside", HUMAN, ""),
        ("the way to pay", "", "kept_aside", MODEL, NAMES[0]),
        *lines(MADE, NAMES),
    ]
    write_csv(path, HEADER, rows)
    again, notes = read_sheet(path, KNOWN, {NAMES[2]: 2})
    assert again == MADE and "3 rows" in notes[0].text("en") and "2, 3, 4" in notes[0].text("en")


def test_another_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("q,a\n1,2\n3,4\n", "utf-8")
    with pytest.raises(MissingColumn, match="question"):
        read_sheet(path, KNOWN, {})
    with pytest.raises(NotFound):
        read_sheet(tmp_path / "none.csv", KNOWN, {})
