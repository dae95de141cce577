import datetime as dt

import openpyxl
import pytest

from pilothouse.errors import BadTable, NotFound
from pilothouse.steps.collect import Limits, Source, read
from pilothouse.steps.collect.excel import read_excel
from pilothouse.types import Kind


def book(path, rows, name="Sheet"):
    made = openpyxl.Workbook()
    made.active.title = name
    for row in rows:
        made.active.append(row)
    made.create_sheet("Second").append(["only"])
    made.save(path)
    made.close()
    return Source(str(path))


def test_sheet_becomes_a_typed_table(tmp_path):
    rows = [
        ["编号", "姓名", "金额", "日期", "会员"],
        ["00123", "张伟", 12.5, dt.datetime(2025, 3, 4, 5), True],
        ["00124", "NA", None, dt.datetime(2025, 3, 5), False],
    ]
    found = read(book(tmp_path / "t.xlsx", rows))
    kinds = [c.kind for c in found.table.columns]
    assert kinds == [Kind.CATEGORY, Kind.CATEGORY, Kind.NUMBER, Kind.TIME, Kind.CATEGORY]
    assert list(found.table["编号"]) == ["00123", "00124"]
    assert list(found.table["姓名"]) == ["张伟", "NA"]
    assert str(found.table["日期"][0]) == "2025-03-04T05:00:00.000000"
    assert found.provenance.format == "excel"


def test_titles_above_the_table_are_rejected_and_empty_rows_passed_over(tmp_path):
    rows = [["Sales of May"], [], ["name", "age", "city"], ["Ann", 31, "Rome"], [], ["Bob", 40]]
    found = read(book(tmp_path / "t.xlsx", rows))
    assert [(r.line, r.reason.key) for r in found.rejects] == [(1, "collect.above_table")]
    assert list(found.table["name"]) == ["Ann", "Bob"]
    assert list(found.table["city"]) == ["Rome", None]


def test_sheet_is_picked_by_name(tmp_path):
    source = book(tmp_path / "t.xlsx", [["name", "age"], ["Ann", 31]], "First")
    rows = read_excel(tmp_path / "t.xlsx", "First", None, Limits())
    assert rows.names == ["name", "age"]
    with pytest.raises(NotFound, match="Second"):
        read(Source(source.location, sheet="Third"))


def test_empty_sheet_is_said(tmp_path):
    with pytest.raises(BadTable):
        read(book(tmp_path / "t.xlsx", []))
