"""Tables: named, typed columns of equal length, and bundles of them.

A column of numbers is float64 with NaN for "missing"; a column of times is
``datetime64[us]`` with NaT; categories and texts are object arrays of ``str`` or
``None``; sequences are object arrays of one-dimensional number arrays; pictures are
object arrays of uint8 arrays, (height, width) where grey, else (height, width, 3), at
most 64 on a side. Ids are text, always. This module does not read files (``steps.collect``
does) and does not decide what a column means (``steps.collect.roles`` does).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import Message

Values = NDArray[Any]


class Kind(StrEnum):
    """How a column's values are stored."""

    NUMBER = "number"
    CATEGORY = "category"
    TIME = "time"
    TEXT = "text"
    SEQUENCE = "sequence"
    PICTURE = "picture"


class Role(StrEnum):
    """What a column is for."""

    ID = "id"
    USER = "user"
    ITEM = "item"
    TIME = "time"
    TARGET = "target"
    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VALUE = "value"
    GROUP = "group"
    TODAY = "today"
    FEATURE = "feature"
    PAST = "past"
    IGNORE = "ignore"


@dataclass(frozen=True)
class Column:
    """One column's description; the values live in the table.

    Parameters
    ----------
    name
        As in the source, surrounding spaces removed.
    kind, role
        How it is stored and what it is for.
    reason
        Why this role was given, for the reader; None when the user set it.
    missing
        Share of missing values, 0 to 1.
    distinct
        Number of different values, missing left out.
    personal
        What personal data it holds ("mobile", "email", "name", ...), or None.
    classes
        Of a target that is not a number: its labels, in order; in a two-class
        problem the second is the outcome being looked for. Of a past: the words that its
        numbers stand for.
    unit
        The currency that its cells write beside their numbers ("¥", "元", "USD"), "¤" where they
        write several, or "".
    """

    name: str
    kind: Kind
    role: Role = Role.FEATURE
    reason: Message | None = None
    missing: float = 0.0
    distinct: int = 0
    personal: str | None = None
    classes: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """Columns of equal length, in the order of the source."""

    columns: tuple[Column, ...]
    values: Mapping[str, Values] = field(repr=False)
    name: str = "rows"

    def __post_init__(self) -> None:
        sizes = {len(self.values[c.name]) for c in self.columns}
        if len(sizes) > 1:
            raise ValueError(f"columns of table {self.name!r} differ in length: {sorted(sizes)}")

    def __getitem__(self, name: str) -> Values:
        return self.values[name]

    def __contains__(self, name: object) -> bool:
        return name in self.values

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.values[self.columns[0].name]) if self.columns else 0

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(c.name for c in self.columns)

    def column(self, name: str) -> Column:
        """Describe one column; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def of_role(self, role: Role) -> tuple[Column, ...]:
        """Return the columns that play ``role``, in order."""
        return tuple(c for c in self.columns if c.role is role)

    def take(self, index: NDArray[np.integer] | NDArray[np.bool_] | slice) -> Table:
        """Return the rows at ``index`` (positions, mask or slice)."""
        return replace(self, values={c.name: self.values[c.name][index] for c in self.columns})

    def select(self, names: Iterable[str]) -> Table:
        """Return the named columns, in the order given."""
        chosen = tuple(self.column(n) for n in names)
        return replace(self, columns=chosen, values={c.name: self.values[c.name] for c in chosen})

    def drop(self, names: Iterable[str]) -> Table:
        """Return the table without the named columns."""
        gone = set(names)
        return self.select(n for n in self.names if n not in gone)

    def describe(self, columns: Sequence[Column]) -> Table:
        """Return the same values under new descriptions, matched by name."""
        new = {c.name: c for c in columns}
        return replace(self, columns=tuple(new.get(c.name, c) for c in self.columns))

    def put(self, column: Column, values: Values) -> Table:
        """Return the table with one column replaced, or added at the end."""
        if column.name in self.values:
            columns = tuple(column if c.name == column.name else c for c in self.columns)
        else:
            columns = (*self.columns, column)
        return replace(self, columns=columns, values={**self.values, column.name: values})

    def digest(self) -> str:
        """SHA-256 of names, kinds and values: equal tables have equal digests."""
        seen = hashlib.sha256()
        for column in self.columns:
            seen.update(f"{column.name}\x00{column.kind}\x00{column.unit}".encode())
            values = self.values[column.name]
            if column.kind is Kind.SEQUENCE:
                for value in values:
                    seen.update(len(value).to_bytes(8, "little") + np.ascontiguousarray(value).tobytes())
            elif column.kind is Kind.PICTURE:
                for value in values:
                    seen.update(f"{value.shape}".encode() + np.ascontiguousarray(value).tobytes())
            elif values.dtype == object:
                for value in values:
                    seen.update(b"\x01" if value is None else b"\x02" + value.encode() + b"\x00")
            else:
                seen.update(np.ascontiguousarray(values).tobytes())
        return seen.hexdigest()


@dataclass(frozen=True)
class Data:
    """A bundle of named tables; the rows of ``main`` are what is learnt from.

    Side tables (items, calendar, corpus) are shared by every part. Where what is asked is
    not one row of the main table (a recommendation is asked for a person), ``asked`` names
    the table that holds the questions: ``pick`` cuts it, and ``take`` leaves it out, so
    that no model learns from it.
    """

    tables: Mapping[str, Table]
    main: str = "rows"
    asked: str | None = None

    @property
    def table(self) -> Table:
        """The main table."""
        return self.tables[self.main]

    @property
    def rows(self) -> int:
        """Rows of the main table."""
        return self.table.rows

    def take(self, index: NDArray[np.integer] | NDArray[np.bool_] | slice) -> Data:
        """Return what is learnt from at ``index``: the main table cut, without the questions."""
        kept = {name: table for name, table in self.tables.items() if name != self.asked}
        return Data(MappingProxyType({**kept, self.main: self.table.take(index)}), self.main)

    def pick(self, index: NDArray[np.integer] | NDArray[np.bool_] | slice) -> Data:
        """Return the same bundle with the questions cut to ``index``."""
        if self.asked is None:
            return self.take(index)
        cut = self.tables[self.asked].take(index)
        return replace(self, tables=MappingProxyType({**self.tables, self.asked: cut}))

    def with_table(self, table: Table) -> Data:
        """Return the same bundle with another main table."""
        return replace(self, tables=MappingProxyType({**self.tables, self.main: table}))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Data, (dict(self.tables), self.main, self.asked))
