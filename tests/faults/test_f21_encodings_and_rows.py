"""F21: encodings, line ends, broken rows. Nothing shifts, nothing is lost unsaid."""

import codecs
import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilothouse.steps.collect import Source, read
from pilothouse.types import Kind

SPACES = " \t\r\n\u3000\xa0"
# What a cell may hold: everything but NUL and halves of characters.
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffd\ufeff")
SPECIAL = st.sampled_from([",", ";", "|", '"', '""', "\n", "\r\n", "\r", "'", "\t", "客户", "😀", "é", " "])
CELLS = st.lists(LETTERS | SPECIAL, max_size=8).map("".join)
ENCODINGS = ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]


def write(path, rows, encoding, delimiter=",", end="\r\n"):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


def columns_of(collected):
    return [[value or "" for value in collected.table[name]] for name in collected.table.names]


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12),
    encoding=st.sampled_from(ENCODINGS),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_f21_every_cell_comes_back_as_written(tmp_path, rows, encoding, delimiter, end):
    header = ["first name", "second name", "编号"]
    path = tmp_path / "table.csv"
    # Plain rows around, as any real file has: they tell encoding and delimiter.
    plain = [["Anna", "北京的客户", "x1"], ["Bob", "上海的用户", "x2"]] * 8
    write(path, [header, *plain, *rows, *plain], encoding, delimiter, end)
    as_text = dict.fromkeys(header, Kind.CATEGORY)
    found = read(Source(str(path), header=True), kinds=as_text)
    expected = [[cell.strip(SPACES) for cell in column] for column in zip(*plain, *rows, *plain, strict=True)]
    expected = [["" if c in ("NULL", "null", r"\N") else c for c in column] for column in expected]
    assert found.table.names == ("first name", "second name", "编号")
    assert columns_of(found) == expected
    assert found.rejects == ()


@pytest.mark.parametrize("encoding", [*ENCODINGS, "gbk", "latin-1"])
def test_f21_encoding_is_found(tmp_path, encoding):
    word = "Müller" if encoding == "latin-1" else "张伟"
    write(tmp_path / "t.csv", [["name", "age"], [word, "31"], ["Bob", "40"]], encoding)
    found = read(Source(str(tmp_path / "t.csv")))
    assert list(found.table["name"]) == [word, "Bob"]
    assert found.provenance.encoding is not None


