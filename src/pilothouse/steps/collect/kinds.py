"""What a column is: numbers, times, categories or text, decided from all its values.

A column is numeric only when nearly all of its cells are numbers and none is a code
that a number would destroy. A word such as ``NA`` or ``unknown`` means "missing" among
numbers and times only; elsewhere it may be a customer. Cells that do not fit become
missing and are reported, their row stays. Roles are not decided here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import Message, say
from pilothouse.steps.collect.numbers import (
    EMPTY,
    currency,
    is_code,
    is_infinite,
    is_marker,
    is_whole,
    number,
)
from pilothouse.steps.collect.times import Times, find_day_first, has_zone, is_time
from pilothouse.types import Kind

MIXED, _YUAN = "¤", {"¥", "元"}
"""The sign of money in no currency of its own: cells write several."""
_NEARLY_ALL = 0.98
_FEWEST_SAID, _RARELY_TWICE = 3.0, 0.9
_LOOK = 2000  # different values looked at before all are
_NAMED_TIME = re.compile(
    r"(date|time|timestamp|day|month|created|updated)(:\w+)?$|(^|_)(dt|ts)$|_at$|^(date|time)|日期|时间|日$",
    re.IGNORECASE,
)
_YEAR_1900 = np.datetime64("1900-01-01", "us")
_YEAR_2101 = np.datetime64("2101-01-01", "us")
_NOT_A_TIME = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Plan:
    """How the cells of one column are read.

    Parameters
    ----------
    name, kind
        The column and what it becomes.
    times
        For a column of times.
    comma
        For numbers: 1.234,5 means 1234.5.
    waits
        It holds dates that the user has to settle first; kept as written.
    unit
        Of numbers, the currency that most cells write; see ``types.Column``.
    """

    name: str
    kind: Kind
    times: Times = Times()
    comma: bool = False
    waits: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Decision:
    """A plan with what the reader should know about it."""

    plan: Plan
    notes: tuple[Message, ...] = ()
    questions: tuple[Message, ...] = ()


def decide(name: str, counts: Mapping[str, int], forced: Kind | None, day_first: bool | None) -> Decision:
    """Decide how a column of text is read.

    Parameters
    ----------
    name
        Its name: digits such as 20250304 are dates only under a name that says so.
    counts
        How often each different cell occurs.
    forced
        The kind it must have, as a trained model knows it.
    day_first
        The user's answer for dates such as 03/04/2025.
    """
    present = {v: n for v, n in counts.items() if v not in EMPTY}
    if forced is Kind.NUMBER:
        return Decision(Plan(name, forced, comma=_is_comma(present), unit=_unit(present)))
    if forced is Kind.TIME:
        return _as_times(name, present, day_first, bare=True)
    if forced is not None:
        return Decision(Plan(name, forced))
    values = {v: n for v, n in present.items() if not is_marker(v)}
    if not values:
        return Decision(Plan(name, Kind.CATEGORY))
    return _numeric(name, values) or _temporal(name, values, day_first) or _words(name, present)


def decide_native(name: str, numbers: NDArray[np.float64]) -> Decision:
    """Decide how numbers that a source holds as such are read: seconds since 1970 are times.

    >>> decide_native("timestamp", np.array([1741046400.0, np.nan])).plan.kind
    <Kind.TIME: 'time'>
    """
    if _NAMED_TIME.search(name) and np.isfinite(numbers).any():
        different = np.unique(numbers[np.isfinite(numbers)])
        decision = _numeric(name, dict.fromkeys(_as_text(different, "number").tolist(), 1))
        if decision is not None and decision.plan.kind is Kind.TIME:
            return decision
    return Decision(Plan(name, Kind.NUMBER))


def _share(values: Mapping[str, int], fits: Callable[[str], bool]) -> float:
    """Share of cells that fit; 0 at once where the first values show that few do."""
    look = list(values)[:_LOOK]
    if sum(map(fits, look)) * 2 < len(look):
        return 0.0
    return sum(n for v, n in values.items() if fits(v)) / sum(values.values())


def _numeric(name: str, values: Mapping[str, int]) -> Decision | None:
    comma = False
    if _share(values, _is_number) <= _NEARLY_ALL:
        comma = _is_comma(values)
        if not comma:
            return None
    if _NAMED_TIME.search(name) and all(is_whole(v.removesuffix(".0")) for v in values):
        times = Times(bare=True)
        if all(_is_sound(times.read(v)) for v in values):
            return Decision(Plan(name, Kind.TIME, times), (say("collect.bare_times", column=name),))
    if not comma and sum(map(is_code, values)) and all(is_whole(v) for v in values if number(v) is not None):
        return Decision(Plan(name, Kind.CATEGORY), (say("collect.kept_as_text", column=name),))
    notes = (say("collect.decimal_comma", column=name),) if comma else ()
    return Decision(Plan(name, Kind.NUMBER, comma=comma, unit=_unit(values)), notes)


def _unit(values: Mapping[str, int]) -> str:
    """The currency that at least half of the cells write: "¤" where they write several."""
    if not any(currency(v) for v in list(values)[:_LOOK]):
        return ""
    often: Counter[str] = Counter()
    for value, count in values.items():
        often[currency(value)] += count
    bare = often.pop("", 0)
    if sum(often.values()) < bare:
        return ""
    if set(often) == _YUAN:  # beside 元 the sign is no yen
        return often.most_common(1)[0][0]
    return next(iter(often)) if len(often) == 1 else MIXED


def _is_number(text: str) -> bool:
    return number(text) is not None or is_infinite(text)


def _is_comma(values: Mapping[str, int]) -> bool:
    """Tell whether a column writes its decimals after a comma: some cell must prove it."""
    if not any("," in v and number(v) is None for v in list(values)[:_LOOK]):
        return False
    return _share(values, lambda v: number(v, comma=True) is not None) >= _NEARLY_ALL


def _is_sound(moment: int | None) -> bool:
    return moment is not None and bool(_YEAR_1900 <= np.datetime64(moment, "us") < _YEAR_2101)


def _temporal(name: str, values: Mapping[str, int], day_first: bool | None) -> Decision | None:
    bare = Times(bare=_NAMED_TIME.search(name) is not None)

    def fits(text: str) -> bool:
        return is_time(text) or bare.read(text) is not None

    if _share(values, fits) <= _NEARLY_ALL:
        return None
    return _as_times(name, values, day_first, bare.bare)


def _as_times(name: str, values: Mapping[str, int], day_first: bool | None, bare: bool) -> Decision:
    proven, is_open = find_day_first(values)
    settled = proven if proven is not None else day_first
    notes: list[Message] = []
    if is_open and settled is None:
        question = say("collect.which_first", column=name)
        return Decision(Plan(name, Kind.CATEGORY, waits=True), questions=(question,))
    if proven is not None and day_first is not None and proven != day_first:
        notes.append(say("collect.day_first_disagrees", column=name))
    zones = {has_zone(v) for v in values if not is_marker(v)}
    if len(zones) == 2:
        notes.append(say("collect.mixed_zones", column=name))
    return Decision(Plan(name, Kind.TIME, Times(settled, bare)), tuple(notes))


def _words(name: str, present: Mapping[str, int]) -> Decision:
    total, different = sum(present.values()), len(present)
    if different * 2 < total or different < 2:
        return Decision(Plan(name, Kind.CATEGORY))
    # A Chinese character says about as much as two letters.
    length = sum(len(v) + _wide(v) for v in present) / different
    spaced = sum(" " in v or _wide(v) > 0 for v in present)
    is_text = length >= 30 and spaced * 2 >= different
    # Short sentences that hardly ever repeat, such as questions, are texts too, and no codes.
    said = sum(max(v.count(" ") + 1, _wide(v) / 1.5) for v in present) / different
    is_text = is_text or (said >= _FEWEST_SAID and different >= _RARELY_TWICE * total)
    return Decision(Plan(name, Kind.TEXT if is_text else Kind.CATEGORY))


def _wide(text: str) -> int:
    return 0 if text.isascii() else sum("\u2e80" <= c <= "\uffef" for c in text)


def convert(cells: NDArray[Any], form: str, plan: Plan) -> tuple[NDArray[Any], list[int]]:
    """Turn cells into a column's values.

    Parameters
    ----------
    cells
        (rows,) as the stage hands them out.
    form
        "text", "number" or "time": how they stand there.
    plan
        How to read them.

    Returns
    -------
    values, bad
        The column, and the positions of cells that held something that is not of
        its kind; these are missing now.
    """
    if form == "number" and plan.kind is Kind.NUMBER:
        values = cells.astype(np.float64)
        infinite = np.isinf(values)
        values[infinite] = np.nan
        return values, np.flatnonzero(infinite).tolist()
    if form == "time" and plan.kind is Kind.TIME:
        return cells.astype("datetime64[us]"), []
    if form != "text":
        cells = _as_text(cells, form)
    if plan.kind is Kind.NUMBER:
        return _mapped(cells, lambda text: number(text, plan.comma), np.nan, np.dtype(np.float64))
    if plan.kind is Kind.TIME:
        found, bad = _mapped(cells, plan.times.read, _NOT_A_TIME, np.dtype(np.int64))
        return found.view("datetime64[us]"), bad
    # One object for equal values: a million rows of five categories hold five strings.
    known: dict[str, str | None] = dict.fromkeys(EMPTY)
    values = np.empty(len(cells), dtype=object)
    values[:] = [known.setdefault(cell, cell) for cell in cells.tolist()]
    return values, []


def _mapped(
    cells: NDArray[Any], read: Callable[[str], Any], blank: float, kind: np.dtype[Any]
) -> tuple[NDArray[Any], list[int]]:
    texts = cells.tolist()
    read_once = {text: read(text) for text in set(texts)}
    wrong = {text for text, value in read_once.items() if value is None and not is_marker(text)}
    filled = {text: blank if value is None else value for text, value in read_once.items()}
    values = np.fromiter(map(filled.__getitem__, texts), dtype=kind, count=len(texts))
    bad = [i for i, text in enumerate(texts) if text in wrong] if wrong else []
    return values, bad


def _as_text(cells: NDArray[Any], form: str) -> NDArray[Any]:
    """Spell native values as a text file would: 3, not 3.0."""
    texts = np.empty(len(cells), dtype=object)
    if form == "time":
        texts[:] = ["" if np.isnat(c) else str(c) for c in cells]
    else:
        texts[:] = ["" if np.isnan(c) else str(int(c)) if c.is_integer() else repr(c) for c in cells.tolist()]
    return texts


def count_odd_years(values: NDArray[Any]) -> int:
    """Count times before 1900 or after 2100."""
    return int(np.count_nonzero((values < _YEAR_1900) | (values >= _YEAR_2101)))


def count_cells(cells: Sequence[str]) -> Counter[str]:
    """Count how often each different cell occurs."""
    return Counter(cells)
