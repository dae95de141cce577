"""One fit: cut the data, fit, answer.

Every engine calls ``carry_out``, so that figures cannot depend on the place. It
decides nothing about order, keeps nothing and starts no process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pilothouse.models.pasts import figures_of
from pilothouse.types import Context, Data, Door, Fit, Questions, Role, Shape, Table
from pilothouse.types.contest import Array

Ask = Callable[[Data], Questions]

NEVER_FEATURES = frozenset(
    {Role.TARGET, Role.ID, Role.USER, Role.TIME, Role.GROUP, Role.TODAY, Role.PAST, Role.IGNORE}
)
"""Roles that no model learns from."""


@dataclass(frozen=True)
class Done:
    """A finished fit: its answers by name and the seconds of CPU it took."""

    values: Mapping[str, Array] = field(repr=False)
    seconds: float = 0.0


def carry_out(data: Data, ask: Ask, fit: Fit, llm: Door | None = None) -> Done:
    """Fit on ``fit.learn``, answer ``fit.ask``; features outside ``fit.columns`` are left out."""
    started = time.process_time()
    table = keep_columns(data.table, fit.columns)
    cut = data.with_table(table)
    context = Context(seed=fit.seed, threads=1, llm=llm)
    requests = ask(cut.pick(fit.ask)).requests
    model = fit.candidate.build(fit.parameters).fit(cut.take(fit.learn), context)
    answers = model.predict(requests, context)
    return Done(dict(answers.values), time.process_time() - started)


def needed_mb(fit: Fit, data: Data) -> float:
    """Estimate the megabytes that ``fit`` needs, its data included."""
    table = keep_columns(data.table, fit.columns)
    held = sum(values.nbytes for values in table.values.values()) / 2**20
    return fit.candidate.cost(shape_of(table, len(fit.learn))).memory_mb + held


def keep_columns(table: Table, columns: tuple[str, ...] | None) -> Table:
    """Leave out the features that are not named; target, ids and times stay.

    Where a figure over the past goes, the past goes with it: it holds what the figure told.
    """
    if columns is None:
        return table
    kept = table.select(c.name for c in table.columns if c.role in NEVER_FEATURES or c.name in columns)
    if all(name in kept for name in figures_of(table)):
        return kept
    return kept.drop(c.name for c in kept.of_role(Role.PAST))


def shape_of(table: Table, rows: int | None = None) -> Shape:
    """Measure a job: feature columns by kind, classes of the target, levels, users and items."""
    features = [c for c in table.columns if c.role not in NEVER_FEATURES]
    numeric = [c for c in features if c.kind in ("number", "time")]
    wordy = [c for c in features if c.kind not in ("number", "time")]
    target = table.of_role(Role.TARGET)
    users, items = (sum(c.distinct for c in table.of_role(role)) for role in (Role.USER, Role.ITEM))
    classes = target[0].distinct if target and target[0].kind == "category" else 0
    return Shape(
        rows=table.rows if rows is None else rows,
        numbers=len(numeric),
        categories=len(wordy),
        classes=classes,
        levels=sum(c.distinct for c in wordy),
        users=users,
        items=items,
    )
