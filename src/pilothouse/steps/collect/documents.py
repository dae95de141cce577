"""A folder of documents as passages: txt, md, html, pdf, docx, and tables of questions and answers.

Each passage keeps its source, the heading above it and its place. What cannot be read is
rejected with its reason, never passed over: broken, too large, unfolding too far, without
words. Scripts, styles and hidden parts of a page are left out; nothing is fetched. Links
that lead out of the folder are refused. Pictures, and pages of a pdf that are pictures, are
read where the extra ``vision`` is installed (``lettering``).
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadTable, PilothouseError, TooLarge
from pilothouse.guards.paths import below
from pilothouse.lazy import installed, require
from pilothouse.messages import Message, say
from pilothouse.models.retrieval.chunks import Chunk, Paragraph, chunked, paragraphs_of
from pilothouse.steps.collect.cells import shown
from pilothouse.steps.collect.encoding import find_encoding, open_text
from pilothouse.steps.collect.lettering import Lettered, Lettering, can_read
from pilothouse.steps.collect.limits import Limits
from pilothouse.steps.collect.source import Collected, Provenance, Reject
from pilothouse.types import Column, Kind, Role, Table

TEXT, SOURCE, HEADING, PLACE = "text", "source", "heading", "place"
MOST_FILES, MOST_FILE_BYTES, MOST_PAGES, MOST_CHARACTERS = 5_000, 50 << 20, 2_000, 200_000_000
_MOST_UNFOLDED, _MOST_RATIO, _SMALL = 64 << 20, 200.0, 1 << 20
_LOOKED_AT = 200
_LEAST_WORDS = 2
_ASKED = re.compile(r"(question|query|ask|title|问题|提问|标题)", re.IGNORECASE)
_TOLD = re.compile(r"(answer|reply|response|content|text|回答|答案|答复|正文|内容)", re.IGNORECASE)
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PDF = ".pdf"
_LACKING = ("answer.needs_vision", "answer.pages_not_read", "images.formats_are")
_PICTURES, _OTHER_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp"), (".tif", ".tiff", ".heic")

Read = Iterator[Paragraph]


def is_folder_of_documents(path: Path) -> bool:
    """Tell whether most of a folder's first files are documents, from their names."""
    if not path.is_dir():
        return False
    names = [Path(name).suffix.lower() for name in _files(path)[:_LOOKED_AT]]
    return 2 * sum(suffix in (*_READERS, *_TABLES, _PDF) for suffix in names) > len(names)


def read_documents(path: Path, table_of: Callable[[Path], Table]) -> Collected:
    """Read a folder as a table of passages: text, source, heading, place.

    Parameters
    ----------
    path
        The folder.
    table_of
        Reads a file of rows; its question becomes a heading, its answer a text.

    Raises
    ------
    BadTable
        When no file holds a passage.
    TooLarge
        With more than 5,000 files or 200 million characters.
    """
    names = _files(path)
    if len(names) > MOST_FILES:
        raise TooLarge(say("answer.too_many_files", most=MOST_FILES), say("collect.split_file"))
    found: list[Chunk] = []
    rejects: list[Reject] = []
    letters, lost = Lettering(), 0
    held, seen = 0, hashlib.sha256()
    for number, name in enumerate(names, 1):
        told, problem = _chunks(path, name, table_of, letters)
        if problem is not None:
            rejects.append(Reject(number, problem, shown(name), SOURCE))
            lost += not told
        held += sum(len(chunk.text) for chunk in told)
        if held > MOST_CHARACTERS:
            raise TooLarge(say("answer.too_much_text", most=MOST_CHARACTERS), say("collect.split_file"))
        found += told
    if not found:
        lacks = (one.reason for one in rejects if one.reason.key in _LACKING)
        fix = next(lacks, say("answer.documents_are"))
        raise BadTable(say("answer.no_documents", count=len(rejects)), fix)
    for chunk in found:
        seen.update(f"{chunk.source}\0{chunk.place}\0{chunk.heading}\0{chunk.text}\0".encode())
    notes = [say("answer.files_rejected", count=lost, first=rejects[0].text)] if lost else []
    facts = Provenance(
        source=path.name,
        format="documents",
        sha256=seen.hexdigest(),
        rows=len(found),
        rows_rejected=len(rejects),
        rows_sampled=len(found),
        read_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return Collected(_table(found), tuple(rejects), facts, (*notes, *letters.notes))


def _chunks(
    home: Path, name: str, table_of: Callable[[Path], Table], letters: Lettering
) -> tuple[list[Chunk], Message | None]:
    """Passages of one file, and what was wrong with it or with some of its pages."""
    suffix, source = Path(name).suffix.lower(), shown(name)
    told: list[Chunk] = []
    missed: list[Message] = []
    try:
        path = below(home, name)
        if suffix in _OTHER_PICTURES:
            return [], say("images.formats_are")
        if suffix not in (*_READERS, *_TABLES, *_PICTURES, _PDF):
            return [], say("answer.other_format")
        if path.stat().st_size > MOST_FILE_BYTES:
            return [], say("answer.file_too_large", most=MOST_FILE_BYTES >> 20)
        if suffix in _TABLES:
            return _rows_of(table_of(path), source), None
        if suffix in _PICTURES:
            found = letters.of_file(path)
        else:
            found = _pdf(path, letters, missed) if suffix == _PDF else _READERS[suffix](path)
        # What was read from a picture is never joined with other pages: its place would be lost.
        for _, run in groupby(found, lambda one: one.place if isinstance(one, Lettered) else ""):
            told += [one for one in chunked(run, source) if len(one.text.strip()) >= _LEAST_WORDS]
        if missed:
            return told, say("answer.pages_not_read", count=len(missed), reason=missed[0])
        return told, None if told else say("answer.no_words")
    except PilothouseError as fault:
        return [], fault.problem
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error, RecursionError, EOFError):
        return [], say("answer.broken_document")


