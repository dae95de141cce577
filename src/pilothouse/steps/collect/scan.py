"""What a table holds and what it supports: the data behind ``pilothouse scan``.

Counts and looks up; it guesses no role, finds no personal data itself and prints
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pilothouse.messages import Message
from pilothouse.steps.collect.roles import guess_targets
from pilothouse.types import Column, Kind, Role, Table


@dataclass(frozen=True)
class Support:
    """Whether a scenario can be asked of this table, and the roles it still lacks."""

    scenario: str
    lacks: tuple[Role, ...]

    @property
    def is_ready(self) -> bool:
        """Nothing is lacking."""
        return not self.lacks


@dataclass(frozen=True)
class Scan:
    """What a look at a table finds.

    Parameters
    ----------
    rows, duplicates
        Rows, and how many of them repeat an earlier row, ids left out.
    columns
        With kind, role, reason, missing, distinct and personal data.
    constant
        Names of columns that hold one value or none.
    targets
        Columns that could be predicted, with the reason; empty when one is set.
    supports
        For each scenario what it lacks.
    """

    rows: int
    duplicates: int
    columns: tuple[Column, ...]
    constant: tuple[str, ...]
    targets: tuple[tuple[str, Message], ...]
    supports: tuple[Support, ...]


def scan_table(table: Table, supports: Mapping[str, Sequence[Role]]) -> Scan:
    """Look over ``table``, whose roles and personal data are already marked.

    Parameters
    ----------
    table
        As ``guess_roles`` returned it.
    supports
        Scenario name to the roles that it cannot do without.
    """
    has = {c.role for c in table.columns}
    targets = () if Role.TARGET in has else guess_targets(table)
    if targets:
        has.add(Role.TARGET)
    return Scan(
        rows=table.rows,
        duplicates=_duplicates(table),
        columns=table.columns,
        constant=tuple(c.name for c in table.columns if c.distinct <= 1),
        targets=targets,
        supports=tuple(
            Support(name, tuple(r for r in needs if r not in has)) for name, needs in supports.items()
        ),
    )


def _duplicates(table: Table) -> int:
    """Count rows that repeat an earlier one in every column that is no id; pictures have no rows alike."""
    if any(c.kind is Kind.PICTURE for c in table.columns):
        return 0
    columns = [c for c in table.columns if c.role is not Role.ID]
    if not columns or not table.rows:
        return 0
    # Equal rows have equal sums; 64 bits make a chance meeting of others negligible.
    total = np.zeros(table.rows, dtype=np.uint64)
    for column in columns:
        values = table[column.name]
        if values.dtype == object:
            codes: dict[str | None, int] = {}
            numbered = [codes.setdefault(v, len(codes)) for v in values.tolist()]
            bits = np.array(numbered, dtype=np.uint64)
        else:
            bits = (values + 0.0 if column.kind is Kind.NUMBER else values).view(np.uint64)
        total = (total ^ bits) * np.uint64(0x9E3779B97F4A7C15)
        total ^= total >> np.uint64(29)
    return table.rows - len(np.unique(total))
