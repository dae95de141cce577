"""Rows of a delimited text file, each exactly as written or rejected with a reason.

A row is taken only when its quotes close, its width is that of the table and its
bytes are of the file's encoding; nothing is ever shifted into another column. After
a broken quote reading goes on at the next line, so that one bad row costs one row.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from pilothouse.errors import BadTable
from pilothouse.messages import Message, say
from pilothouse.steps.collect.cells import is_clean, shown
from pilothouse.steps.collect.dialect import Dialect, find_dialect, has_header, usual_width
from pilothouse.steps.collect.encoding import Encoding, find_encoding, open_text
from pilothouse.steps.collect.source import Reject, Rows

_SAMPLE_LINES = 1000
_SAMPLE_CHARACTERS = 1 << 20
_MOST_LINES = 1000  # in one record: beyond, a quote was never closed
_MOST_CHARACTERS = 1 << 20
_TAIL_WITHIN = 100  # records after a broken one in which its closing quote may stand

Record = tuple[int, list[str]] | Reject


def read_delimited(path: Path, hint: str | None = None, header: bool | None = None) -> Rows:
    """Open ``path`` as rows of text.

    Parameters
    ----------
    path
        A text file, not compressed.
    hint
        The delimiter that the file's name suggests.
    header
        Whether the first row holds names; None finds out.

    Raises
    ------
    BadTable
        No rows at all, or nothing below the names.
    """
    encoding = find_encoding(path)
    lines = _first_lines(path, encoding)
    dialect = find_dialect(lines, hint)
    head = [r for r in _records(iter(lines), dialect, encoding) if not isinstance(r, Reject)]
    if not head:
        raise BadTable(say("collect.no_rows"), say("collect.check_file"))
    width = usual_width([cells for _, cells in head])
    table = [(line, cells) for line, cells in head if len(cells) == width]
    notes: list[Message] = []
    names, skip_to = _names(head, table, width, header, notes)
    records = _checked(path, encoding, dialect, width, skip_to)
    found = skip_to is not None
    return Rows(names, records, encoding.label, dialect.label, found, notes)


def _names(
    head: list[tuple[int, list[str]]],
    table: list[tuple[int, list[str]]],
    width: int,
    header: bool | None,
    notes: list[Message],
) -> tuple[list[str], int | None]:
    """Names of the columns and the line of the header, None when there is none."""
    line, cells = head[0]
    if len(cells) == width - 1 and header is not False and has_header([cells, *(c[1:] for _, c in table)]):
        notes.append(say("collect.row_names"))  # as R writes: no name over the row names
        return ["row", *cells], line
    line, cells = table[0]
    if header or (header is None and has_header([c for _, c in table])):
        return list(cells), line
    notes.append(say("collect.no_header"))
    return [""] * width, None


def _first_lines(path: Path, encoding: Encoding) -> list[str]:
    lines: list[str] = []
    size = 0
    with open_text(path, encoding) as file:
        while len(lines) < _SAMPLE_LINES and size < _SAMPLE_CHARACTERS:
            line = file.readline(_MOST_CHARACTERS)
            if not line:
                break
            lines.append(line)
            size += len(line)
    return lines


def _checked(
    path: Path, encoding: Encoding, dialect: Dialect, width: int, header_line: int | None
) -> Iterator[Record]:
    """Yield every row of the file, those of another width or encoding as rejects."""
    with open_text(path, encoding) as file:
        for record in _records(file, dialect, encoding, width):
            line = record.line if isinstance(record, Reject) else record[0]
            if line != header_line:
                yield record


def _records(
    lines: Iterator[str], dialect: Dialect, encoding: Encoding, width: int | None = None
) -> Iterator[Record]:
    """Split ``lines`` into records with the line each begins at; blank lines are passed over."""
    source = _Lines(lines)
    while True:
        reader = dialect.reader(source)
        try:
            for cells in reader:
                if cells and not _is_blank(source.taken):
                    reason = None if width is None else _fault(cells, width, encoding)
                    if source.watch and source.is_tail():
                        reason = say("collect.broken_quote")
                    if reason is None:
                        yield source.begun, cells
                    else:
                        yield Reject(source.begun, reason, shown("".join(source.taken)))
                source.settle()
            return
        except csv.Error:
            # A reader that failed starts afresh; so do we, one line further on.
            source.give_back()
            broken = source.taken[0] if source.taken else ""
            yield Reject(source.begun, say("collect.broken_quote"), shown(broken))
            source.settle()
            source.watch = _TAIL_WITHIN if broken.count('"') % 2 else 0


def _is_blank(taken: list[str]) -> bool:
    return len(taken) == 1 and not taken[0].strip()


def _fault(cells: list[str], width: int, encoding: Encoding) -> Message | None:
    if len(cells) != width:
        return say("collect.ragged", found=len(cells), expected=width)
    joined = "".join(cells)
    if is_clean(joined) and not (encoding.is_wide and "\ufffd" in joined):
        return None
    return say("collect.nul") if "\0" in joined else say("collect.bad_bytes", encoding=encoding.label)


class _Lines:
    """Lines that can be given back, with the lines that the record at hand has taken."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._back: deque[str] = deque()
        self._size = 0
        self.taken: list[str] = []
        self.begun = 1
        self.watch = 0
        self._readline: Callable[[int], str] | None = getattr(lines, "readline", None)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else self._next()
        self.taken.append(line)
        self._size += len(line)
        if len(self.taken) > _MOST_LINES or self._size > _MOST_CHARACTERS:
            raise csv.Error("a quote was never closed")
        return line

    def _next(self) -> str:
        if self._readline is None:
            return next(self._lines)
        line = self._readline(_MOST_CHARACTERS)
        if not line:
            raise StopIteration
        return line

    def settle(self) -> None:
        """The lines taken are a record, or are given up: the next begins after them."""
        self.begun += len(self.taken)
        self.taken, self._size = [], 0
        self.watch = max(0, self.watch - 1)

    def give_back(self) -> None:
        """Give back all lines taken but the first."""
        self._back.extendleft(reversed(self.taken[1:]))
        self.taken = self.taken[:1]

    def is_tail(self) -> bool:
        """Tell whether the record at hand is the end of one that was broken before it."""
        tail = sum(line.count('"') for line in self.taken) % 2 == 1
        if tail:
            self.watch = 0
        return tail
