"""How a text file separates its cells and whether its first row holds names.

Each delimiter is tried on the first records; the one under which most records are
equally wide wins. It reads no file: it is given the first records as lines.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pilothouse.steps.collect.numbers import is_marker, number
from pilothouse.steps.collect.times import is_time

_DELIMITERS = (",", ";", "\t", "|")
_ALONE = "\x1f"  # what separates the cells of a file that has one column


@dataclass(frozen=True)
class Dialect:
    """Delimiter and escape; quotes are ``"``, doubled inside a cell unless escaped."""

    delimiter: str
    escape: str | None = None

    @property
    def label(self) -> str | None:
        """The delimiter, or None in a file of one column."""
        return None if self.delimiter == _ALONE else self.delimiter

    def reader(self, lines: Iterable[str]) -> Any:
        """Split ``lines``; csv.Error where a quote does not close or a cell is too long."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            strict=True,
            skipinitialspace=True,
            escapechar=self.escape,
            doublequote=self.escape is None,
        )


def find_dialect(lines: Sequence[str], hint: str | None = None) -> Dialect:
    """Find the delimiter of ``lines``; ``hint`` wins where it fits as well as another."""
    tried = [(_fit(Dialect(d), lines), d) for d in _DELIMITERS]
    best = max(fit for (fit, _), _ in tried)
    if best < 0.5:
        return Dialect(_ALONE)
    # The first row as wide as the rest tells 1,5;2,5 under a;b from four columns.
    near = [
        (d == hint, _record(Dialect(d), lines, 0)[1] == width, width, fit, d)
        for (fit, width), d in tried
        if fit >= best - 0.1
    ]
    plain = Dialect(max(near, key=lambda n: n[:4])[4])
    if not any('\\"' in line for line in lines):
        return plain
    escaped = replace(plain, escape="\\")
    return escaped if _fit(escaped, lines)[0] > _fit(plain, lines)[0] else plain


def usual_width(records: Sequence[Sequence[str]]) -> int:
    """The commonest number of cells; the larger of two that are equally common."""
    widths = Counter(len(r) for r in records if r)
    return max(widths, key=lambda w: (widths[w], w))


def _fit(dialect: Dialect, lines: Sequence[str]) -> tuple[float, int]:
    """Share of lines inside records of the commonest width, and that width; (0, 1) for one column."""
    widths: Counter[int] = Counter()
    start = 0
    while start < len(lines):
        taken, width = _record(dialect, lines, start)
        if width:
            widths[width] += taken
        start += taken
    if not widths:
        return 0.0, 1
    width, lines_so_wide = max(widths.items(), key=lambda w: (w[1], w[0]))
    return (lines_so_wide / widths.total() if width > 1 else 0.0), width


def _record(dialect: Dialect, lines: Sequence[str], start: int) -> tuple[int, int]:
    """Lines taken by the record that begins at ``start``, and its cells; -1 cells when broken."""
    reader = dialect.reader(lines[start : start + 100])
    try:
        cells = next(reader)
    except csv.Error:
        return 1, -1
    except StopIteration:
        return 1, 0
    return reader.line_num, len(cells)


def has_header(records: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first record names the columns, from what stands below it.

    Each column votes: names over numbers say yes, a number over numbers or a
    value that comes again below says no. Undecided counts as yes where all names
    are there, different, and none is a number.
    """
    first, body = [c.strip() for c in records[0]], records[1:]
    filled = [c for c in first if c]
    if not filled:
        return False
    votes = sum(_vote(first[i], [r[i].strip() for r in body if i < len(r)]) for i in range(len(first)))
    if votes:
        return votes > 0
    return not any(_is_value(c) or _is_mostly_digits(c) for c in filled) and len(filled) * 2 > len(first)


def _is_mostly_digits(text: str) -> bool:
    return sum(map(str.isdigit, text)) * 2 > len(text)


def _vote(name: str, below: Sequence[str]) -> int:
    present = [b for b in below if b and not is_marker(b)]
    if not present or not name:
        return 0
    if all(_is_value(b) for b in present):
        return -1 if _is_value(name) else 1
    return -1 if name in present else 0


def _is_value(text: str) -> bool:
    return number(text) is not None or is_time(text)
