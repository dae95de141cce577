"""Rows with a past: what each row's user did before the row was asked, as columns.

A table of events (user, time, and where there are such columns a type, an item, a value)
stands beside the rows. For each row, only events strictly before its moment are looked
at: the row's own time, or, where rows have none, the end of the events. They become
figures over windows (``eventwindows``), which any model reads, and sequences of the last
events, which the behaviour model reads. A ``Lens`` holds all that a release needs to see
the same in new rows. Ids join rows and events and go no further.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import MissingColumn, UserFault
from pilothouse.messages import Message, say
from pilothouse.models.pasts import FIGURE, FIRST, GAPS, ITEMS, RARE, TYPES, VALUES
from pilothouse.steps.prepare.codes import is_missing
from pilothouse.steps.prepare.columns import HUGE
from pilothouse.steps.prepare.eventwindows import Counted, Stream, Whole, count
from pilothouse.steps.prepare.taken import as_ids, moments
from pilothouse.types import Column, Kind, Role, Table

WINDOWS = (1, 7, 30, 90)
LONGEST = 128
_NOTHING = 0

_MOST_TYPES, _MOST_ITEMS, _RARE_ITEM = 200, 5_000, 5
_COUNTED = 12
_SECOND = 1_000_000.0


@dataclass(frozen=True)
class Lens:
    """How rows and events are read, fixed before anything is learnt.

    Parameters
    ----------
    key, asked
        Columns of the rows: whose they are, and their moment (None: the end of the events).
    user, time, type, item, value
        Columns of the events; the last three may be None.
    types, items
        Known words, the most frequent first; the first few types are counted singly.
    windows
        Days.
    longest
        Events in a sequence, at most.
    figures
        Names of the figures, none of which a column of the rows has.
    """

    key: str
    asked: str | None
    user: str
    time: str
    type: str | None
    item: str | None
    value: str | None
    types: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    windows: tuple[int, ...] = WINDOWS
    longest: int = LONGEST
    figures: tuple[str, ...] = ()

    @property
    def singly(self) -> int:
        """How many types are counted each for itself."""
        return min(len(self.types), _COUNTED) if len(self.types) > 1 else 0

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the events, as a request has them without the user."""
        words = ((self.type, Role.FEATURE), (self.item, Role.ITEM))
        named = [Column(n, Kind.CATEGORY, role) for n, role in words if n is not None]
        value = [] if self.value is None else [Column(self.value, Kind.NUMBER, Role.VALUE)]
        return (Column(self.time, Kind.TIME, Role.TIME), *named, *value)

    def state(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return asdict(self)

    @staticmethod
    def restore(state: Mapping[str, Any]) -> Lens:
        """Rebuild from ``state``."""
        listed = {n: tuple(state[n]) for n in ("types", "items", "windows", "figures")}
        return Lens(**{**state, **listed})


@dataclass(frozen=True)
class Cleaned:
    """Events that can be placed: ids as text, times, words, values; and what was left out."""

    user: NDArray[Any]
    time: Whole
    type: NDArray[Any]
    item: NDArray[Any]
    value: NDArray[np.float64]
    notes: tuple[Message, ...]


def learn_lens(rows: Table, events: Table) -> Lens:
    """Find the columns that play a part, and the words that are frequent enough to have a number.

    Parameters
    ----------
    rows
        Roles set; needs a user or an id.
    events
        Roles set; needs a user and a time.

    Raises
    ------
    MissingColumn
        Naming what is not there.
    """
    user = _role(events, Role.USER)
    time = _role(events, Role.TIME)
    if user is None or time is None:
        missing = say("behaviour.role_user") if user is None else say("behaviour.role_time")
        fix = say("behaviour.no_role_fix", names=", ".join(events.names[:20]))
        raise MissingColumn(say("behaviour.no_role", role=missing), fix)
    own = [c.name for role in (Role.USER, Role.ID, Role.GROUP) for c in rows.of_role(role)]
    if not own:
        raise MissingColumn(say("behaviour.no_key"), say("behaviour.no_key_fix", name=user))
    words = [c for c in events.of_role(Role.FEATURE) if c.kind is Kind.CATEGORY]
    kind = next((c.name for c in words if 1 < c.distinct <= _MOST_TYPES), None)
    item = _role(events, Role.ITEM)
    lens = Lens(
        key=user if user in own else own[0],
        asked=_role(rows, Role.TIME),
        user=user,
        time=time,
        type=kind,
        item=item,
        value=next((c.name for c in events.of_role(Role.VALUE) if c.kind is Kind.NUMBER), None),
    )
    types = () if kind is None else _frequent(events[kind], _MOST_TYPES, 1)
    items = () if item is None else _frequent(as_ids(events[item]), _MOST_ITEMS, _RARE_ITEM)
    lens = replace(lens, types=types, items=items)
    return replace(lens, figures=tuple(_free(name, rows.names) for name in _names(lens)))


def clean(lens: Lens, events: Table) -> Cleaned:
    """Leave out events that say nothing (nobody's, at no time) or that are there twice.

    An event is there twice where its id repeats, or, without ids, where all that is read
    of it repeats. Of one id with several bodies the first in order stands, however the
    events are ordered.
    """
    user, time = as_ids(events[lens.user]), moments(events[lens.time], lens.time)
    named = ~is_missing(user) & ~np.isnat(time)
    notes = [say("behaviour.unplaced", events=int((~named).sum()))] if not named.all() else []
    blank = np.full(events.rows, None, dtype=object)
    kind = blank if lens.type is None else as_ids(events[lens.type])
    item = blank if lens.item is None else as_ids(events[lens.item])
    value = np.full(events.rows, np.nan) if lens.value is None else events[lens.value].astype(np.float64)
    value = np.where(np.abs(value) > HUGE, np.nan, value) + 0.0
    micros = time.astype("datetime64[us]").astype(np.int64)
    ids = events.of_role(Role.ID)
    name = None if not ids else as_ids(events[ids[0].name])
    keep = np.flatnonzero(named)
    keep, twice, bodies = _once([user, micros, kind, item, value], name, keep)
    if twice:
        notes.append(say("behaviour.twice" if ids else "behaviour.identical", events=twice))
    if bodies:
        notes.append(say("behaviour.bodies", ids=bodies))
    return Cleaned(user[keep], micros[keep], kind[keep], item[keep], value[keep], tuple(notes))


def look(lens: Lens, rows: Table, cleaned: Cleaned, moment: Whole) -> Table:
    """Add to ``rows`` what their users did before each ``moment``.

    Parameters
    ----------
    rows
        Has the column ``lens.key``.
    moment
        (rows,) microseconds since 1970.

    Returns
    -------
    Table
        With figures (role FEATURE) and sequences (role PAST) as its last columns.
    """
    keys = as_ids(rows[lens.key]).tolist()
    place = {key: number for number, key in enumerate(dict.fromkeys(k for k in keys if k is not None))}
    asks = np.array([place.get(k, -1) for k in keys], dtype=np.int64)
    owner = np.fromiter((place.get(u, -1) for u in cleaned.user.tolist()), np.int64, len(cleaned.user))
    own = np.flatnonzero(owner >= 0)
    types, items = _coded(cleaned.type[own], lens.types), _numbered(cleaned.item[own])
    stream = Stream.sorted(owner[own], cleaned.time[own], types, items[1], cleaned.value[own])
    counted = count(replace(stream, kind=stream.kind - FIRST), asks, moment, lens.windows, lens.singly)
    known = _coded(items[0], lens.items)
    made = _figures(lens, rows, counted)
    coded = replace(stream, item=np.append(known, _NOTHING)[stream.item])
    return _sequences(lens, made, coded, (asks, counted.events[:, -1], counted.last))


def moments_of(lens: Lens, rows: Table, cleaned: Cleaned) -> Whole:
    """When each row is asked, in microseconds: its own time, else just after the last event.

    A row without a time of its own where others have one sees nothing of its past.
    """
    if lens.asked is None:
        last = int(cleaned.time.max()) + 1 if len(cleaned.time) else 0
        return np.full(rows.rows, last, dtype=np.int64)
    own = moments(rows[lens.asked], lens.asked)
    known = own.astype("datetime64[us]").astype(np.int64)
    return np.where(np.isnat(own), np.iinfo(np.int64).min // 2, known)


def told(lens: Lens, rows: Table, cleaned: Cleaned, seen: Table) -> tuple[Message, ...]:
    """What the reader must know: up to when events count, and how many rows have any.

    Raises
    ------
    UserFault
        When no row has an event before its moment: then nothing joins.
    """
    with_past = int(sum(len(one) > 0 for one in seen[TYPES]))
    if not with_past:
        raise UserFault(
            say("behaviour.no_past"),
            say("behaviour.no_past_fix", own=lens.key, user=lens.user, asked=lens.asked or lens.time),
        )
    if lens.asked is None:
        end = np.datetime64(int(cleaned.time.max()), "us").astype("datetime64[s]").item().isoformat(" ")
        when = say("behaviour.asked_at_end", moment=end)
    else:
        when = say("behaviour.asked_by_row", column=lens.asked)
    return (when, say("behaviour.with_past", rows=with_past, all=rows.rows), *cleaned.notes)


def _role(table: Table, role: Role) -> str | None:
    return next((c.name for c in table.of_role(role)), None)


def _frequent(values: NDArray[Any], most: int, least: int) -> tuple[str, ...]:
    counts = Counter(values.tolist())
    counts.pop(None, None)
    kept = sorted((v for v, n in counts.items() if n >= least), key=lambda v: (-counts[v], v))
    return tuple(kept[:most])


def _coded(values: NDArray[Any], known: Sequence[str]) -> Whole:
    """Numbers of words: rare or not known 1, then the known in order; a missing word is rare."""
    place = {word: number for number, word in enumerate(known, FIRST)}
    return np.fromiter((place.get(v, RARE) for v in values.tolist()), np.int64, len(values))


def _numbered(values: NDArray[Any]) -> tuple[NDArray[Any], Whole]:
    """Different words in alphabetical order, and the number of each value; -1 for none."""
    words = sorted({v for v in values.tolist() if v is not None})
    place = {word: number for number, word in enumerate(words)}
    ids = np.empty(len(words), dtype=object)
    ids[:] = words
    return ids, np.fromiter((place.get(v, -1) for v in values.tolist()), np.int64, len(values))


def _once(parts: list[NDArray[Any]], name: NDArray[Any] | None, keep: Whole) -> tuple[Whole, int, int]:
    """Positions to keep, how many were there twice, and ids with several bodies."""
    keys = [_numbered(p[keep])[1] if p.dtype == object else p[keep] for p in parts]
    keys[-1] = np.nan_to_num(keys[-1], nan=-HUGE)
    if name is not None:
        # An event whose id is missing is nobody's copy.
        own = _numbered(name[keep])[1]
        keys.insert(0, np.where(own < 0, -1 - np.arange(len(own)), own))
    order = np.lexsort(keys[::-1])
    laid = [key[order] for key in keys]
    changes = [np.append(True, key[1:] != key[:-1])[: len(key)] for key in laid]
    body = np.logical_or.reduce(changes)
    first = changes[0] if name is not None else body
    several = 0 if name is None else len(np.unique(laid[0][body & ~first]))
    return np.sort(keep[order[first]]), int((~first).sum()), several


def _names(lens: Lens) -> list[str]:
    """What the figures are called, in the order of ``_figures``."""
    kinds = [f"{lens.type}_{t}" for t in lens.types[: lens.singly]]
    names = []
    for span in (*(f"{d}d" for d in lens.windows), "all"):
        names.append(f"{FIGURE}{span}")
        names += [f"{FIGURE}{span}_{lens.value}_sum"] if lens.value is not None else []
        names += [f"{FIGURE}{span}_{lens.item}_different"] if lens.item is not None else []
        names += [f"{FIGURE}{span}_{kind}" for kind in kinds]
    return names + [f"{FIGURE}days_since_{what}" for what in ("last", "first", *kinds)]


def _free(name: str, taken: tuple[str, ...]) -> str:
    while name in taken:
        name += "_"
    return name


def _figures(lens: Lens, rows: Table, counted: Counted) -> Table:
    """Put the figures beside the rows, one column each."""
    laid: list[NDArray[Any]] = []
    for j in range(len(lens.windows) + 1):
        laid.append(counted.events[:, j])
        laid += [counted.total[:, j]] if lens.value is not None else []
        laid += [counted.items[:, j]] if lens.item is not None else []
        laid += list(counted.kinds[:, j].T)
    laid += [counted.last, counted.first, *counted.last_of.T]
    for name, whole in zip(lens.figures, laid, strict=True):
        values = whole.astype(np.float64)
        known = values[~np.isnan(values)]
        told = Column(
            name, Kind.NUMBER, missing=1 - len(known) / max(1, len(values)), distinct=len(np.unique(known))
        )
        rows = rows.put(told, values)
    return rows


def _sequences(lens: Lens, rows: Table, stream: Stream, asks: tuple[Whole, Whole, Any]) -> Table:
    """Put the last events of each row beside it.

    Parameters
    ----------
    stream
        Types and items as the numbers of the sequences.
    asks
        (rows,) each: the user, the events before the moment, the days since the last one.
    """
    user, events, last = asks
    start = np.searchsorted(stream.user, np.arange(int(stream.user.max(initial=-1)) + 1))
    begin = np.append(start, 0)[np.where(user < len(start), user, -1)]
    ends = begin + events
    starts = ends - np.minimum(events, lens.longest)
    gap = np.diff(stream.time, prepend=stream.time[:1]) / _SECOND
    gap[start[start < len(gap)]] = 0.0  # nothing is known before a user's first event
    wait = np.nan_to_num(last) * 86_400.0
    parts = {
        TYPES: stream.kind.astype(np.int32),
        ITEMS: stream.item.astype(np.int32),
        GAPS: gap.astype(np.float32),
        VALUES: stream.value.astype(np.float32),
    }
    spans = list(zip(starts.tolist(), ends.tolist(), strict=True))
    for name, flat in parts.items():
        column = np.empty(rows.rows, dtype=object)
        for row, (a, b) in enumerate(spans):
            column[row] = flat[a:b]
        if name == GAPS:
            for row, seconds in enumerate(wait.astype(np.float32)):
                column[row] = np.append(column[row], seconds)
        words = {TYPES: lens.types, ITEMS: lens.items}.get(name, ())
        rows = rows.put(Column(name, Kind.SEQUENCE, Role.PAST, classes=words), column)
    return rows
