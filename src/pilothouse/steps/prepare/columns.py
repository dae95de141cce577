"""Look at each column before it may be a feature, and say what was found.

Left out: columns that say nothing (constant, empty), ids in disguise, and second
copies of a column. Noted and kept: mostly missing, mixed types, many levels, values
that are no finite quantity. Whether a column knows the answer is ``leaks``'s business;
nothing here looks at the target's values.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import Message, say
from pilothouse.steps.prepare.codes import code, is_missing
from pilothouse.types import Column, Kind, Role, Table

HUGE = 1e100  # its square is still finite; no quantity of a business reaches it
MOSTLY = 0.9
MANY_LEVELS = 50
_ID_ROWS = 20
_ID_NAME = re.compile(
    r"(^|[^a-z])(id|uuid|guid|no|nr|num|number|code|key|index|idx|serial|rowid)s?[^a-z]*$|编号|编码|序号|单号|号码?$"
)


@dataclass(frozen=True)
class ColumnFinding:
    """What was found in a column: a code for programs, a message for people.

    Codes: "all_missing", "constant", "id_like", "duplicate" (left out); "mostly_missing",
    "mixed_types", "high_cardinality", "infinite" (kept).
    """

    column: str
    code: str
    message: Message


@dataclass(frozen=True)
class ColumnChecks:
    """The feature columns to keep, in order, and every finding."""

    keep: tuple[str, ...]
    findings: tuple[ColumnFinding, ...]


def check_columns(table: Table, target: str) -> ColumnChecks:
    """Check the feature columns of ``table``; those of other roles are passed over.

    Parameters
    ----------
    table
        Roles set; only FEATURE and TEXT columns are judged.
    target
        Never a feature, whatever its role says.
    """
    findings: list[ColumnFinding] = []
    kept: list[str] = []
    for column in table.columns:
        if column.name == target or column.role not in (Role.FEATURE, Role.TEXT):
            continue
        out = _useless(table, column)
        if out is None:
            kept.append(column.name)
            findings += _noted(table, column)
        else:
            findings.append(out)
    copies = _copies(table, kept)
    findings += copies
    gone = {finding.column for finding in copies}
    return ColumnChecks(tuple(n for n in kept if n not in gone), tuple(findings))


def clear_infinite(table: Table) -> Table:
    """Make infinite and absurdly large numbers (beyond 1e100) missing, the target's left alone."""
    for column in table.columns:
        if column.kind is Kind.NUMBER and column.role is not Role.TARGET:
            values = table[column.name]
            wild = np.abs(values) > HUGE
            if wild.any():
                cleared = np.where(wild, np.nan, values)
                missing = float(np.isnan(cleared).mean())
                table = table.put(replace(column, missing=missing), cleared)
    return table


def _finding(column: Column, what: str, **values: object) -> ColumnFinding:
    return ColumnFinding(column.name, what, say(f"prepare.column_{what}", column=column.name, **values))


def _useless(table: Table, column: Column) -> ColumnFinding | None:
    values = table[column.name]
    present = values[~is_missing(values)]
    if len(present) == 0:
        return _finding(column, "all_missing")
    distinct = len(set(present.tolist())) if present.dtype == object else len(np.unique(present))
    if distinct == 1 and len(present) == len(values):
        return _finding(column, "constant")
    if column.kind is Kind.TEXT or column.role is Role.TEXT:
        return None
    if len(present) >= _ID_ROWS and column.kind in (Kind.CATEGORY, Kind.NUMBER):
        numeric = column.kind is Kind.NUMBER
        named = _ID_NAME.search(_spaced(column.name)) is not None
        is_id = _is_id_number(present, distinct, named) if numeric else _is_id_code(present, distinct)
        if is_id:
            return _finding(column, "id_like", distinct=distinct, rows=len(present))
    return None