def test_f21_two_bytes_of_gbk_are_not_taken_for_utf8(tmp_path):
    # These bytes are valid UTF-8 as well, of letters that nobody uses.
    (tmp_path / "t.csv").write_bytes("name,age\n一,3\n".encode("gbk"))
    assert list(read(Source(str(tmp_path / "t.csv"))).table["name"]) == ["一"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_f21_line_ends(tmp_path, end):
    (tmp_path / "t.csv").write_bytes(end.join(["name,age", "Ann,31", "Bob,40", ""]).encode())
    found = read(Source(str(tmp_path / "t.csv")))
    assert list(found.table["name"]) == ["Ann", "Bob"]
    assert list(found.table["age"]) == [31.0, 40.0]


def rejected(path):
    found = read(Source(str(path)))
    return found, {r.line: r.reason.key for r in found.rejects}


def test_f21_invalid_bytes_cost_their_row_only(tmp_path):
    lines = [
        b"name,age",
        *["客户,31".encode()] * 5,
        b"bad\xff\xfe,40",
        "用户,41".encode(),
        b"worse\xed\xa0\x80,1",
    ]
    (tmp_path / "t.csv").write_bytes(b"\n".join(lines))
    found, reasons = rejected(tmp_path / "t.csv")
    assert reasons == {7: "collect.bad_bytes", 9: "collect.bad_bytes"}
    assert list(found.table["name"]) == ["客户"] * 5 + ["用户"]
    assert r"bad\xff\xfe" in found.rejects[0].text


def test_f21_mixed_encodings_keep_the_commoner(tmp_path):
    lines = ["name,age", *[f"张伟,{i}" for i in range(30, 40)]]
    raw = "\n".join(lines).encode() + b"\n" + "李娜,50\n".encode("gbk")
    (tmp_path / "t.csv").write_bytes(raw)
    found, reasons = rejected(tmp_path / "t.csv")
    assert reasons == {12: "collect.bad_bytes"}
    assert set(found.table["name"]) == {"张伟"}


def test_f21_nul_costs_its_row_only(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"name,age\nAnn,31\nB\0b,40\nCid,50\n")
    found, reasons = rejected(tmp_path / "t.csv")
    assert reasons == {3: "collect.nul"}
    assert list(found.table["age"]) == [31.0, 50.0]


def test_f21_ragged_rows_do_not_shift(tmp_path):
    text = "name,age,city\nAnn,31,Rome\nBob,40\nCid,50,Bonn,extra\nDan,60,Oslo\n\nEve,70,Kiel\n"
    (tmp_path / "t.csv").write_text(text)
    found, reasons = rejected(tmp_path / "t.csv")
    assert reasons == {3: "collect.ragged", 4: "collect.ragged"}
    assert list(found.table["city"]) == ["Rome", "Oslo", "Kiel"]
    assert found.provenance.rows_rejected == 2
    assert "collect.rows_rejected" in {n.key for n in found.notes}


def test_f21_ragged_first_row_does_not_shift(tmp_path):
    body = "".join(f"Ann{i},{i},Rome\n" for i in range(20, 30))
    (tmp_path / "t.csv").write_text("Report of May\nname,age,city\n" + body)
    found, reasons = rejected(tmp_path / "t.csv")
    assert reasons == {1: "collect.ragged"}
    assert found.table.names == ("name", "age", "city")
    assert found.table.rows == 10


def test_f21_open_quote_costs_its_row_only(tmp_path):
    rows = [f'"Ann {i}",{i},"Rome"' for i in range(20, 30)]
    rows[4] = '"Ann 24,24,"Rome"'
    (tmp_path / "t.csv").write_text("\n".join(["name,age,city", *rows]))
    found, reasons = rejected(tmp_path / "t.csv")
    assert reasons == {6: "collect.broken_quote"}
    assert list(found.table["age"]) == [20, 21, 22, 23, 25, 26, 27, 28, 29]


def test_f21_quote_inside_a_cell_leaves_no_half_row(tmp_path):
    text = 'name,age,city\nAnn,31,Rome\n"a "big"\nword, of",40,Bonn\nDan,60,Oslo\n'
    (tmp_path / "t.csv").write_text(text)
    found, reasons = rejected(tmp_path / "t.csv")
    assert set(reasons) == {3, 4}
    assert list(found.table["name"]) == ["Ann", "Dan"]


def test_f21_quotes_and_lines_in_cells_keep_line_numbers(tmp_path):
    text = 'name,note\nAnn,"two\nlines, ""quoted"""\nBob\nCid,x\n'
    (tmp_path / "t.csv").write_text(text)
    found, reasons = rejected(tmp_path / "t.csv")
    assert found.table["note"][0] == 'two\nlines, "quoted"'
    assert reasons == {4: "collect.ragged"}


def test_f21_duplicate_headers_are_renamed_and_said(tmp_path):
    (tmp_path / "t.csv").write_text("name,name,age,,name_2\nAnn,B,31,x,y\n")
    found = read(Source(str(tmp_path / "t.csv")))
    assert found.table.names == ("name", "name_3", "age", "column_4", "name_2")
    assert "collect.renamed" in {n.key for n in found.notes}


def test_f21_ten_thousand_columns(tmp_path):
    names = [f"c{i}" for i in range(10_000)]
    write(tmp_path / "t.csv", [names, *[[str(i + j) for i in range(10_000)] for j in range(3)]], "utf-8")
    found = read(Source(str(tmp_path / "t.csv")))
    assert len(found.table.columns) == 10_000
    assert found.table["c9999"].tolist() == [9999.0, 10000.0, 10001.0]


def test_f21_byte_order_mark_is_no_part_of_a_name(tmp_path):
    (tmp_path / "t.csv").write_bytes(codecs.BOM_UTF8 + b"name,age\nAnn,31\n")
    assert read(Source(str(tmp_path / "t.csv"))).table.names == ("name", "age")
