"""Prepare a table whose rows each have an answer to learn: the default of the step.

Target, roles, checks, personal data, split: each by its own module, in this order.
What comes out holds no raw personal value except ``raw_ids``, which only outputs and
API answers may show. The leak firewall is not here: it needs fits.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message
from pilothouse.steps.prepare.columns import check_columns, clear_infinite
from pilothouse.steps.prepare.desensitise import PersonalTreatment, desensitise
from pilothouse.steps.prepare.eventful import Lens
from pilothouse.steps.prepare.split import SplitRules, inner_folds, make_split
from pilothouse.steps.prepare.target import check_target
from pilothouse.types import Column, Data, Role, Split, Table
from pilothouse.types.contest import Index

FEATURES = (Role.FEATURE, Role.VALUE, Role.ITEM, Role.IMAGE)
TELLING = (Role.TIME, Role.GROUP, Role.USER, Role.ID)


@dataclass(frozen=True)
class Wish:
    """What the user asked of the preparation.

    Parameters
    ----------
    target, positive
        The column, and the outcome looked for.
    gap_days
        Time between train and test: as long as an outcome takes to be known.
    desensitise
        False leaves personal columns in, and says so.
    """

    target: str
    positive: str | None = None
    gap_days: float = 0.0
    desensitise: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Prepared:
    """A table ready for the contest.

    Parameters
    ----------
    data
        Target, features and today's rule; no ids, no personal values.
    columns
        Every column of the source, as described after desensitising.
    truth
        Class numbers or numbers, shape (n,).
    split
        Positions are those of ``data``.
    rules, telling
        How it was split, and the columns that tell rows, entities and times apart.
    ids, raw_ids
        Pseudonyms and the user's own ids, shape (n,); row numbers where there is
        no id column.
    id_name
        The id column, or "row".
    waiting, waiting_ids
        Rows whose outcome is not known yet, their features and raw ids: whom to act on.
    lens
        How the past was read, where a table of events stands beside the rows.
    """

    data: Data
    columns: tuple[Column, ...]
    truth: NDArray[Any] = field(repr=False)
    split: Split = field(repr=False)
    rules: SplitRules
    telling: Table = field(repr=False)
    ids: NDArray[Any] = field(repr=False)
    raw_ids: NDArray[Any] = field(repr=False)
    id_name: str
    waiting: Table = field(repr=False)
    waiting_ids: NDArray[Any] = field(repr=False)
    personal: tuple[PersonalTreatment, ...]
    notes: tuple[Message, ...]
    lens: Lens | None = None

    @property
    def learnable(self) -> Index:
        """Every row."""
        return np.arange(self.data.rows, dtype=np.int64)

    @property
    def has_time(self) -> bool:
        """Whether the rows have times that the split respects."""
        return self.rules.time is not None

    @property
    def features(self) -> tuple[str, ...]:
        """Columns that models may learn from."""
        return tuple(c.name for c in self.data.table.columns if c.role in (*FEATURES, Role.TEXT))

    def folds(self, train: Index, folds: int) -> tuple[tuple[Index, Index], ...]:
        """Split a training part again, by the rules of the whole."""
        return inner_folds(self.telling, self.truth, self.rules, train, folds=folds)


def prepare_supervised(table: Table, wish: Wish, pseudonyms: Pseudonyms) -> Prepared:
    """Make ``table`` ready.

    Parameters
    ----------
    table
        As collected, roles guessed or set.

    Raises
    ------
    UserFault
        When there is nothing to learn; see ``target.check_target``.
    """
    target = check_target(table, wish.target, positive=wish.positive)
    named = target.table.put(
        replace(target.table.column(target.name), classes=target.classes), target.table[target.name]
    )
    cleared = clear_infinite(named)
    found = check_columns(cleared, target.name)
    named_rows, id_name = ids_of(table)
    raw_ids = named_rows[target.kept]
    unknown = np.ones(table.rows, dtype=bool)
    unknown[target.kept] = False
    waiting = clear_infinite(table.take(unknown))
    safe = desensitise(cleared, pseudonyms, enabled=wish.desensitise)
    kept = [n for n in found.keep if n in safe.table and safe.table.column(n).role in FEATURES]
    beside = [c.name for role in (Role.TODAY, Role.PAST) for c in safe.table.of_role(role)]
    chosen = [target.name, *kept, *beside]
    telling = cleared.select(n for n in cleared.names if n in kept or cleared.column(n).role in TELLING)
    rules = SplitRules(
        kind=target.kind,
        seed=wish.seed,
        time=only(cleared, Role.TIME),
        group=entity_of(cleared),
        gap=np.timedelta64(round(wish.gap_days * 86_400), "s") if wish.gap_days else None,
    )
    split = make_split(telling, target.truth, rules)
    return Prepared(
        data=Data({"rows": safe.table.select(chosen)}),
        columns=safe.table.columns,
        truth=target.truth,
        split=split,
        rules=rules,
        telling=telling,
        ids=safe.table.values.get(id_name, raw_ids),
        raw_ids=raw_ids,
        id_name=id_name,
        waiting=waiting.select(chosen[1:]),
        waiting_ids=named_rows[unknown],
        personal=safe.report,
        notes=(*target.notes, *(f.message for f in found.findings), *split.notes),
    )


def only(table: Table, role: Role) -> str | None:
    """Name the first column that plays ``role``, or None."""
    columns = table.of_role(role)
    return columns[0].name if columns else None


def entity_of(table: Table) -> str | None:
    """The column that names what repeats: a group, a user, or an id that is not unique."""
    named = only(table, Role.GROUP) or only(table, Role.USER)
    if named is not None:
        return named
    own = only(table, Role.ID)
    repeats = own is not None and len(set(table[own].tolist())) < table.rows
    return own if repeats else None


def ids_of(table: Table) -> tuple[NDArray[Any], str]:
    """The user's own ids as text, and the name of their column; row numbers without one."""
    columns = table.of_role(Role.ID) or table.of_role(Role.USER)
    if not columns:
        ids = np.empty(table.rows, dtype=object)
        ids[:] = [str(n) for n in range(1, table.rows + 1)]
        return ids, "row"
    return table[columns[0].name], columns[0].name
