"""Which columns of a table hold personal data, judged by their names and their content.

Neither decides alone against the other: a column called ``telephone`` that says
yes or no is a category, and a column called ``memo`` full of mobile numbers is one
of mobile numbers. Content is judged on an evenly spaced sample, so that a rare value
inside a text may be missed here; ``steps.prepare.desensitise`` searches every value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from pilothouse.guards.personal.values import find_in_each, is_bank_card
from pilothouse.guards.personal.words import is_name_shaped, kind_by_name, may_name_people
from pilothouse.types import Kind, Role, Table

SAMPLE = 4_000
_ENOUGH = 0.5  # of the values: then the column is one of this kind
_WHOLE, _WHOLE_TEXT = 0.8, 0.95  # of a value's characters: then the value is one
_NAMES = 0.6  # name-shaped values where the column may name people
_NAMES_ALONE = 0.9  # name-shaped values where its name says nothing
_FEW = 0.05  # distinct values by rows: below, a category


@dataclass(frozen=True)
class PersonalColumn:
    """A column with personal data.

    Parameters
    ----------
    column, kind
        Its name; "mobile", "email", "id_card", "bank_card", "plate", "address", "name", ...
    share
        Share of the sampled values that hold (or, by name only, may hold) such a value.
    by_name, by_content
        What gave it away. Where neither is true, single values inside texts did.
    """

    column: str
    kind: str
    share: float
    by_name: bool
    by_content: bool

    @property
    def whole(self) -> bool:
        """True where the column as such is personal, not only words inside its texts."""
        return self.by_name or self.by_content


def find_personal(table: Table) -> tuple[PersonalColumn, ...]:
    """Return the columns of ``table`` that hold personal data, in order.

    The target, times, sequences and pictures are not looked at.
    """
    found = []
    for column in table.columns:
        if column.role is Role.TARGET or column.kind in (Kind.TIME, Kind.SEQUENCE, Kind.PICTURE):
            continue
        values = _sample(table, column.name, column.kind)
        if values:
            judged = _judge(column.name, values, column.kind)
            found += [judged] if judged else []
    return tuple(found)


def _sample(table: Table, name: str, kind: Kind) -> list[str]:
    """Up to ``SAMPLE`` present values as text, evenly spaced over the rows."""
    values = table[name]
    if kind is Kind.NUMBER:
        present = values[np.isfinite(values)]
        taken = present[_spread(len(present))]
        whole = taken == np.floor(taken)
        return [f"{v:.0f}" if w else repr(float(v)) for v, w in zip(taken, whole, strict=True)]
    taken = [v for v in values[_spread(len(values), 2 * SAMPLE)].tolist() if v]
    if not taken:
        taken = [v for v in values.tolist() if v][:SAMPLE]
    return taken


def _spread(rows: int, size: int = SAMPLE) -> np.ndarray:
    return np.unique(np.linspace(0, rows - 1, min(rows, size)).astype(np.int64)) if rows else np.arange(0)


def _judge(name: str, values: list[str], kind: Kind) -> PersonalColumn | None:
    if kind is Kind.NUMBER:
        return _judge_numbers(name, values)
    total = len(values)
    whole: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for position, spans in find_in_each(values):
        covered = sum(s.end - s.start for s in spans)
        inside[spans[0].kind] += 1
        if covered >= (_WHOLE_TEXT if kind is Kind.TEXT else _WHOLE) * len(values[position].strip()):
            whole[spans[0].kind] += 1
    hinted = kind_by_name(name)
    common, count = whole.most_common(1)[0] if whole else ("", 0)
    if count >= _ENOUGH * total:
        return PersonalColumn(name, common, count / total, hinted is not None, True)
    people = _name_share(values) if kind is not Kind.TEXT else 0.0
    if hinted and _may_be(hinted, values, people):
        return PersonalColumn(name, hinted, people if hinted == "name" else 1.0, True, False)
    if not _is_category(values) and hinted is None:
        bar = _NAMES if may_name_people(name) else _NAMES_ALONE
        if people >= bar and len(set(values)) >= 20:
            return PersonalColumn(name, "name", people, False, True)
    if inside:
        common, _ = inside.most_common(1)[0]
        return PersonalColumn(name, common, inside.total() / total, False, False)
    return None


def _judge_numbers(name: str, values: list[str]) -> PersonalColumn | None:
    """Numbers to call, or cards, that were read as numbers."""
    hinted = kind_by_name(name)
    mobiles = sum(len(v) == 11 and v[0] == "1" and v[1] in "3456789" for v in values) / len(values)
    cards = sum(len(v) >= 13 and v.isdecimal() and is_bank_card(v) for v in values) / len(values)
    kind, share = max((("mobile", mobiles), ("bank_card", cards)), key=lambda pair: pair[1])
    if share >= (_ENOUGH if hinted else _NAMES_ALONE):
        return PersonalColumn(name, kind, share, hinted is not None, True)
    long = sum(v.isdecimal() and len(v) >= 7 for v in values) / len(values)
    if hinted in ("mobile", "bank_card", "id_card") and long >= 0.8 and not _is_category(values):
        return PersonalColumn(name, hinted, long, True, False)
    return None


def _is_category(values: list[str]) -> bool:
    distinct = len(set(values))
    return distinct <= 3 or (len(values) >= 40 and distinct <= max(3, _FEW * len(values)))


def _digits(value: str) -> int:
    return sum(c.isdigit() for c in value)


_PLAUSIBLE: Mapping[str, Callable[[str], bool]] = {
    "mobile": lambda v: _digits(v) >= 6,
    "id_card": lambda v: _digits(v) >= 5,
    "bank_card": lambda v: _digits(v) >= 8,
    "email": lambda v: "@" in v,
    "plate": lambda v: _digits(v) >= 1 and len(v) <= 12,
    "ip": lambda v: v.count(".") == 3 or ":" in v,
    "address": lambda v: len(v) >= 6,
    "wechat": lambda v: len(v) >= 4,
    "name": lambda v: not any(c.isdigit() for c in v),
}


def _may_be(kind: str, values: list[str], people: float) -> bool:
    """Tell whether content leaves the name's promise possible: not a category, the right look."""
    looks = sum(map(_PLAUSIBLE[kind], values)) / len(values)
    if kind == "name" and people >= _NAMES:
        return len(set(values)) > 3
    return looks >= _ENOUGH and not _is_category(values)


def _name_share(values: list[str]) -> float:
    return sum(map(is_name_shaped, values)) / len(values)