def _spaced(name: str) -> str:
    """``policyNumber`` as ``policy number``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower()


def _is_id_code(present: NDArray[np.generic], distinct: int) -> bool:
    """Words of which nearly each is its own: nothing to learn from one row for another."""
    return distinct >= (0.5 if len(present) >= 50 else 0.9) * len(present)


def _is_id_number(present: NDArray[np.float64], distinct: int, named: bool) -> bool:
    """Whole numbers that count or name rows instead of measuring them.

    Row numbers (all different, hardly a gap), codes (nearly all different, at least
    six digits, all of one length), or, where the name says so, nearly all different
    whole numbers. A sum of money is not: sums repeat, or differ in length.
    """
    share = distinct / len(present)
    if share < 0.9 or not np.isfinite(present).all() or (present != np.floor(present)).any():
        return False
    if named and share >= 0.95:
        return True
    if share == 1.0 and present.max() - present.min() + 1 <= 1.5 * len(present):
        return True
    digits = np.floor(np.log10(np.maximum(np.abs(present), 1.0)))
    same = np.bincount(digits.astype(np.int64)).max() / len(present)
    return bool(share >= 0.99 and same >= 0.99 and np.median(digits) >= 5)


def _noted(table: Table, column: Column) -> list[ColumnFinding]:
    values = table[column.name]
    found = []
    missing = float(is_missing(values).mean())
    if missing >= MOSTLY:
        found.append(_finding(column, "mostly_missing", share=missing))
    if column.kind is Kind.NUMBER:
        wild = int((np.abs(values) > HUGE).sum())
        if wild:
            found.append(_finding(column, "infinite", count=wild))
    if column.kind is Kind.CATEGORY:
        distinct = set(values.tolist()) - {None}
        if len(distinct) > MANY_LEVELS:
            found.append(_finding(column, "high_cardinality", distinct=len(distinct)))
        numbers = sum(_is_number(v) for v in distinct)
        if len(distinct) >= 4 and 0.2 <= numbers / len(distinct) < 1:
            found.append(_finding(column, "mixed_types", share=numbers / len(distinct)))
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _copies(table: Table, names: list[str]) -> list[ColumnFinding]:
    """Columns that repeat another: the later one goes, a number stays rather than its words."""
    first: dict[bytes, str] = {}
    found = []
    for name in sorted(names, key=lambda n: table.column(n).kind is not Kind.NUMBER):
        marks = _marks(table[name])
        other = next((first[mark] for mark in marks if mark in first), None)
        if other is None:
            first |= dict.fromkeys(marks, name)
        else:
            found.append(_finding(table.column(name), "duplicate", other=other))
    place = {name: i for i, name in enumerate(names)}
    return sorted(found, key=lambda finding: place[finding.column])


def _marks(values: NDArray[np.generic]) -> list[bytes]:
    """What two copies of a column have in common.

    Where values repeat (at most a fifth are distinct), the pattern of their first
    appearances, the same under any renaming; for other numbers, the values up to
    shift and scale, because columns without repeats all have one pattern.
    """
    codes = code(values)
    if codes.max() + 1 <= max(2, len(codes) / 5):
        return [_digest(b"pattern", codes.tobytes())]
    if values.dtype == object:
        return [_digest(b"words", repr(values.tolist()).encode("utf-8", "replace"))]
    if values.dtype.kind == "M":
        return [_digest(b"times", values.tobytes())]
    numbers = values.astype(np.float64)
    low, high = np.nanmin(numbers), np.nanmax(numbers)
    if not np.isfinite(high - low):
        return [_digest(b"numbers", numbers.tobytes())]
    scaled = (numbers - low) / (high - low)
    images = (np.round(np.nan_to_num(s, nan=-1.0), 9) + 0.0 for s in (scaled, 1 - scaled))
    return [_digest(b"scaled", image.tobytes()) for image in images]


def _digest(what: bytes, values: bytes) -> bytes:
    return what + hashlib.sha256(values).digest()
