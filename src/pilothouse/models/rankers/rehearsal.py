"""A rehearsal inside the learning part: what is held back, and how well lists meet it.

Settings of rankers and weights of mixtures are chosen on it; the test part is never
seen. With times the latest interactions of the whole table are held back, so newcomers
are asked about too, as after a release. Without times some of each user's are, drawn at
random: the order of a file may be that of anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.ranking import Codes, Interactions
from pilothouse.types import Column, Data, Kind, Role, Table

DEPTH = 10
"""Lists are judged to this depth."""
SHARE = 0.2
_LEAST = 20

Asked = tuple[int, Interactions, Interactions, Codes]


@dataclass(frozen=True)
class Rehearsal:
    """Learning rows, and requests whose answers are known.

    Parameters
    ----------
    learn
        Data to fit on.
    requests
        As a service would get them.
    wanted
        For each request the codes that were taken afterwards.
    """

    learn: Data
    requests: Table
    wanted: tuple[Codes, ...] = field(repr=False)


def rehearse(
    data: Data, *, repeats: bool, seed: int = 0, most: int = 3_000, twice: bool = True
) -> Rehearsal | None:
    """Hold a fifth of the interactions back and ask for it, with times for each user twice.

    Once before all that was held back, which is what a list for the coming weeks is
    for; once before the last of it with all else in the history, which is what a list
    for the next click is for. Without times nothing is last.

    Parameters
    ----------
    data
        The learning data.
    repeats
        Whether items of a history count when taken again.
    seed
        Draws the users asked, where there are more than ``most``, and without times what is
        held back.
    twice
        Whether the second question is asked, where there are times.

    Returns
    -------
    Rehearsal or None
        None when fewer than 20 requests would be left.
    """
    told = Interactions.of(data)
    held = _held(told, seed)
    drawn = np.unique(told.user[held])
    if len(drawn) > most:
        drawn = np.sort(np.random.default_rng(seed).choice(drawn, most, replace=False))
    before, after = _pieces(told, ~held, drawn), _pieces(told, held, drawn)
    whole = _pieces(told, np.ones(len(held), dtype=bool), drawn)
    twice = twice and told.time is not None
    many = [n for n, one in enumerate(after) if twice and len(one.item) > 1]
    asked = [
        *_new(zip(drawn.tolist(), before, after, strict=True), repeats),
        *_new(((int(drawn[n]), _cut(whole[n], 0, -1), _cut(after[n], -1, None)) for n in many), repeats),
    ]
    learn = data.take(~held)
    if len(asked) < _LEAST or learn.rows < _LEAST:
        return None
    users = np.array([one[0] for one in asked])
    requests = _requests(data, [one[1] for one in asked], [one[2] for one in asked], users)
    return Rehearsal(learn, requests, tuple(one[3] for one in asked))


def ndcg(lists: NDArray[np.int64], wanted: tuple[Codes, ...]) -> NDArray[np.float64]:
    """Normalised discounted gain of each list, (n,), relevance being 0 or 1.

    Parameters
    ----------
    lists
        (n, depth) codes, best first; a negative code never hits.
    wanted
        The relevant codes of each list.

    References
    ----------
    Jarvelin and Kekalainen, "Cumulated gain-based evaluation of IR techniques", 2002.
    """
    worth = 1.0 / np.log2(np.arange(2, lists.shape[1] + 2))
    ideal = np.cumsum(worth)
    counts = np.array([len(own) for own in wanted], dtype=np.int64)
    right = np.concatenate(wanted)
    base = 1 + max(int(right.max()), int(lists.max(initial=0)))
    keys = np.where(lists < 0, -1, lists + base * np.arange(len(lists))[:, None])
    hits = np.isin(keys, right + base * np.repeat(np.arange(len(lists)), counts))
    return np.asarray(hits @ worth / ideal[np.minimum(counts, lists.shape[1]) - 1])


def _held(told: Interactions, seed: int) -> NDArray[np.bool_]:
    """Mark what is held back: the latest fifth, or a random fifth of each user's (one at least)."""
    if told.time is not None:
        latest = np.argsort(told.time, kind="stable")
        held = np.zeros(len(told.user), dtype=bool)
        held[latest[int(len(latest) * (1.0 - SHARE)) :]] = True
        return held
    lot = np.random.default_rng([seed, len(told.user)]).random(len(told.user))
    order = np.lexsort((lot, told.user))
    counts = np.bincount(told.user, minlength=told.users)
    starts = np.cumsum(counts) - counts
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.repeat(starts, counts)
    back = np.maximum(1, np.round(SHARE * counts)).astype(np.int64)
    return np.asarray(place >= (counts - back)[told.user])


def _pieces(told: Interactions, mask: NDArray[np.bool_], users: Codes) -> list[Interactions]:
    """Cut what is marked into one piece for each of ``users``, each in order."""
    own = told.take(np.flatnonzero(mask & np.isin(told.user, users))).ordered()
    starts = np.searchsorted(own.user, users, side="left").tolist()
    ends = np.searchsorted(own.user, users, side="right").tolist()
    return [own.take(np.arange(start, end)) for start, end in zip(starts, ends, strict=True)]


def _cut(one: Interactions, start: int, end: int | None) -> Interactions:
    """Return a part of a user's interactions."""
    return one.take(np.arange(len(one.item))[start:end])


def _new(asked: Iterable[tuple[int, Interactions, Interactions]], repeats: bool) -> Iterator[Asked]:
    """Add what is wanted, and leave out whoever wants nothing new."""
    for user, before, after in asked:
        wanted = np.unique(after.item)
        if not repeats:
            wanted = wanted[~np.isin(wanted, before.item)]
        if len(wanted):
            yield user, before, after, wanted


def _requests(data: Data, before: list[Interactions], after: list[Interactions], users: Codes) -> Table:
    """Build the table of requests, one a user, asked when the first of ``after`` happened."""
    known = data.tables["users"]
    columns = [Column("user", Kind.CATEGORY, Role.USER), Column("history", Kind.SEQUENCE, Role.ITEM)]
    values = {
        "user": known[known.columns[0].name][users],
        "history": _objects([one.item for one in before]),
    }
    if before[0].value is not None:
        columns.append(Column("value", Kind.SEQUENCE, Role.VALUE))
        values["value"] = _objects([one.value for one in before])
    if before[0].time is not None:
        columns += [Column("time", Kind.SEQUENCE, Role.TIME), Column("now", Kind.TIME, Role.TIME)]
        values["time"] = _objects([one.time for one in before])
        first = [0 if one.time is None else int(one.time[0]) for one in after]
        values["now"] = np.array(first, dtype=np.int64).astype("datetime64[us]")
    for column in known.columns[1:]:
        columns.append(column)
        values[column.name] = known[column.name][users]
    return Table(tuple(columns), values, "requests")


def _objects(parts: list[Any]) -> NDArray[np.object_]:
    """Put arrays of different lengths into one object array."""
    made = np.empty(len(parts), dtype=object)
    for row, part in enumerate(parts):
        made[row] = part
    return made
