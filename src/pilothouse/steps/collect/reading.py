"""The step: a source in, a typed table with its rejects and provenance out.

The format is found from the content, not believed from the name. Files are read
where they lie and never changed. Personal data is not looked for here (``prepare``
does), so rejects still hold what the rows held: ``write_rejects`` takes a redactor.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from pilothouse.errors import BadOption, BadTable, NotFound, TooLarge, Workspace
from pilothouse.messages import Message, say
from pilothouse.steps.collect.cells import name_columns
from pilothouse.steps.collect.databases import public_url, read_postgres, read_sqlite, sqlite_path
from pilothouse.steps.collect.delimited import read_delimited
from pilothouse.steps.collect.documents import is_folder_of_documents, read_documents
from pilothouse.steps.collect.excel import read_excel
from pilothouse.steps.collect.idx import is_idx
from pilothouse.steps.collect.jsonlines import read_jsonlines
from pilothouse.steps.collect.limits import Limits, unfold_gzip
from pilothouse.steps.collect.pictures import is_folder_of_pictures, read_folder, read_idx_table
from pilothouse.steps.collect.source import Collected, Provenance, Rows, Source
from pilothouse.steps.collect.stage import Stage, stage_parquet, stage_rows
from pilothouse.steps.collect.typed import DayFirst, EveryRow, Typed, type_rows
from pilothouse.types import Kind

FORMATS = ("csv", "tsv", "excel", "parquet", "jsonl", "sqlite", "postgres", "pictures", "idx", "documents")
_DEFAULT_LIMITS = Limits()
_HINTS = {".tsv": "\t", ".tab": "\t", ".csv": ",", ".psv": "|"}
_OLD_EXCEL = bytes.fromhex("d0cf11e0")
_GZIP = bytes.fromhex("1f8b")


def read(
    source: Source,
    *,
    kinds: Mapping[str, Kind] | None = None,
    day_first: DayFirst = None,
    rows_in_memory: int = 250_000,
    seed: int = 0,
    limits: Limits = _DEFAULT_LIMITS,
) -> Collected:
    """Read a source as a typed table.

    Parameters
    ----------
    source
        What to read.
    kinds
        Kinds that columns must have, by name: those a model was trained on.
    day_first
        The answer for dates such as 03/04/2025, for all columns or by name.
    rows_in_memory
        A source of more rows gives a random sample of so many, and ``whole``.
    seed
        What the sample is drawn with.
    limits
        Caps on size.

    Raises
    ------
    NotFound, BadTable, BadOption, TooLarge, MissingExtra
        No such file; not readable as a table; an unknown format; over a cap; a
        library that is not installed.
    Workspace
        The file may not be read, or the disk is full.
    """
    if rows_in_memory < 1:
        raise BadOption(say("collect.rows_in_memory", received=rows_in_memory))
    try:
        folder = _documents(source, limits) or _pictures(source, seed, limits)
        if folder is not None:
            return folder
        kind, stage, facts = _open(source, limits)
    except OSError as fault:
        problem = say("collect.io_failed", reason=fault.strerror or type(fault).__name__)
        raise Workspace(problem, say("collect.check_disk")) from fault
    try:
        rows = min(stage.rows, rows_in_memory)
        if rows < stage.rows:
            stage.draw(rows, seed)
        if stage.text_bytes(rows < stage.rows) > limits.text_bytes:
            limit = limits.text_bytes >> 20
            raise TooLarge(say("collect.too_much_text", limit=limit), say("collect.fewer_rows"))
        typed = type_rows(stage, rows, kinds or {}, day_first)
    except BaseException:
        stage.close()
        raise
    provenance = _provenance(source, kind, stage, facts, typed, seed)
    whole = EveryRow(stage, typed.plans, tuple(typed.columns)) if rows < stage.rows else None
    if whole is None:
        stage.close()
    return Collected(
        table=typed.table,
        rejects=(*stage.rejects, *typed.rejects),
        provenance=provenance,
        notes=(*facts.notes, *_counted(stage, rows), *typed.notes),
        questions=tuple(typed.questions),
        whole=whole,
    )


def _pictures(source: Source, seed: int, limits: Limits) -> Collected | None:
    """Read folders of pictures and IDX files, which are no rows of text; None for anything else."""
    if "://" in source.location:
        return None
    path = Path(source.location)
    if source.format == "idx" or (source.format is None and path.is_file() and is_idx(path)):
        return read_idx_table(path, limits, seed)
    named = source.format == "pictures" and path.is_dir()
    return (
        read_folder(path, seed) if named or (source.format is None and is_folder_of_pictures(path)) else None
    )


def _documents(source: Source, limits: Limits) -> Collected | None:
    """Read a folder of documents; None for anything else."""
    path = Path(source.location)
    named = source.format == "documents" and path.is_dir()
    if "://" in source.location or not (named or (source.format is None and is_folder_of_documents(path))):
        return None
    return read_documents(path, lambda file: read(Source(str(file)), limits=limits).table)


def _counted(stage: Stage, rows: int) -> list[Message]:
    notes = []
    if stage.rows_rejected:
        notes.append(say("collect.rows_rejected", count=stage.rows_rejected, rows=stage.rows))
    if rows < stage.rows:
        notes.append(say("collect.sampled", rows=stage.rows, sample=rows))
    return notes


def _provenance(source: Source, kind: str, stage: Stage, facts: Rows, typed: Typed, seed: int) -> Provenance:
    named = public_url(source.location) if "://" in source.location else Path(source.location).name
    settled = {
        p.name: p.times.day_first
        for p in typed.plans
        if p.kind is Kind.TIME and p.times.day_first is not None
    }
    return Provenance(
        source=named,
        format=kind,
        sha256=stage.sha256,
        rows=stage.rows,
        rows_rejected=stage.rows_rejected,
        rows_sampled=typed.table.rows,
        encoding=facts.encoding,
        delimiter=facts.delimiter,
        header=facts.header,
        day_first=MappingProxyType(settled),
        seed=seed,
        read_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _open(source: Source, limits: Limits) -> tuple[str, Stage, Rows]:
    """Find the format and load the rows."""
    if source.format is not None and source.format not in FORMATS:
        raise BadOption(
            say("collect.unknown_format", received=source.format),
            say("collect.formats_are", names=", ".join(FORMATS)),
        )
    if source.location.startswith(("postgres://", "postgresql://")):
        return "postgres", *_staged(read_postgres(source.location, source.query), limits, None)
    if source.location.startswith("sqlite:///"):
        return "sqlite", *_staged(read_sqlite(sqlite_path(source.location), source.query), limits, None)
    if "://" in source.location:
        scheme = source.location.partition("://")[0][:20]
        raise BadOption(say("collect.unknown_url", scheme=scheme), say("collect.urls_are"))
    path = Path(source.location)
    if path.is_dir():
        raise BadTable(say("collect.folder", path=path.name), say("collect.name_a_file"))
    if not path.is_file():
        raise NotFound(say("collect.no_file", path=path.name), say("collect.check_path"))
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if _head(path).startswith(_GZIP):
        with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
            inner = Path(folder) / (path.stem or "rows")
            unfold_gzip(path, inner, limits)
            return _open_file(inner, source, limits, sha256)
    return _open_file(path, source, limits, sha256)


def _open_file(path: Path, source: Source, limits: Limits, sha256: str) -> tuple[str, Stage, Rows]:
    kind = source.format or _sniff(path)
    if kind == "parquet":
        if path.name != Path(source.location).name:
            raise BadTable(say("collect.broken_file", format="gzip"), say("collect.save_again"))
        stage = stage_parquet(path, sha256, limits)
        facts = Rows(stage.names, iter(()))
        stage.names = name_columns(stage.names, facts.notes)
        return kind, stage, facts
    if kind == "excel":
        rows = read_excel(path, source.sheet, source.header, limits)
    elif kind == "jsonl":
        rows = read_jsonlines(path)
    elif kind == "sqlite":
        rows = read_sqlite(path, source.query)
    else:
        hint = "\t" if kind == "tsv" else _HINTS.get(path.suffix.lower())
        rows = read_delimited(path, hint, source.header)
    return kind, *_staged(rows, limits, sha256)


def _staged(rows: Rows, limits: Limits, sha256: str | None) -> tuple[Stage, Rows]:
    if len(rows.names) > limits.columns:
        raise BadTable(say("collect.too_many_columns", limit=limits.columns), say("collect.check_file"))
    names = name_columns(rows.names, rows.notes)
    return stage_rows(rows, names, limits, sha256), rows


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


def _sniff(path: Path) -> str:
    """Find the format from the first bytes; text that is no JSON is delimited."""
    head = _head(path)
    if not head:
        raise BadTable(say("collect.no_rows"), say("collect.check_file"))
    if head.startswith(_OLD_EXCEL):
        raise BadTable(say("collect.old_excel"), say("collect.save_again"))
    for mark, kind in ((b"PK\x03\x04", "excel"), (b"PAR1", "parquet"), (b"SQLite format 3\0", "sqlite")):
        if head.startswith(mark):
            return kind
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    is_json = text.startswith((b'{"', b"{ ", b"{\n", b"{}", b"[{", b"[\n", b"[ "))
    return "jsonl" if is_json or path.suffix.lower() in (".jsonl", ".ndjson", ".json") else "csv"
