"""The backlog opens in a spreadsheet: no formula (F20), no garbled Chinese, effort left open."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pilothouse.messages import LANGUAGES, Message
from pilothouse.pipeline.handover import _write_listing
from pilothouse.scenarios.needs.backlog import backlog, told_first
from pilothouse.steps.decide.phrases import WIDTH, columns

HOSTILE = ('=HYPERLINK("http://evil","x")', "＝1+1", " @SUM(A1)", "+1", "\t=1", "-2+3", '"=1', "'=1")


def written(read: Any, folder: Path, language: str) -> list[list[str]]:
    _write_listing(backlog(read), folder, language)  # type: ignore[arg-type]
    with (folder / "backlog.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("language", LANGUAGES)
def test_columns_and_rows_fit_in_both_languages(served: Any, tmp_path: Path, language: str) -> None:
    header, *rows = written(served.read, tmp_path, language)
    assert len(rows) == len(served.read.needs) and {len(row) for row in rows} == {len(header)}
    effort = next(i for i, cell in enumerate(header) if "effort" in cell or "投入（" in cell)
    assert {row[effort] for row in rows} == {""}
    assert [row[0] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]


def test_excel_is_told_that_it_is_utf_8(served: Any, tmp_path: Path) -> None:
    need = replace(served.read.needs[0], name="退款 · 到账", quotes=("退款一直没到账",))
    rows = written(replace(served.read, needs=(need,)), tmp_path, "zh")
    assert (tmp_path / "backlog.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert rows[1][1] == "退款 · 到账" and "退款一直没到账" in rows[1]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_words_of_users_become_no_formula(served: Any, tmp_path: Path, hostile: str) -> None:
    need = replace(
        served.read.needs[0], name=hostile, quotes=(hostile,), wishes=(hostile,), blames=((hostile, 2),)
    )
    rows = written(replace(served.read, needs=(need,)), tmp_path, "en")
    for cell in rows[1]:
        bare = cell.lstrip(" \t\r\n\"'")
        assert cell.startswith("'") or not bare.startswith(("=", "@", "＝", "+")) or bare == "+1"
    pytest.importorskip("openpyxl")
    from openpyxl import Workbook, load_workbook

    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "backlog.xlsx")
    cells = [c for line in load_workbook(tmp_path / "backlog.xlsx").active.iter_rows() for c in line]
    assert not [c.value for c in cells if c.data_type == "f"]


def test_page_shows_hostile_words_as_text(served: Any, tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) # head"
    need = replace(served.read.needs[0], name=evil, quotes=(evil,), blames=((evil, 2),))
    _write_listing(backlog(replace(served.read, needs=(need,))), tmp_path, "en")
    page = (tmp_path / "backlog.md").read_text(encoding="utf-8")
    assert "<img" not in page.replace("\\<img", "") and "](" not in page.replace("\\](", "").replace(
        "\\]\\(", ""
    )


def test_page_tells_the_formula_and_every_need(served: Any) -> None:
    lines = backlog(served.read).pages["backlog.md"]
    said = [line.text("en") if isinstance(line, Message) else line for line in lines]
    assert any("reach × impact × confidence ÷ effort" in line for line in said)
    assert sum(line.startswith("## ") for line in said) == len(served.read.needs)


def test_no_needs_give_an_empty_list_that_says_so(served: Any, tmp_path: Path) -> None:
    empty = replace(served.read, needs=())
    assert len(written(empty, tmp_path, "en")) == 1
    assert "No need was found" in (tmp_path / "backlog.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_lines_tell_what_presses_and_fit_a_terminal(served: Any, language: str) -> None:
    first = replace(served.read.needs[0], name="很长的名字 · " * 20)
    read = replace(served.read, needs=(first, *served.read.needs[1:]))
    lines = [line.text(language) for line in told_first(read)]  # type: ignore[arg-type]
    assert str(read.complaining) in lines[0] and len(lines) == 1 + min(3, len(read.needs))
    assert all(columns(line) <= WIDTH for line in lines)
    for line, need in zip(lines[2:], read.needs[1:], strict=False):
        assert need.name[:8] in line and str(need.complaints) in line
