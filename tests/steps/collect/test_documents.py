"""Folders of documents: what is read, with which heading and place, and what is rejected, and why."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pilothouse.errors import BadTable, TooLarge
from pilothouse.lazy import installed
from pilothouse.steps.collect import Collected, Source, is_folder_of_documents, lettering, read
from pilothouse.steps.collect import documents as module
from pilothouse.types import Role
from small_lettering import CHINESE, scanned, written

WORD = (
    '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:body>{}</w:body></w:document>"
)
HEAD = '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>{}</w:t></w:r></w:p>'
TEXT = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
PAGE = """<html><head><title>x</title><script>alert("secret one")</script><style>p{color:red}</style></head>
<body><h2>Opening hours</h2><p>We open at <b>nine</b>.</p><script>secret("two")</script>
<noscript>secret three</noscript><template>secret four</template>
<ul><li>Closed on Sunday &amp; holidays</li></ul></body></html>"""


def docx(path: Path, body: str, **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", WORD.format(body))
        for name, content in more.items():
            archive.writestr(name, content)
    return path


def pdf(path: Path, words: str, pages: int = 1) -> Path:
    """Write a PDF with one line of ASCII on each page."""
    content = f"BT /F1 12 Tf 72 720 Td ({words}) Tj ET".encode() if words else b""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(pages))
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i in range(pages):
        parts.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * i} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        parts.append(f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream")
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + part + b"\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}".encode()
    out += f"trailer\n<< /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    path.write_bytes(bytes(out))
    return path


def folder(path: Path) -> Collected:
    return read(Source(str(path)))


def told(found: Collected) -> list[tuple[str, str | None, str, str]]:
    table = found.table
    return [tuple(table[n][row] for n in ("source", "heading", "place", "text")) for row in range(table.rows)]


def reasons(found: Collected) -> dict[str, str]:
    return {reject.text: reject.reason.text("en") for reject in found.rejects}


def test_every_kind_is_read_with_heading_and_place(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Returns\n\nPress Return.\n", "utf-8")
    (tmp_path / "b.txt").write_bytes("退货在三十天内免费。".encode("gb18030"))
    (tmp_path / "c.html").write_text(PAGE, "utf-8")
    docx(tmp_path / "d.docx", HEAD.format("费用") + TEXT.format("每月五元。") + TEXT.format(""))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "faq.csv").write_text(
        "Question,Answer\nHow much?,Five euros.\nWhen?,Today.\n", "utf-8"
    )
    (tmp_path / ".hidden.md").write_text("secret", "utf-8")
    found = folder(tmp_path)
    assert told(found) == [
        ("a.md", "Returns", "line 3", "Press Return."),
        ("b.txt", None, "line 1", "退货在三十天内免费。"),
        ("c.html", "Opening hours", "line 2", "We open at nine.\nClosed on Sunday & holidays"),
        ("d.docx", "费用", "paragraph 2", "每月五元。"),
        ("deep/faq.csv", "How much?", "row 1", "Five euros."),
        ("deep/faq.csv", "When?", "row 2", "Today."),
    ]
    assert "secret" not in str(told(found))
    assert found.provenance.format == "documents" and not found.rejects
    assert found.table.column("text").role is Role.TEXT


@pytest.mark.skipif(not installed("pypdf"), reason="needs the extra text")
def test_pages_of_a_pdf_are_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pdf(tmp_path / "a.pdf", "A gift card costs 25 euros.", pages=2)
    pdf(tmp_path / "scan.pdf", "")
    found = folder(tmp_path)
    assert [line[2] for line in told(found)] == ["page 1"]  # short pages of one heading are one passage
    assert "25 euros" in told(found)[0][3] and "scan" in reasons(found)["scan.pdf"]
    monkeypatch.setattr(module, "MOST_PAGES", 1)
    assert "more than 1 pages" in str(_rejected(tmp_path))


def _rejected(path: Path) -> dict[str, str]:
    (path / "z.txt").write_text("some words", "utf-8")
    return reasons(folder(path))


def test_without_the_extra_a_pdf_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pdf(tmp_path / "a.pdf", "x")
    monkeypatch.setattr(module, "installed", lambda name: False)
    assert "pilothouse[text]" in _rejected(tmp_path)["a.pdf"]


@pytest.mark.skipif(not (installed("pypdf") and installed("PIL")), reason="needs the extras text and vision")
def test_pages_that_are_pictures_are_told_and_the_others_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pypdf

    writer = pypdf.PdfWriter()
    writer.append(pdf(tmp_path / "words.pdf", "A gift card costs 25 euros."))
    writer.append(scanned(tmp_path / "s.pdf", [written("Boxes are free."), written("So are bags.")]))
    writer.write(tmp_path / "both.pdf")
    (tmp_path / "p.png").write_bytes(CHINESE)
    (tmp_path / "z.md").write_text("some words", "utf-8")
    for module_of in (module, lettering):
        monkeypatch.setattr(module_of, "can_read", lambda: False)
    found = folder(tmp_path)
    assert [line[3] for line in told(found) if line[0] == "both.pdf"] == ["A gift card costs 25 euros."]
    why = reasons(found)
    assert "2 of its pages" in why["both.pdf"] and "2 of its pages" in why["s.pdf"]
    assert all("pip install 'pilothouse[vision]'" in why[name] for name in ("both.pdf", "p.png", "s.pdf"))
    assert [note.text("en")[:7] for note in found.notes] == ["2 files"]
    if lettering.installed("rapidocr"):
        monkeypatch.undo()
        places = [(line[2], line[3]) for line in told(folder(tmp_path)) if line[0] == "both.pdf"]
        assert places == [
            ("page 1", "A gift card costs 25 euros."),
            ("page 2, read from a picture", "Boxes are free."),
            ("page 3, read from a picture", "So are bags."),
        ]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.docx", b"PK\x03\x04 not a zip", "broken"),
        ("a.docx", b"", "broken"),
        ("a.pdf", b"%PDF-1.4 cut", "broken" if installed("pypdf") else "extra"),
        ("a.png", b"\x89PNG", "picture"),
        ("a.tif", b"II*\x00", "may be PNG"),
        ("a.exe", b"MZ", "kind that is read"),
        ("a.md", b"\n\n", "No words"),
        ("a.html", b"<script>only()</script>", "No words"),
        ("a.csv", b"n\n1\n2\n", "No column holds texts"),
    ],
)
def test_what_cannot_be_read_is_rejected_with_its_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "y.txt").write_text("some words", "utf-8")
    assert reason in _rejected(tmp_path)[name]


def test_bombs_are_not_unfolded(tmp_path: Path) -> None:
    docx(tmp_path / "bomb.docx", TEXT.format("a" * 80_000_000))
    docx(tmp_path / "ratio.docx", TEXT.format("a" * 9_000_000))
    entity = '<!DOCTYPE a [<!ENTITY b "bbbb">]>' + WORD.format(TEXT.format("&b;")).partition("?>")[2]
    with zipfile.ZipFile(tmp_path / "entity.docx", "w") as archive:
        archive.writestr("word/document.xml", entity)
    found = _rejected(tmp_path)
    assert (
        "unfold" in found["bomb.docx"]
        and "unfold" in found["ratio.docx"]
        and "broken" in found["entity.docx"]
    )


def test_large_files_links_and_crowds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("secret words", "utf-8")
    inner = tmp_path / "in"
    inner.mkdir()
    (inner / "big.txt").write_text("words " * 400, "utf-8")
    (inner / "link.txt").symlink_to(outside)
    monkeypatch.setattr(module, "MOST_FILE_BYTES", 1_000)
    (inner / "ok.md").write_text("fine words", "utf-8")
    found = folder(inner)
    assert set(reasons(found)) == {"big.txt", "link.txt"} and "secret" not in str(told(found))
    monkeypatch.setattr(module, "MOST_CHARACTERS", 5)
    with pytest.raises(TooLarge):
        folder(inner)
    monkeypatch.setattr(module, "MOST_FILES", 2)
    with pytest.raises(TooLarge, match="files"):
        folder(inner)


def test_a_folder_without_words_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("\n", "utf-8")
    with pytest.raises(BadTable, match="No file"):
        folder(tmp_path)


def test_a_folder_of_pictures_alone_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "p.png").write_bytes(CHINESE)
    monkeypatch.setattr(lettering, "can_read", lambda: False)
    with pytest.raises(BadTable) as fault:
        read(Source(str(tmp_path), format="documents"))
    assert fault.value.fix is not None and "pilothouse[vision]" in fault.value.fix.text("zh")


def test_other_folders_are_not_taken_for_documents(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    assert not is_folder_of_documents(tmp_path)
    assert not is_folder_of_documents(tmp_path / "a.parquet")
    (tmp_path / "empty").mkdir()
    assert not is_folder_of_documents(tmp_path / "empty")
