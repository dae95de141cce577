"""Take personal data out of a table before anything learns from it or writes it down.

Ids become pseudonyms (the column stays, so that answers are mapped back row by row),
columns of personal values are emptied and set aside, texts are masked, and so are
column names. What was done, and what was not checked, is told column by column.
The target is left as it is, name and classes: they are the user's own words. Raw ids that outputs
need are kept by the caller, not here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from pilothouse.guards.personal import (
    NameFinder,
    PersonalColumn,
    Pseudonyms,
    find_personal,
    name_finder,
    redact,
)
from pilothouse.guards.personal.values import find_in, find_in_each, mask
from pilothouse.messages import Message, say
from pilothouse.types import Column, Kind, Role, Table
from pilothouse.types.table import Values

_IDS = frozenset({Role.ID, Role.USER, Role.GROUP})
_SHARED = frozenset({Role.USER, Role.ITEM})  # named alike in every table: domain is the role

Treatment = Literal["pseudonym", "removed", "redacted", "not_checked"]


@dataclass(frozen=True)
class PersonalTreatment:
    """What was done to one column, as ``run.json`` keeps it."""

    column: str
    kind: str
    treatment: Treatment
    share: float
    reason: Message


@dataclass(frozen=True)
class Desensitised:
    """The table without raw personal values, and what was done to it."""

    table: Table
    report: tuple[PersonalTreatment, ...]


def desensitise(
    table: Table, pseudonyms: Pseudonyms, *, enabled: bool = True, names: NameFinder | None = None
) -> Desensitised:
    """Replace, empty or mask personal values.

    Parameters
    ----------
    table
        As collected, roles set.
    pseudonyms
        The workspace's; the same id gets the same pseudonym in every run.
    enabled
        False (``desensitise = false`` in ``product.toml``) leaves all but ids as
        they are and says so for each column.
    names
        Finds names in free text; by default the extra ``privacy`` when installed.
    """
    whole = {found.column: found for found in find_personal(table)}
    report: list[PersonalTreatment] = []
    if names is None and enabled and any(c.kind is Kind.TEXT for c in table.columns):
        names = name_finder()
    for column in table.columns:
        found = whole.get(column.name)
        if column.role in _IDS or (column.role is Role.ITEM and found is not None and found.whole):
            table, done = _name_anew(table, column, pseudonyms, found)
        elif column.role is Role.TARGET or column.kind is Kind.TIME:
            continue
        elif not enabled:
            done = [_left(found)] if found else []
        elif found is not None and found.whole:
            table, done = _empty(table, column, found)
        else:
            table, done = _mask(table, column, names)
        report += done
    return _mask_headings(table, report) if enabled else Desensitised(table, tuple(report))


def _kind(kind: str) -> Message:
    return say(f"personal.kind_{kind}")


def _name_anew(
    table: Table, column: Column, pseudonyms: Pseudonyms, found: PersonalColumn | None
) -> tuple[Table, list[PersonalTreatment]]:
    kind = found.kind if found else "id"
    domain = str(column.role) if column.role in _SHARED else f"{column.role}:{column.name}"
    values = pseudonyms.of(_as_text(table[column.name], column.kind), domain)
    table = table.put(replace(column, kind=Kind.CATEGORY, personal=kind), values)
    share = found.share if found else 1.0
    return table, [PersonalTreatment(column.name, kind, "pseudonym", share, say("personal.pseudonym"))]


def _as_text(values: Values, kind: Kind) -> Values:
    """Ids as text: whole numbers without a point, times in ISO form, missing as None."""
    if values.dtype == object:
        return values
    text = np.empty(len(values), dtype=object)
    if kind is Kind.TIME:
        text[:] = [None if v is None else v.isoformat() for v in values.tolist()]
    else:
        text[:] = [
            None if v != v else str(int(v)) if v.is_integer() else repr(v)
            for v in values.astype(np.float64).tolist()
        ]
    return text


def _left(found: PersonalColumn) -> PersonalTreatment:
    reason = say("personal.switched_off", kind=_kind(found.kind))
    return PersonalTreatment(found.column, found.kind, "not_checked", found.share, reason)


def _empty(table: Table, column: Column, found: PersonalColumn) -> tuple[Table, list[PersonalTreatment]]:
    how = "both" if found.by_name and found.by_content else "name" if found.by_name else "content"
    reason = say(f"personal.removed_by_{how}", kind=_kind(found.kind), share=found.share)
    new = replace(
        column,
        kind=Kind.CATEGORY,
        role=Role.IGNORE,
        reason=reason,
        missing=1.0,
        distinct=0,
        personal=found.kind,
    )
    table = table.put(new, np.full(table.rows, None, dtype=object))
    return table, [PersonalTreatment(column.name, found.kind, "removed", found.share, reason)]


def _mask(table: Table, column: Column, names: NameFinder | None) -> tuple[Table, list[PersonalTreatment]]:
    if column.kind not in (Kind.TEXT, Kind.CATEGORY):
        return table, []
    listed = table[column.name].tolist()
    distinct = [v for v in dict.fromkeys(listed) if v]
    masked: dict[str, str] = {}
    kinds: Counter[str] = Counter()
    for position, spans in find_in_each(distinct):
        masked[distinct[position]] = mask(distinct[position], spans)
        kinds[spans[0].kind] += 1
    done = []
    if column.kind is Kind.TEXT and names is None and distinct:
        reason = say("personal.names_not_checked")
        done = [PersonalTreatment(column.name, "name", "not_checked", 0.0, reason)]
    elif column.kind is Kind.TEXT and names is not None:
        _mask_names(distinct, masked, kinds, names)
    if not masked:
        return table, done
    values = np.empty(len(listed), dtype=object)
    values[:] = [masked.get(v, v) for v in listed]
    kind, _ = kinds.most_common(1)[0]
    share = sum(v in masked for v in listed) / len(listed)
    reason = say("personal.redacted", count=len(masked), kind=_kind(kind))
    table = table.put(replace(column, personal=kind), values)
    return table, [PersonalTreatment(column.name, kind, "redacted", share, reason), *done]


def _mask_names(distinct: list[str], masked: dict[str, str], kinds: Counter[str], names: NameFinder) -> None:
    for value in distinct:
        before = masked.get(value, value)
        after = names.redact(before)
        if after != before:
            masked[value] = after
            kinds["name"] += 1


def _mask_headings(table: Table, report: list[PersonalTreatment]) -> Desensitised:
    """Rename columns whose own names hold personal values: a file without a header has such."""
    renamed: dict[str, str] = {}
    for name in (c.name for c in table.columns if c.role is not Role.TARGET):
        new = redact(name)
        if new != name:
            taken = {*table.names, *renamed.values()}
            number = 2
            while new in taken:
                new, number = f"{redact(name)}_{number}", number + 1
            renamed[name] = new
            kind = find_in(name)[0].kind
            reason = say("personal.redacted_heading", kind=_kind(kind))
            report.append(PersonalTreatment(name, kind, "redacted", 0.0, reason))
    if not renamed:
        return Desensitised(table, tuple(report))
    columns = tuple(replace(c, name=renamed.get(c.name, c.name)) for c in table.columns)
    values = {renamed.get(n, n): table[n] for n in table.names}
    told = tuple(replace(t, column=renamed.get(t.column, t.column)) for t in report)
    return Desensitised(replace(table, columns=columns, values=values), told)
