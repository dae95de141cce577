"""Rows of an Excel sheet (.xlsx), read as a stream.

Cells are values as Excel last computed them; formulas are not run. Rows above the
table (titles) are rejected with that reason. It reads no .xls, the format of 1997.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from pilothouse.errors import BadTable, NotFound
from pilothouse.messages import Message, say
from pilothouse.steps.collect.cells import spell
from pilothouse.steps.collect.dialect import has_header
from pilothouse.steps.collect.limits import Limits, check_archive
from pilothouse.steps.collect.source import Reject, Rows

_SAMPLE_ROWS = 1000
Row = tuple[int, list[str]]


def read_excel(path: Path, sheet: str | None, header: bool | None, limits: Limits) -> Rows:
    """Open one sheet as rows of text.

    Raises
    ------
    BadTable, TooLarge, NotFound
        Not a workbook or empty; unfolds too far; no sheet of that name.
    """
    check_archive(path, limits)
    rows = _rows(path, sheet, limits.columns)
    head = list(islice(rows, _SAMPLE_ROWS))
    if not head:
        raise BadTable(say("collect.no_rows"), say("collect.check_file"))
    width = max(len(cells) for _, cells in head)
    filled = sorted(sum(map(bool, cells)) for _, cells in head)
    usual = filled[len(filled) // 2]
    # A title fills one or two cells of a table that fills many.
    top = next(i for i, (_, cells) in enumerate(head) if sum(map(bool, cells)) * 2 >= usual)
    titles = [Reject(line, say("collect.above_table"), " ".join(cells)[:500]) for line, cells in head[:top]]
    table = [(line, cells + [""] * (width - len(cells))) for line, cells in head[top:]]
    notes: list[Message] = []
    found = has_header([c for _, c in table]) if header is None else header
    names = table[0][1] if found else [""] * width
    if not found:
        notes.append(say("collect.no_header"))
    body = chain(table[1:] if found else table, rows)
    return Rows(names, chain(titles, _fitted(body, width)), header=found, notes=notes)


def _fitted(rows: Iterator[Row], width: int) -> Iterator[Row | Reject]:
    for line, cells in rows:
        if len(cells) > width and any(cells[width:]):
            reason = say("collect.ragged", found=len(cells), expected=width)
            yield Reject(line, reason, ",".join(cells)[:500])
        else:
            yield line, cells[:width] + [""] * (width - len(cells))


def _rows(path: Path, sheet: str | None, columns: int) -> Iterator[Row]:
    import openpyxl

    try:
        with warnings.catch_warnings():
            # About styles and extensions that do not touch values.
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
            try:
                yield from _of_sheet(_pick(book, sheet), columns)
            finally:
                book.close()
    except (zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, EOFError) as fault:
        raise BadTable(say("collect.broken_file", format="Excel"), say("collect.save_again")) from fault


def _pick(book: Any, sheet: str | None) -> Any:
    if sheet is None:
        if not book.worksheets:
            raise BadTable(say("collect.no_rows"), say("collect.check_file"))
        return book.worksheets[0]
    if sheet not in book.sheetnames:
        names = ", ".join(book.sheetnames[:20])
        raise NotFound(say("collect.no_sheet", sheet=sheet), say("collect.sheets_are", names=names))
    return book[sheet]


def _of_sheet(sheet: Any, columns: int) -> Iterator[Row]:
    # The size a sheet claims is not believed: one far cell would pad a billion.
    sheet.reset_dimensions()
    for line, row in enumerate(sheet.iter_rows(values_only=True), 1):
        cells = [spell(value).strip() for value in _trimmed(row)]
        if len(cells) > columns:
            raise BadTable(say("collect.too_many_columns", limit=columns), say("collect.check_file"))
        if cells:
            yield line, cells


def _trimmed(row: Sequence[object]) -> Sequence[object]:
    end = len(row)
    while end and row[end - 1] in (None, ""):
        end -= 1
    return row[:end]
