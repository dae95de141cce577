"""F20: no cell and no header of a file we write becomes a formula; nothing is lost by it."""

from __future__ import annotations

import csv
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pilothouse.guards.markup import csv_cell, write_csv

HOSTILE = st.builds(
    str.__add__,
    st.text(st.sampled_from(" '\"\t\r\n\u3000\u00a0\ufeff\u200b"), max_size=4),
    st.builds(str.__add__, st.sampled_from(list("=+-@＝＋－＠") + ["", "a", "1"]), st.text(max_size=8)),
).filter(lambda t: not any("\ud800" <= c <= "\udfff" for c in t) and "\x00" not in t)


def taken_off(cell: str) -> str:
    """Undo the guard, as the documentation of ``csv_cell`` says."""
    return cell[1:] if cell.startswith("'") and csv_cell(cell[1:]) == cell else cell


def looks_like_a_formula(cell: str) -> bool:
    bare = cell.strip(' "\u3000\u00a0\ufeff\u200b\t\r\n')
    is_number = bare.startswith("-") and bare[1:].replace(",", "").replace(".", "").rstrip("%").isalnum()
    return bare[:1] in tuple("=+-@＝＋－＠") and not is_number


@given(HOSTILE)
def test_cell_never_begins_like_a_formula(text: str) -> None:
    assert not looks_like_a_formula(csv_cell(text))


@given(HOSTILE)
def test_guard_can_be_taken_off(text: str) -> None:
    assert taken_off(csv_cell(text)) == text


@given(st.floats(allow_nan=False) | st.integers())
def test_numbers_stay_numbers(value: float) -> None:
    assert type(value)(csv_cell(value)) == value


@given(
    rows=st.lists(st.lists(HOSTILE, min_size=2, max_size=2), max_size=5),
    header=st.lists(HOSTILE, min_size=2, max_size=2),
)
def test_file_reads_back_cell_by_cell(
    tmp_path_factory: object, rows: list[list[str]], header: list[str]
) -> None:
    path = Path(tmp_path_factory.getbasetemp()) / "f20.csv"  # type: ignore[attr-defined]
    write_csv(path, header, rows)
    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.reader(file))
    assert [[taken_off(c) for c in line] for line in read] == [header, *rows]
    assert not any(looks_like_a_formula(c) for line in read for c in line)
