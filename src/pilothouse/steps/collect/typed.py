"""From rows of text in the stage to typed columns, and to every row batch by batch.

Kinds are decided on the rows in memory; for a sampled source the one mistake that
could not be undone, a code read as a number, is looked for in every row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import Message, say
from pilothouse.steps.collect.cells import shown
from pilothouse.steps.collect.kinds import (
    Decision,
    Plan,
    convert,
    count_cells,
    count_odd_years,
    decide,
    decide_native,
)
from pilothouse.steps.collect.numbers import is_marker, is_whole
from pilothouse.steps.collect.source import Reject
from pilothouse.steps.collect.stage import Stage
from pilothouse.types import Column, Kind, Role, Table

_CELLS_AT_ONCE = 2_000_000
_MOST_BAD = 1000  # cells of one column that are listed one by one
_NATIVE = {"number": Kind.NUMBER, "time": Kind.TIME}

DayFirst = bool | Mapping[str, bool] | None


@dataclass
class Typed:
    """A typed table with how each column is read and what did not fit."""

    columns: list[Column] = field(default_factory=list)
    values: dict[str, NDArray[Any]] = field(default_factory=dict)
    plans: list[Plan] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    questions: list[Message] = field(default_factory=list)

    @property
    def table(self) -> Table:
        """The table; roles are not guessed yet."""
        return Table(tuple(self.columns), self.values)


def type_rows(stage: Stage, rows: int, kinds: Mapping[str, Kind], day_first: DayFirst) -> Typed:
    """Type the rows in memory.

    Parameters
    ----------
    stage
        Where the rows wait; fewer ``rows`` than it has means its sample.
    rows
        Rows to type.
    kinds, day_first
        As in ``read``.
    """
    typed = Typed()
    for group, cells, lines in _groups(stage, rows):
        for i, column in zip(group, cells, strict=True):
            name, form = stage.names[i], stage.forms[i]
            answer = day_first.get(name) if isinstance(day_first, Mapping) else day_first
            decision = _decide(stage, i, column, kinds.get(name), answer)
            typed.plans.append(decision.plan)
            typed.notes += decision.notes
            typed.questions += decision.questions
            values, bad = convert(column, form, decision.plan)
            _keep(typed, decision.plan, values)
            _report(typed, decision.plan, values, [(int(lines[b]), column[b]) for b in bad])
    return typed


def _groups(stage: Stage, rows: int) -> Iterator[tuple[list[int], list[NDArray[Any]], NDArray[Any]]]:
    at_once = max(1, min(500, _CELLS_AT_ONCE // rows))
    for start in range(0, len(stage.names), at_once):
        group = list(range(start, min(start + at_once, len(stage.names))))
        *cells, lines = stage.fetch(group, 0, rows, sampled=rows < stage.rows)
        yield group, cells, lines


def _decide(
    stage: Stage, position: int, cells: NDArray[Any], forced: Kind | None, day_first: bool | None
) -> Decision:
    name, form = stage.names[position], stage.forms[position]
    if form == "number" and forced is None:
        return decide_native(name, cells)
    if form != "text":
        times = decide(name, {}, forced, day_first).plan.times if forced is Kind.TIME else None
        plan = Plan(name, forced or _NATIVE[form])
        return Decision(plan if times is None else replace(plan, times=times))
    counts = count_cells(cells.tolist())
    decision = decide(name, counts, forced, day_first)
    is_sample = len(cells) < stage.rows
    if forced is None and is_sample and decision.plan.kind is Kind.NUMBER:
        whole = all(is_whole(v) or is_marker(v) for v in counts)
        if whole and stage.has_codes(position):
            return Decision(Plan(name, Kind.CATEGORY), (say("collect.kept_as_text", column=name),))
    return decision


def _keep(typed: Typed, plan: Plan, values: NDArray[Any]) -> None:
    if plan.kind is Kind.NUMBER:
        present = values[~np.isnan(values)]
        distinct = len(np.unique(present))
    elif plan.kind is Kind.TIME:
        present = values[~np.isnat(values)]
        distinct = len(np.unique(present))
    else:
        present = values[values != np.array(None)]
        distinct = len(set(present.tolist()))
    typed.columns.append(
        Column(
            name=plan.name,
            kind=plan.kind,
            role=Role.IGNORE if plan.waits else Role.FEATURE,
            reason=say("collect.waits") if plan.waits else None,
            missing=1 - len(present) / len(values),
            distinct=distinct,
            unit=plan.unit,
        )
    )
    typed.values[plan.name] = values


def _report(typed: Typed, plan: Plan, values: NDArray[Any], bad: list[tuple[int, Any]]) -> None:
    if bad:
        typed.notes.append(say("collect.bad_cells", column=plan.name, count=len(bad)))
        reason = say("collect.no_number" if plan.kind is Kind.NUMBER else "collect.no_time")
        typed.rejects += [Reject(line, reason, shown(str(cell)), plan.name) for line, cell in bad[:_MOST_BAD]]
    if plan.kind is Kind.TIME and (odd := count_odd_years(values)):
        typed.notes.append(say("collect.odd_years", column=plan.name, count=odd))


@dataclass
class EveryRow:
    """All rows of a source of which the table holds a sample; see ``source.Whole``."""

    stage: Stage
    plans: list[Plan]
    columns: tuple[Column, ...]

    @property
    def rows(self) -> int:
        """Rows that could be read."""
        return self.stage.rows

    def batches(self, size: int) -> Iterator[Table]:
        """Yield all rows in order, ``size`` at a time, typed as the sample was.

        Cells that are not of their column's kind are missing, as in the sample.
        """
        positions = list(range(len(self.plans)))
        at_once = max(1, min(500, _CELLS_AT_ONCE // size))
        for first in range(0, self.rows, size):
            values: dict[str, NDArray[Any]] = {}
            for start in range(0, len(positions), at_once):
                group = positions[start : start + at_once]
                *cells, _ = self.stage.fetch(group, first, first + size)
                for i, column in zip(group, cells, strict=True):
                    values[self.plans[i].name], _ = convert(column, self.stage.forms[i], self.plans[i])
            yield Table(self.columns, values)

    def close(self) -> None:
        """Let go of the rows."""
        self.stage.close()
