import gc
import gzip
import hashlib
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from pilothouse.errors import BadOption, BadTable, NotFound, PilothouseError, TooLarge
from pilothouse.guards.sql import locked
from pilothouse.steps.collect import Limits, Source, read
from pilothouse.types import Kind

ROWS = "编号,姓名,金额\n00123,NA,1.2万\n9007199254740993,张伟,￥300\n"


def test_ids_stay_what_they_are(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(ROWS, encoding="utf-8")
    found = read(Source(str(path)))
    assert list(found.table["编号"]) == ["00123", "9007199254740993"]
    assert list(found.table["姓名"]) == ["NA", "张伟"]
    assert found.table["金额"].tolist() == [12000.0, 300.0]


def test_provenance_says_where_from(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(ROWS, encoding="gb18030")
    told = read(Source(str(path)), seed=7).provenance
    assert (told.source, told.format, told.encoding, told.delimiter) == ("t.csv", "csv", "GB18030", ",")
    assert told.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (told.rows, told.rows_sampled, told.rows_rejected, told.header, told.seed) == (2, 2, 0, True, 7)


@pytest.mark.parametrize("name", ["t.csv", "t.bin", "t"])
def test_content_decides_the_format(tmp_path, name):
    (tmp_path / name).write_bytes(gzip.compress(ROWS.encode("gbk")))
    assert list(read(Source(str(tmp_path / name))).table["姓名"]) == ["NA", "张伟"]
    held = locked([tmp_path / "p"])
    held.execute(f"COPY (SELECT 1 AS a) TO '{tmp_path}/p' (FORMAT parquet)")
    held.close()
    (tmp_path / "p").rename(tmp_path / name)
    assert read(Source(str(tmp_path / name))).provenance.format == "parquet"
    (tmp_path / name).write_text('{"a": 1}\n')
    assert read(Source(str(tmp_path / name))).provenance.format == "jsonl"


def test_forced_kinds_make_a_batch_like_the_training_table(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("plan,amount,day\n1,oops,20250304\n2,5,20250305\n")
    kinds = {"plan": Kind.CATEGORY, "amount": Kind.NUMBER, "day": Kind.TIME}
    table = read(Source(str(path)), kinds=kinds).table
    assert {c.name: c.kind for c in table.columns} == kinds
    assert list(table["plan"]) == ["1", "2"]
    assert np.isnan(table["amount"][0])


def test_big_source_gives_a_sample_and_every_row(tmp_path):
    path = tmp_path / "t.parquet"
    held = locked([path])
    held.execute(f"COPY (SELECT i, 'c' || (i % 5) AS c FROM range(20000) r(i)) TO '{path}'")
    held.close()
    first, second, other = (read(Source(str(path)), rows_in_memory=100, seed=s) for s in (3, 3, 4))
    assert first.table.digest() == second.table.digest() != other.table.digest()
    assert sum(b.rows for b in first.whole.batches(6000)) == 20000
    assert np.concatenate([b["i"] for b in first.whole.batches(6000)]).tolist() == list(range(20000))
    assert "collect.sampled" in {n.key for n in first.notes}
    for found in (first, second, other):
        found.whole.close()


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (Source("no/such/file.csv"), NotFound),
        (Source("src"), BadTable),
        (Source("https://example.org/t.csv"), BadOption),
        (Source("t.csv", format="xml"), BadOption),
    ],
)
def test_source_that_cannot_be_is_said(source, fault):
    with pytest.raises(fault) as caught:
        read(source)
    assert caught.value.text("zh") and caught.value.fix is not None


@pytest.mark.parametrize("raw", [b"", b"a,b\n", b"\n\n\n", bytes.fromhex("d0cf11e0") + bytes(100)])
def test_file_without_rows_is_said(tmp_path, raw):
    (tmp_path / "t.csv").write_bytes(raw)
    with pytest.raises(BadTable):
        read(Source(str(tmp_path / "t.csv")))


def test_limits_hold(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "x" * 50_000 + ",y\n")
    with pytest.raises(TooLarge):
        read(Source(str(path)), limits=Limits(text_bytes=10_000))
    with pytest.raises(BadTable):
        read(Source(str(path)), limits=Limits(columns=1))
    with pytest.raises(BadOption):
        read(Source(str(path)), rows_in_memory=0)


def test_nothing_is_left_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n")
    read(Source(str(path)))
    path.write_text("a,b\n1,2\n3,4\n")
    read(Source(str(path)), rows_in_memory=1)
    for broken in (b"a,b\n", b"\x1f\x8bxx"):
        path.write_bytes(broken)
        with pytest.raises(PilothouseError):
            read(Source(str(path)))
    gc.collect()
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


def test_full_disk_is_said(tmp_path):
    """A child that may write 1 MB reads a table whose scratch copy is larger."""
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "some text,more text\n" * 200_000)
    code = f"""
        import resource, signal
        from pilothouse.errors import Workspace
        from pilothouse.steps.collect import Source, read
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        try:
            read(Source({str(path)!r}))
        except Workspace as fault:
            print(fault.code, fault.text("zh") != "")
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "workspace True"
