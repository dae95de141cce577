"""F17: small files that claim to be huge are refused, and memory stays small."""

import gzip
import subprocess
import sys
import textwrap
import zipfile

import numpy as np
import pytest

from pilothouse.errors import BadTable, TooLarge
from pilothouse.guards.sql import locked
from pilothouse.steps.collect import Limits, Source, read

SMALL = Limits(expanded_bytes=1 << 20, sheet_bytes=1 << 20, entries=50, text_bytes=1 << 20)

SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{size}'
    "<sheetData>{rows}</sheetData></worksheet>"
)
BOOK = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    'officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def workbook(path, sheet, **more):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**BOOK, "xl/worksheets/sheet1.xml": sheet, **more}.items():
            archive.writestr(name, text)
    return Source(str(path))


def cell(where, text):
    return f'<c r="{where}" t="inlineStr"><is><t>{text}</t></is></c>'


def peak_mb_of_reading(path, limit_mb=400):
    """Read in a child and return its peak memory; the error's class is printed."""
    code = f"""
        from pathlib import Path
        from pilothouse.errors import PilothouseError
        from pilothouse.steps.collect import Source, read
        try:
            print("rows", read(Source({str(path)!r})).table.rows)
        except PilothouseError as fault:
            print(type(fault).__name__)
        # Not ru_maxrss: a child inherits its parent's peak there.
        status = Path("/proc/self/status")
        lines = status.read_text().splitlines() if status.exists() else ["VmHWM: 0 kB"]
        print(next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")))
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=120, check=True
    )
    said, peak = run.stdout.split("\n")[:2]
    assert int(peak) < limit_mb
    return said


def test_f17_gzip_bomb_is_refused_with_little_memory(tmp_path):
    path = tmp_path / "rows.csv.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(b"a,b\n")
        for _ in range(300):
            file.write(b"0,0\n" * 262_144)
    assert path.stat().st_size < 2 << 20
    assert peak_mb_of_reading(path) == "TooLarge"


def test_f17_gzip_over_the_cap_is_refused(tmp_path):
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 500_000))
    with pytest.raises(TooLarge):
        read(Source(str(path)), limits=SMALL)


def test_f17_gzip_cut_short_is_said(tmp_path):
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n" * 1000)[:-20])
    with pytest.raises(BadTable):
        read(Source(str(path)))


def test_f17_workbook_that_unfolds_is_refused_with_little_memory(tmp_path):
    row = "<row>" + cell("A1", "x" * 1000) + "</row>"
    path = tmp_path / "bomb.xlsx"
    workbook(path, SHEET.format(size="", rows=row * 300_000))
    assert path.stat().st_size < 4 << 20
    assert peak_mb_of_reading(path) == "TooLarge"


def test_f17_workbook_of_many_parts_is_refused(tmp_path):
    parts = {f"xl/media/{i}.txt": "x" for i in range(100)}
    source = workbook(tmp_path / "t.xlsx", SHEET.format(size="", rows=""), **parts)
    with pytest.raises(TooLarge):
        read(source, limits=SMALL)


def test_f17_far_cell_does_not_pad_a_billion(tmp_path):
    rows = f'<row r="1">{cell("A1", "name")}{cell("B1", "age")}</row>'
    rows += f'<row r="2">{cell("A2", "Ann")}{cell("B2", "31")}</row>'
    rows += f'<row r="1048576">{cell("A1048576", "Bob")}{cell("B1048576", "40")}</row>'
    path = tmp_path / "far.xlsx"
    workbook(path, SHEET.format(size='<dimension ref="A1:XFD1048576"/>', rows=rows))
    assert peak_mb_of_reading(path) == "rows 2"


def test_f17_entities_in_a_workbook_are_refused(tmp_path):
    laughs = '<!DOCTYPE x [<!ENTITY a "' + "ha" * 100 + '"><!ENTITY b "' + "&a;" * 100 + '">]>'
    sheet = laughs + SHEET.format(size="", rows=f"<row>{cell('A1', '&b;')}</row>")
    with pytest.raises(BadTable):
        read(workbook(tmp_path / "t.xlsx", sheet))


def test_f17_parquet_of_endless_rows_is_sampled(tmp_path):
    path = tmp_path / "rows.parquet"
    held = locked([path])
    held.execute(
        f"COPY (SELECT 1 AS a, 'x' AS b FROM range(20000000)) TO '{path}' "
        "(COMPRESSION zstd, ROW_GROUP_SIZE 2000000)"
    )
    held.close()
    assert path.stat().st_size < 1 << 20
    assert peak_mb_of_reading(path, 600) in ("rows 250000", "TooLarge")


def test_f17_one_long_text_told_often_is_refused(tmp_path):
    path = tmp_path / "rows.parquet"
    held = locked([path])
    held.register("many", {"n": np.arange(1000)})
    held.execute(f"COPY (SELECT repeat('x', 100000) AS a FROM many) TO '{path}'")
    held.close()
    with pytest.raises(TooLarge):
        read(Source(str(path)), limits=SMALL)


def test_f17_broken_parquet_and_workbook_are_said(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + b"\0" * 100 + b"PAR1")
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04" + b"\0" * 100)
    for name in ("a.parquet", "b.xlsx"):
        with pytest.raises(BadTable):
            read(Source(str(tmp_path / name)))