def _rows_of(table: Table, source: str) -> list[Chunk]:
    """Questions and answers as passages under their questions."""
    texts = [c.name for c in table.columns if c.kind in (Kind.TEXT, Kind.CATEGORY)]
    asked = next((n for n in texts if _ASKED.search(n)), None)
    told = next((n for n in texts if n != asked and _TOLD.search(n)), None)
    if told is None:
        raise BadTable(say("answer.no_texts"))
    heads = table[asked] if asked is not None else [None] * table.rows
    return [
        Chunk(text, source, head or "", f"row {row}")
        for row, (head, text) in enumerate(zip(heads, table[told], strict=True), 1)
        if text
    ]


def _table(chunks: list[Chunk]) -> Table:
    described = (
        (TEXT, Kind.TEXT, Role.TEXT, [c.text for c in chunks]),
        (SOURCE, Kind.CATEGORY, Role.IGNORE, [c.source for c in chunks]),
        (HEADING, Kind.TEXT, Role.IGNORE, [c.heading or None for c in chunks]),
        (PLACE, Kind.CATEGORY, Role.IGNORE, [c.place or None for c in chunks]),
    )
    columns, values = [], {}
    for name, kind, role, cells in described:
        present = [cell for cell in cells if cell is not None]
        missing = 1 - len(present) / len(cells)
        columns.append(Column(name, kind, role, missing=missing, distinct=len(set(present))))
        values[name] = _objects(cells)
    return Table(tuple(columns), values)


def _objects(cells: Iterable[Any]) -> NDArray[np.object_]:
    listed = list(cells)
    held = np.empty(len(listed), dtype=object)
    held[:] = listed
    return held


def _files(path: Path) -> list[str]:
    """Files below a folder by relative name, sorted; hidden ones are passed over."""
    found = []
    for above, folders, names in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        below_it = Path(above).relative_to(path)
        found += [(below_it / name).as_posix() for name in names if not name.startswith((".", "~$"))]
        if len(found) > MOST_FILES:
            break
    return sorted(found)


def _text(path: Path) -> Read:
    with open_text(path, find_encoding(path)) as file:
        yield from paragraphs_of(file.read(MOST_FILE_BYTES))


def _html(path: Path) -> Read:
    with open_text(path, find_encoding(path)) as file:
        page = _Page()
        page.feed(file.read(MOST_FILE_BYTES))
        page.close()
    page.end_paragraph()
    yield from page.found


