"""Count what happened before a moment: events over windows, by DuckDB window functions.

Only events strictly before the moment count; one at the moment itself may already be the
outcome. Events and moments enter as whole numbers and leave as one array a figure. The
work grows with events and moments as sorting does, however many moments a user has. This
module knows no table and no names (``eventful`` does).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.sql import locked

Whole = NDArray[np.int64]
Real = NDArray[np.float64]

DAY = 86_400_000_000
"""Microseconds."""


@dataclass(frozen=True)
class Stream:
    """Events, one entry each, in the order of user, time, type, item and value.

    Parameters
    ----------
    user
        From 0.
    time
        Microseconds since 1970.
    kind, item
        Numbers of the type and of the item; -1 for none.
    value
        NaN where there is none.
    """

    user: Whole = field(repr=False)
    time: Whole = field(repr=False)
    kind: Whole = field(repr=False)
    item: Whole = field(repr=False)
    value: Real = field(repr=False)

    @staticmethod
    def sorted(user: Whole, time: Whole, kind: Whole, item: Whole, value: Real) -> Stream:
        """Sort events, so that the order in which they came changes no figure, not even a last digit."""
        order = np.lexsort((value, item, kind, time, user))
        return Stream(user[order], time[order], kind[order], item[order], value[order])


@dataclass(frozen=True)
class Counted:
    """Figures of each moment, windows last: the last window is all of the past.

    Parameters
    ----------
    events, items
        (moments, windows) events, and different items among them.
    total
        (moments, windows) sum of the values.
    kinds
        (moments, windows, types) events of each type that is counted singly.
    last, first
        (moments,) days since the last and the first event; NaN where there is none.
    last_of
        (moments, types) days since the last event of each type.
    """

    events: Whole
    items: Whole
    total: Real
    kinds: Whole
    last: Real
    first: Real
    last_of: Real


def count(stream: Stream, user: Whole, moment: Whole, days: Sequence[int], kinds: int) -> Counted:
    """Count each user's events before each moment.

    Parameters
    ----------
    stream
        The events.
    user, moment
        (moments,) number of the user (-1: nobody), microseconds since 1970.
    days
        Lengths of the windows; all of the past is added as the last one.
    kinds
        Types 0 to ``kinds - 1`` are counted singly.
    """
    with locked() as held:
        held.register("events", {n: getattr(stream, n) for n in ("user", "time", "kind", "item", "value")})
        back = np.array([*(d * DAY for d in days), 0], dtype=np.int64)
        held.register("marks", _marks(user, moment, back))
        held.register("moments", {"row": np.arange(len(user)), "user": user, "time": moment})
        running = held.execute(_RUNNING.format(kinds="".join(_OF_KIND.format(k=k) for k in range(kinds))))
        found = {name: _plain(values) for name, values in running.fetchnumpy().items()}
        items = _different(held, days, len(user)) if (stream.item >= 0).any() else None
    shape = (len(user), len(back))
    events = _within(found["events"].reshape(shape))
    empty = np.zeros((len(user), len(back), 0))
    of_kind = [_within(found[f"kind_{k}"].reshape(shape)) for k in range(kinds)]
    since = (found["time"].reshape(shape)[:, -1:] - _ends(found, kinds, shape)) / DAY
    total = np.nan_to_num(found["total"]).reshape(shape)
    return Counted(
        events=events.astype(np.int64),
        items=np.zeros(shape, dtype=np.int64) if items is None else items,
        # Differences of running sums leave dust where nothing happened.
        total=np.where(events > 0, _within(total), 0.0),
        kinds=(np.stack(of_kind, axis=2) if of_kind else empty).astype(np.int64),
        last=since[:, 0],
        first=since[:, 1],
        last_of=since[:, 2:],
    )


# A mark stands before the events of its own microsecond: an event at the moment is not seen.
_RUNNING = """
with laid as (
    select user, time, kind, item, value, time as happened, null as row, null as span from events
    union all
    select user, time, null, null, null, null, row, span from marks
), seen as (
    select row, span, time, count(happened) over past as events, sum(value) over past as total,
        max(happened) over past as last, min(happened) over past as first{kinds}
    from laid
    window past as (
        partition by user order by time, happened nulls first, kind, item, value
        rows between unbounded preceding and current row
    )
)
select * from seen where row is not null order by row, span
"""
_OF_KIND = """,
        count(*) filter (where kind = {k}) over past as kind_{k},
        max(happened) filter (where kind = {k}) over past as last_{k}"""
_DIFFERENT = """
with laid as (
    select user, time, nullif(item, -1) as item, null as row from events
    union all
    select user, time, null, row from moments
), seen as (
    select row, {counts} from laid window {frames}
)
select * exclude (row) from seen where row is not null order by row
"""
_FRAME = "w{j} as (partition by user order by time range between {start} preceding and 1 preceding)"


def _marks(user: Whole, moment: Whole, back: Whole) -> dict[str, Whole]:
    """The moment itself and the start of each of its windows; nobody's marks meet no event."""
    rows, spans = len(user), len(back)
    return {
        "row": np.repeat(np.arange(rows), spans),
        "span": np.tile(np.arange(spans), rows),
        "user": np.repeat(user, spans),
        "time": (moment[:, None] - back).ravel(),
    }


def _different(held: Any, days: Sequence[int], rows: int) -> Whole:
    """Count different items in each window, (rows, windows)."""
    starts = [*(str(d * DAY) for d in days), "unbounded"]
    frames = ", ".join(_FRAME.format(j=j, start=start) for j, start in enumerate(starts))
    counts = ", ".join(f"count(distinct item) over w{j} as c{j}" for j in range(len(starts)))
    found = held.execute(_DIFFERENT.format(counts=counts, frames=frames)).fetchnumpy()
    return np.stack([_plain(found[f"c{j}"]) for j in range(len(starts))], axis=1).reshape(rows, -1)


def _plain(values: Any) -> NDArray[Any]:
    """DuckDB's column as an array: NULL is NaN."""
    if isinstance(values, np.ma.MaskedArray):
        return np.where(np.ma.getmaskarray(values), np.nan, values.data.astype(np.float64))
    return np.asarray(values)


def _within(running: NDArray[Any]) -> NDArray[Any]:
    """What was added since each window's start, from what had been by then, (rows, windows)."""
    return np.concatenate([running[:, -1:] - running[:, :-1], running[:, -1:]], axis=1)


def _ends(found: dict[str, NDArray[Any]], kinds: int, shape: tuple[int, int]) -> Real:
    """Moments of the last and first event, and of the last one of each type, (rows, 2 + kinds)."""
    names = ["last", "first", *(f"last_{k}" for k in range(kinds))]
    return np.stack([found[n].astype(np.float64).reshape(shape)[:, -1] for n in names], axis=1)
