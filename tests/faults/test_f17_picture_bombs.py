"""F17: pictures that claim to be huge or lead out of their folder are rejected, and memory stays small."""

import ast
import os
import struct
import subprocess
import sys
import textwrap
import zlib

import numpy as np
import pytest

from pilothouse.guards.pictures import as_png
from pilothouse.lazy import installed
from pilothouse.steps.collect import Source, attach, read
from pilothouse.steps.collect.lettering import can_read
from small_lettering import CHINESE

pytest.importorskip("PIL.Image", reason="Pillow is not installed")

GREY = np.full((12, 12), 9, dtype=np.uint8)


def claiming(wide, high):
    """A PNG of a few kilobytes whose header claims a size, and whose rows begin to keep the promise."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1 << 22), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def read_apart(folder, column):
    """Read a folder in a process of its own: what was kept, what was rejected, and its peak in MB."""
    code = f"""
        from pathlib import Path
        from pilothouse.steps.collect import Source, read
        found = read(Source({str(folder)!r}))
        print(found.table[{column!r}].tolist())
        print(sorted(r.text for r in found.rejects))
        status = Path("/proc/self/status")
        lines = status.read_text().splitlines() if status.exists() else ["VmHWM: 0 kB"]
        print(next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")))
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    return [ast.literal_eval(line) for line in run.stdout.splitlines()]


def test_f17_picture_bombs_are_rejected_with_little_memory(tmp_path):
    folder = tmp_path / "pictures" / "a"
    folder.mkdir(parents=True)
    (folder / "fine.png").write_bytes(as_png(GREY))
    (folder / "wide.png").write_bytes(claiming(60_000, 60_000))
    (folder / "huge.png").write_bytes(claiming(2**31 - 1, 2**31 - 1))
    (folder / "just.png").write_bytes(claiming(20_000, 20_000))
    text = b"tEXtComment\x00" + bytes(1 << 20)
    words = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    (folder / "words.png").write_bytes(as_png(GREY)[:33] + words * 15 + as_png(GREY)[33:])
    kept, rejected, peak = read_apart(tmp_path / "pictures", "file")
    assert "a/fine.png" in kept and not any("wide" in name for name in kept)
    assert {"a/wide.png", "a/huge.png", "a/just.png"} <= set(rejected)
    assert peak < 400


def test_f17_links_and_names_that_lead_out_are_rejected(tmp_path):
    home, secret = tmp_path / "pictures", tmp_path / "secret.png"
    (home / "a").mkdir(parents=True)
    secret.write_bytes(as_png(GREY))
    (home / "a" / "fine.png").write_bytes(as_png(GREY + 1))
    (home / "a" / "link.png").symlink_to(secret)
    (home / "b").symlink_to(tmp_path)
    found = read(Source(str(home)))
    assert found.table["file"].tolist() == ["a/fine.png"]
    assert [r.text for r in found.rejects] == ["a/link.png"]
    table = tmp_path / "table" / "rows.csv"
    table.parent.mkdir()
    (table.parent / "in.png").write_bytes(as_png(GREY))
    table.write_text(f"path,label\nin.png,x\n../secret.png,y\n{secret},z\na\x00b,z\nnope.png,z\n")
    held = attach(read(Source(str(table))), "path", table.parent)
    assert held.table["label"].tolist() == ["x"] and len(held.rejects) == 4


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_f17_a_pipe_among_pictures_does_not_hang(tmp_path):
    folder = tmp_path / "pictures" / "a"
    folder.mkdir(parents=True)
    (folder / "fine.png").write_bytes(as_png(GREY))
    os.mkfifo(folder / "pipe.png")
    found = read(Source(str(tmp_path / "pictures"), format="pictures"))
    assert found.table.rows == 1 and found.provenance.rows_rejected == 1


def unfolding(path, side):
    """A pdf whose one page is a picture that claims ``side`` pixels a side in a few hundred kilobytes."""
    rows = zlib.compress(bytes(150 << 20), 9)
    claims = f"/Width {side} /Height {side} /BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter /FlateDecode"
    drawn = b"612 0 0 792 0 0 cm /I Do"
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /XObject << /I 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /XObject /Subtype /Image %s /Length %d >>\nstream\n%s\nendstream"
        % (claims.encode(), len(rows), rows),
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table, start = b"".join(b"%010d 00000 n \n" % place for place in places), len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + table
    out += b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    path.write_bytes(out)


@pytest.mark.skipif(not (can_read() and installed("pypdf")), reason="needs the extras text and vision")
def test_f17_bombs_among_documents_are_rejected_with_little_memory(tmp_path):
    for name in "abcd":
        (tmp_path / f"{name}.md").write_text("Fine words.")
    (tmp_path / "wide.png").write_bytes(claiming(60_000, 60_000))
    (tmp_path / "fine.jpg").write_bytes(CHINESE)
    unfolding(tmp_path / "page.pdf", 60_000)
    (tmp_path / "link.png").symlink_to(tmp_path.parent / "secret.png")
    kept, rejected, peak = read_apart(tmp_path, "source")
    assert "fine.jpg" in kept
    assert set(rejected) == {"wide.png", "page.pdf", "link.png"}
    assert peak < 1_000