class _Page(HTMLParser):
    """The words of a page, paragraph by paragraph; what a reader does not see is left out."""

    _UNSEEN = frozenset({"script", "style", "template", "noscript", "head", "svg", "iframe", "object"})
    _BLOCKS = frozenset(
        {
            "p",
            "div",
            "li",
            "ul",
            "ol",
            "tr",
            "table",
            "section",
            "article",
            "br",
            "dd",
            "dt",
            "blockquote",
            "pre",
        }
        | {
            "header",
            "footer",
            "main",
            "nav",
            "aside",
            "td",
            "th",
            "figcaption",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
        }
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Paragraph] = []
        self._held: list[str] = []
        self._heading, self._unseen, self._in_heading = "", 0, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a paragraph, a heading, or something unseen."""
        if tag in self._UNSEEN:
            self._unseen += 1
        elif tag in self._BLOCKS:
            self.end_paragraph()
            self._in_heading = len(tag) == 2 and tag[0] == "h" and tag[1].isdigit()

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened."""
        if tag in self._UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in self._BLOCKS:
            self.end_paragraph()
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        """Take words that are seen."""
        if not self._unseen:
            self._held.append(data)

    def end_paragraph(self) -> None:
        """Keep what was read so far as a paragraph or as the heading of those that follow."""
        text = " ".join("".join(self._held).split())
        self._held = []
        if text and self._in_heading:
            self._heading = text
        elif text:
            self.found.append(Paragraph(text, f"line {self.getpos()[0]}", self._heading))


def _docx(path: Path) -> Read:
    """Paragraphs of the document's own part; nothing else of the archive is opened."""
    from defusedxml import ElementTree

    tree = ElementTree.fromstring(_part(path, "word/document.xml"))
    heading = ""
    for number, paragraph in enumerate(tree.iter(f"{_WORD}p"), 1):
        text = "".join(piece.text or "" for piece in paragraph.iter(f"{_WORD}t")).strip()
        style = paragraph.find(f"{_WORD}pPr/{_WORD}pStyle")
        styled = "" if style is None else str(style.get(f"{_WORD}val", "")).lower()
        if text and styled.startswith(("heading", "title", "标题")):
            heading = text
        elif text:
            yield Paragraph(text, f"paragraph {number}", heading)


def _part(path: Path, name: str) -> bytes:
    """Read one file of an archive, never more than was checked."""
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(name)
        bomb = entry.file_size > _MOST_UNFOLDED or (
            entry.file_size > _SMALL and entry.file_size > _MOST_RATIO * max(entry.compress_size, 1)
        )
        if bomb or len(archive.infolist()) > Limits.entries:
            raise TooLarge(say("answer.unfolds_too_far", most=_MOST_UNFOLDED >> 20))
        with archive.open(entry) as file:
            content = file.read(_MOST_UNFOLDED + 1)
    if len(content) > _MOST_UNFOLDED:
        raise TooLarge(say("answer.unfolds_too_far", most=_MOST_UNFOLDED >> 20))
    return content


def _pdf(path: Path, letters: Lettering, missed: list[Message]) -> Read:
    """Paragraphs page by page; pages without words are drawn and read, or ``missed`` tells why not."""
    if not installed("pypdf"):
        raise BadTable(say("answer.needs_text"))
    pypdf = require("pypdf", extra="text")
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong with a file is told as a reject
    faults = (
        pypdf.errors.PyPdfError,
        TypeError,
        AttributeError,
        IndexError,
        NotImplementedError,
        ArithmeticError,
    )
    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted:
            raise BadTable(say("answer.encrypted"))
        if len(reader.pages) > MOST_PAGES:
            raise TooLarge(say("answer.too_many_pages", most=MOST_PAGES))
        for number, page in enumerate(reader.pages, 1):
            words = page.extract_text() or ""
            for paragraph in paragraphs_of(words):
                yield Paragraph(paragraph.text, f"page {number}", paragraph.heading)
            if not words.strip() and (can_read() or len(page.images)):
                try:
                    yield from letters.of_page(path, number)
                except (BadTable, TooLarge) as fault:
                    missed.append(fault.problem)
    except faults as fault:
        raise BadTable(say("answer.broken_document")) from fault


_READERS: dict[str, Callable[[Path], Read]] = {
    ".txt": _text,
    ".md": _text,
    ".markdown": _text,
    ".html": _html,
    ".htm": _html,
    ".docx": _docx,
}
_TABLES = (".csv", ".tsv")
