"""What is known of users and items: from tables of their own, or from the interactions.

A column of the interactions that hardly ever changes within an item describes the item
(its name, its category), within a user the user; one that changes from row to row tells
of the moment, which no request can know, and is not used. Personal data goes through
``desensitise`` here; items keep their own ids. Which interactions are learnt from is
decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.personal import Pseudonyms, redact
from pilothouse.messages import Message, say
from pilothouse.models.ranking import Codes
from pilothouse.steps.prepare.codes import code, is_missing
from pilothouse.steps.prepare.columns import check_columns, clear_infinite
from pilothouse.steps.prepare.desensitise import PersonalTreatment, desensitise
from pilothouse.steps.prepare.taken import Side
from pilothouse.types import Column, Kind, Role, Table

RESERVED = ("user", "history", "value", "time", "now")
"""Columns of every request: an attribute of such a name gets another."""
_CONSTANT = 0.98  # of the items with more than one row, to be called an item's attribute
_ENOUGH = 10  # such items are needed to tell
_OF_ITEMS = (Role.FEATURE, Role.VALUE, Role.GROUP, Role.TARGET, Role.TEXT, Role.ITEM)
_OF_USERS = (Role.FEATURE, Role.VALUE, Role.TARGET)
_NAMES = 0.5  # so many different words that they name items rather than sort them
_LOOKED_AT = 4_000
_VOCABULARY = 50  # words at most that lists are made of
_COMBINED = 2.0  # so many times more different values than words
_ALONE = 0.5  # of these words stand alone in some row


@dataclass(frozen=True)
class Described:
    """Users or items with what is known of them, one row each.

    Parameters
    ----------
    table
        First the id, then attributes.
    raw
        The ids as collected, (rows,).
    columns
        The columns as described, those left out too.
    """

    table: Table
    raw: NDArray[Any] = field(repr=False)
    columns: tuple[Column, ...]
    personal: tuple[PersonalTreatment, ...]
    notes: tuple[Message, ...]


@dataclass(frozen=True)
class Sorted:
    """Columns of the interactions by whom they describe: ("colour", ...) each."""

    items: tuple[str, ...]
    users: tuple[str, ...]
    neither: tuple[str, ...]


def sort_columns(rows: Table, user: Codes, item: Codes) -> Sorted:
    """Tell which columns of the interactions describe items, and which users.

    Parameters
    ----------
    rows
        The interactions; columns of role FEATURE and TEXT are judged.
    user, item
        (n,) codes.
    """
    of_items, of_users, neither = [], [], []
    for column in rows.columns:
        if column.role not in (Role.FEATURE, Role.TEXT):
            continue
        values = rows[column.name]
        told, present = code(values), ~is_missing(values)
        by_item, by_user = _constancy(told, present, item), _constancy(told, present, user)
        fits_user = column.kind in (Kind.CATEGORY, Kind.NUMBER) and by_user >= _CONSTANT
        if column.kind is not Kind.TIME and by_item >= _CONSTANT and not (fits_user and by_user > by_item):
            of_items.append(column.name)
        elif fits_user:
            of_users.append(column.name)
        else:
            neither.append(column.name)
    return Sorted(tuple(of_items), tuple(of_users), tuple(neither))


def _constancy(told: Codes, present: NDArray[np.bool_], owner: Codes) -> float:
    """Share of the owners with several values that have only one; 0 where too few can tell."""
    own, said = owner[present], told[present]
    if not len(own):
        return 0.0
    size = int(own.max()) + 1
    first = np.zeros(size, dtype=np.int64)
    first[own[::-1]] = said[::-1]  # the last write stands: the first in the file
    several = np.bincount(own, minlength=size) > 1
    if int(several.sum()) < _ENOUGH:
        return 0.0
    changes = np.zeros(size, dtype=bool)
    changes[own[said != first[own]]] = True
    return 1.0 - float(changes[several].mean())


def gather(ids: Table, rows: tuple[Table, Codes], side: Side | None, role: Role) -> Table:
    """Lay out attributes beside ids; the first value known stands.

    Parameters
    ----------
    ids
        One column: the ids in order.
    rows
        Columns of the interactions that describe them, and the code of each row.
    side
        Their own table and its id column; it stands before the interactions.
    role
        USER or ITEM: which columns may be attributes.
    """
    made = ids
    if side is not None:
        table, key = side.table, side.key
        place = {v: i for i, v in reversed(list(enumerate(table[key].tolist())))}
        index = np.array([place.get(v, -1) for v in ids[ids.names[0]].tolist()], dtype=np.int64)
        for column in table.columns:
            if column.name != key and _may_be(column, role):
                made = _put(made, column, _at(table[column.name], index))
    shown, owner = rows
    for column in shown.columns:
        if side is not None and column.name in side.table:
            continue
        values = shown[column.name]
        present = np.flatnonzero(~is_missing(values))[::-1]
        index = np.full(ids.rows, -1, dtype=np.int64)
        index[owner[present]] = present
        made = _put(made, column, _at(values, index))
    return made


def _may_be(column: Column, role: Role) -> bool:
    if role is Role.USER:
        return column.role in _OF_USERS and column.kind in (Kind.CATEGORY, Kind.NUMBER)
    names = column.role is Role.ID and column.kind is Kind.CATEGORY
    return (column.role in _OF_ITEMS or names) and column.kind in (Kind.CATEGORY, Kind.NUMBER, Kind.TEXT)


def _at(values: NDArray[Any], index: Codes) -> NDArray[Any]:
    """Values at ``index``, missing where it is -1."""
    if not len(values):
        return np.full(len(index), None if values.dtype == object else np.nan, dtype=values.dtype)
    taken = values[np.maximum(index, 0)].copy()
    taken[index < 0] = None if values.dtype == object else np.nan
    return taken


def _put(table: Table, column: Column, values: NDArray[Any]) -> Table:
    name = column.name
    while name in RESERVED or name in table:
        name += "_"
    present = values[~is_missing(values)]
    role = Role.TEXT if column.kind is Kind.TEXT else Role.FEATURE
    told = replace(
        column,
        name=name,
        role=role,
        missing=1.0 - len(present) / max(1, len(values)),
        distinct=len(set(present.tolist())),
    )
    return table.put(told, values)


def describe_items(table: Table, pseudonyms: Pseudonyms, enabled: bool) -> Described:
    """Make the table of items ready: names become text, personal values go, ids stay.

    Parameters
    ----------
    table
        As ``gather`` made it, the id first.
    enabled
        Whether personal values are taken out.
    """
    key = table.columns[0]
    told = _with_texts(_with_lists(table.drop([key.name])))
    ready = (
        _ready(told, pseudonyms, enabled) if told.columns else Described(told, table[key.name], (), (), ())
    )
    name = redact(key.name) if enabled else key.name
    column = replace(key, name=name, kind=Kind.CATEGORY, role=Role.ITEM, missing=0.0, distinct=table.rows)
    beside = [c for c in ready.table.columns if c.name != name]
    whole = Table(
        (column, *beside), {name: table[key.name], **{c.name: ready.table[c.name] for c in beside}}, "items"
    )
    return replace(ready, table=whole, raw=table[key.name], columns=(column, *ready.columns))


def describe_users(table: Table, pseudonyms: Pseudonyms, enabled: bool) -> Described:
    """Make the table of users ready: the id becomes a pseudonym, personal values go."""
    key = table.columns[0].name
    ready = _ready(_with_lists(table), pseudonyms, enabled)
    return replace(ready, table=replace(ready.table, name="users"), raw=table[key])


def _ready(table: Table, pseudonyms: Pseudonyms, enabled: bool) -> Described:
    safe = desensitise(clear_infinite(table), pseudonyms, enabled=enabled)
    checks = check_columns(safe.table, "")
    ids = [c.name for c in safe.table.of_role(Role.USER)]
    columns = tuple(
        c if c.name in (*ids, *checks.keep) else replace(c, role=Role.IGNORE) for c in safe.table.columns
    )
    notes = tuple(f.message for f in checks.findings)
    return Described(
        safe.table.select([*ids, *checks.keep]), safe.table[columns[0].name], columns, safe.report, notes
    )


def _with_lists(table: Table) -> Table:
    """Write lists of words ("Action Thriller") with the mark that tells their parts ("Action|Thriller")."""
    for column in table.columns:
        if column.kind is Kind.CATEGORY and column.role is Role.FEATURE:
            values = table[column.name]
            lists = {v: v.split() for v in set(values.tolist()) if v is not None}
            if _are_lists(list(lists.values())):
                made = np.array([None if v is None else "|".join(lists[v]) for v in values], dtype=object)
                table = table.put(column, made)
    return table


def _are_lists(lists: list[list[str]]) -> bool:
    """Whether values are combinations of few words, most of which stand alone as well."""
    words = {word for one in lists for word in one}
    alone = {one[0] for one in lists if len(one) == 1}
    return (
        0 < len(words) <= _VOCABULARY
        and len(lists) >= _COMBINED * len(words)
        and len(alone) >= _ALONE * len(words)
    )


def _with_texts(table: Table) -> Table:
    """Words that nearly each item has for itself are its name: text, where they are words."""
    for column in table.columns:
        if column.kind is not Kind.CATEGORY:
            continue
        present = [v for v in table[column.name].tolist() if v is not None]
        distinct = dict.fromkeys(present)
        worded = sum(" " in v.strip() or not v.isascii() for v in distinct)
        if len(distinct) > max(1, _NAMES * len(present)) and worded * 2 >= len(distinct):
            table = table.put(replace(column, kind=Kind.TEXT, role=Role.TEXT), table[column.name])
    return table


def unused(rows: Table, names: Sequence[str], pseudonyms: Pseudonyms, enabled: bool) -> Described:
    """Describe columns of the interactions that nothing uses; their values go no further.

    What personal data they hold is judged on at most 4,000 rows, evenly spaced.
    """
    place = np.unique(np.linspace(0, max(0, rows.rows - 1), min(rows.rows, _LOOKED_AT)).astype(np.int64))
    left = rows.select(names)
    if not names:
        return Described(left, np.empty(0, dtype=object), (), (), ())
    safe = desensitise(left.take(place), pseudonyms, enabled=enabled)
    columns = tuple(
        replace(c, role=Role.IGNORE, reason=say("interactions.changes")) for c in safe.table.columns
    )
    notes = (say("interactions.not_used", columns=", ".join(safe.table.names)),)
    return Described(safe.table.take(slice(0, 0)), np.empty(0, dtype=object), columns, safe.report, notes)
