"""Read interactions: which rows count, which columns play a part, who and what is meant.

Rows that name no user or no item say nothing and are left out, with a note; so are rows
without a time or a value where others have one. Users and items are numbered in the
order seen, so that renaming them changes nothing. Attributes are read elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadOption, MissingColumn, UserFault
from pilothouse.messages import Message, say
from pilothouse.models.ranking import Codes
from pilothouse.steps.prepare.codes import is_missing
from pilothouse.steps.prepare.columns import clear_infinite
from pilothouse.types import Kind, Role, Table

FEWEST_USERS, FEWEST_ITEMS = 20, 10
_MOSTLY_VALUED = 0.5
_YEAR_2100 = 4_102_444_800  # in seconds since 1970
_LATEST = 8e15  # in milliseconds since 1970: beyond, microseconds do not fit into 64 bits


@dataclass(frozen=True)
class Rows:
    """The interactions that count, and the names of the columns that play a part."""

    table: Table
    user: str
    item: str
    time: str | None
    value: str | None
    notes: tuple[Message, ...]


def counted(table: Table, relevant_from: float | None) -> Rows:
    """Leave out rows that say nothing, and find the columns that play a part.

    Parameters
    ----------
    table
        As collected, roles set.
    relevant_from
        Where set, there must be values.

    Raises
    ------
    MissingColumn, BadOption
        No column of users or items; a value or a time that is none.
    """
    names = ", ".join(table.names[:20])
    user = next((c.name for c in table.of_role(Role.USER)), None)
    item = next((c.name for c in table.of_role(Role.ITEM)), None)
    if user is None:
        raise MissingColumn(say("interactions.no_user"), say("interactions.no_user_fix", names=names))
    if item is None:
        raise MissingColumn(say("interactions.no_item"), say("interactions.no_item_fix", names=names))
    table = clear_infinite(table)
    for name in (user, item):
        table = table.put(replace(table.column(name), kind=Kind.CATEGORY), as_ids(table[name]))
    notes: list[Message] = []

    def keep(stays: NDArray[np.bool_], note: str, **told: Any) -> None:
        nonlocal table
        if not stays.all():
            notes.append(say(f"interactions.{note}", rows=int((~stays).sum()), **told))
            table = table.take(stays)

    keep(_named(table[user]) & _named(table[item]), "dropped_unnamed")
    time = next((c.name for c in table.of_role(Role.TIME)), None)
    if time is not None:
        table = table.put(replace(table.column(time), kind=Kind.TIME), moments(table[time], time))
        keep(~np.isnat(table[time]), "dropped_untimed", column=time)
    value = next((c.name for c in table.of_role(Role.VALUE) if c.kind is Kind.NUMBER), None)
    if value is not None:
        share = float(np.isnan(table[value]).mean()) if table.rows else 0.0
        if share > _MOSTLY_VALUED and relevant_from is None:
            notes.append(say("interactions.values_unused", column=value, share=share))
            value = None
        else:
            keep(~np.isnan(table[value]), "dropped_unvalued", column=value)
    elif relevant_from is not None:
        raise BadOption(say("interactions.no_values", least=relevant_from), say("interactions.no_values_fix"))
    return Rows(table, user, item, time, value, tuple(notes))


def as_ids(values: NDArray[Any]) -> NDArray[Any]:
    """Ids as text: whole numbers without a point, missing as None."""
    if values.dtype == object:
        return values
    made = np.empty(len(values), dtype=object)
    made[:] = [
        None if v != v else str(int(v)) if v.is_integer() else repr(v)
        for v in values.astype(np.float64).tolist()
    ]
    return made


def _is_named(value: str | None) -> bool:
    return value is not None and bool(value.strip())


def _named(values: NDArray[Any]) -> NDArray[np.bool_]:
    blank = {v for v in set(values.tolist()) if not _is_named(v)}
    if not blank:
        return np.ones(len(values), dtype=bool)
    return np.fromiter((v not in blank for v in values.tolist()), dtype=bool, count=len(values))


def moments(values: NDArray[Any], name: str) -> NDArray[Any]:
    """Times; a number counts seconds since 1970, or milliseconds where seconds end after 2100."""
    if values.dtype.kind == "M":
        return values
    if values.dtype == object:
        raise BadOption(say("prepare.not_a_time", column=name), say("prepare.not_a_time_fix"))
    missing = is_missing(values) | (np.abs(values) > _LATEST)
    known = values[~missing]
    scale = 1e3 if len(known) and np.median(known) >= _YEAR_2100 else 1e6
    made = np.where(missing, 0.0, values * scale).astype(np.int64).astype("datetime64[us]")
    made[missing] = np.datetime64("NaT")
    return made


@dataclass(frozen=True)
class Side:
    """A table of users or items of its own: ``key`` names its ids, as text."""

    table: Table
    key: str
    notes: tuple[Message, ...]


def side_of(tables: Mapping[str, Table], which: str, name: str) -> Side | None:
    """Find the table of users or items, and its ids.

    Parameters
    ----------
    which
        "users" or "items".
    name
        What the interactions call the id.

    Returns
    -------
    Side or None
        The id is the first column of that role, else the one called ``name``, else the
        first of role ID; None where there is no such table.
    """
    table = tables.get(which)
    if table is None or not table.columns:
        return None
    role = Role.USER if which == "users" else Role.ITEM
    fitting = [c.name for c in table.of_role(role)] + [n for n in table.names if n == name]
    fitting += [c.name for c in table.of_role(Role.ID)]
    if not fitting:
        fix = say("interactions.no_key_fix", name=name, role=str(role))
        raise MissingColumn(say("interactions.no_key", table=which), fix)
    key = fitting[0]
    ids = as_ids(table[key])
    repeated = len(ids) - len(set(ids.tolist()))
    notes = (say("interactions.same_id", rows=repeated, table=which),) if repeated else ()
    return Side(table.put(replace(table.column(key), kind=Kind.CATEGORY), ids), key, notes)


def number(values: NDArray[Any], side: Side | None) -> tuple[NDArray[Any], Codes]:
    """Number ids in the order seen: in the interactions first, then in their own table.

    Returns
    -------
    ids, codes
        The different ids, and for each interaction the position of its id among them.
    """
    more = [] if side is None else [v for v in side.table[side.key].tolist() if _is_named(v)]
    listed = values.tolist()
    place = {v: i for i, v in enumerate(dict.fromkeys([*listed, *more]))}
    ids = np.empty(len(place), dtype=object)
    ids[:] = list(place)
    return ids, np.fromiter(map(place.__getitem__, listed), dtype=np.int64, count=len(listed))


def must_suffice(user: Codes, item: Codes) -> None:
    """Refuse fewer than 20 users or 10 items: a ranking of them says nothing."""
    users, items = len(np.unique(user)), len(np.unique(item))
    fix = say("interactions.few_users_fix")
    if users == 1:
        raise UserFault(say("interactions.one_user"), fix)
    if users < FEWEST_USERS:
        raise UserFault(say("interactions.few_users", users=users, least=FEWEST_USERS), fix)
    if items < FEWEST_ITEMS:
        few = say("interactions.few_items", items=items, least=FEWEST_ITEMS)
        raise UserFault(few, say("interactions.few_items_fix"))
