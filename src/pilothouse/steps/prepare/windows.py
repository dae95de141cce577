"""Keep interactions aside: windows of time or a share of each user's, and the questions they make.

A window says what is known when it is asked (``before``), what may be learnt from
(``learn``: the same without floods) and what is asked about (``after``). Nothing that
is asked about, and nothing later, is in what is known. Without times each user's
interactions are dealt at random, those of one user and item together.

Floods (bots, brigades) are bounded by two counts per learning part, each ten times
robust: one user may repeat one item at most max(10, 5 q) times and act at most
max(500, 20 q) times, where q is the 90th percentile of that count over all pairs or
users. Up to a tenth of all users may be bots before the bounds move with them (the
breakdown point of that percentile; Huber 1981, 1.4), and the earliest interactions
stay, so that a flood never displaces what was there before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.ranking import Codes, Interactions
from pilothouse.types.contest import Index

FEWEST_OF_USER = 5
MOST_OF_USER, TIMES_OF_USER = 500, 20
MOST_AGAIN, TIMES_AGAIN = 10, 5
_ROBUST = 0.9


@dataclass(frozen=True)
class Ledger:
    """Interactions with what every window needs of them.

    Parameters
    ----------
    line
        (n,) positions by user, each user's oldest first.
    pair
        (n,) number of the user and item together.
    pair_user, pair_item
        (pairs,) who and what that is, by user and item.
    """

    taken: Interactions
    line: Index = field(repr=False)
    pair: Codes = field(repr=False)
    pair_user: Codes = field(repr=False)
    pair_item: Codes = field(repr=False)

    @staticmethod
    def of(taken: Interactions) -> Ledger:
        """Sort and number ``taken``."""
        if taken.time is None:
            line = np.argsort(taken.user, kind="stable")
        else:
            line = np.argsort(taken.time, kind="stable")
            line = line[np.argsort(taken.user[line], kind="stable")]
        pairs, pair = np.unique(taken.user * taken.items + taken.item, return_inverse=True)
        return Ledger(taken, line, pair, pairs // taken.items, pairs % taken.items)

    def among(self, rows: Index) -> Index:
        """Return ``rows`` in the order of ``line``."""
        inside = np.zeros(len(self.line), dtype=bool)
        inside[rows] = True
        found: Index = self.line[inside[self.line]]
        return found


@dataclass(frozen=True)
class Window:
    """One part kept aside.

    Parameters
    ----------
    learn, before, after
        Positions of interactions: learnt from, known when asked, asked about.
    now
        When it is asked, microseconds since 1970: the first moment of the window; None
        without times.
    """

    learn: Index = field(repr=False)
    before: Index = field(repr=False)
    after: Index = field(repr=False)
    now: int | None = None


@dataclass(frozen=True)
class Asked:
    """The questions of one window: whom, and what they took then.

    Parameters
    ----------
    users
        (q,) user codes, increasing.
    truth
        (q,) item codes joined by spaces, never empty.
    possible
        Questions there were before some were drawn.
    """

    users: Codes = field(repr=False)
    truth: NDArray[Any] = field(repr=False)
    possible: int


def over_time(ledger: Ledger, folds: int, test_share: float) -> tuple[Window, ...]:
    """Cut the table by time: rolling windows, the test window last.

    Parameters
    ----------
    ledger
        With times; interactions of one moment stay on one side.
    folds, test_share
        The last ``test_share`` of rows are the test; ``folds`` windows of half that
        size come right before it, each learnt from everything before it.

    Returns
    -------
    tuple of Window
        Fewer where moments are too few, none where there are not two cuts.
    """
    time = ledger.taken.time
    assert time is not None
    distinct, counts = np.unique(time, return_counts=True)
    if len(distinct) < 2:
        return ()
    before = np.cumsum(counts)[:-1] / len(time)
    shares = [1 - test_share * (1 + (folds - f) / 2) for f in range(folds)] + [1 - test_share]
    cuts = sorted({int(distinct[1:][np.argmin(np.abs(before - share))]) for share in shares if share > 0})
    if len(cuts) < 2:
        return ()
    made = []
    for cut, end in zip(cuts, [*cuts[1:], int(distinct[-1]) + 1], strict=True):
        known = np.flatnonzero(time < cut)
        made.append(Window(bounded(ledger, known), known, np.flatnonzero((time >= cut) & (time < end)), cut))
    return tuple(made)


def per_user(ledger: Ledger, folds: int, test_share: float, repeats: bool, seed: int) -> tuple[Window, ...]:
    """Deal each user's interactions: ``folds`` windows, the test window last.

    Users with fewer than five interactions (different items, unless ``repeats``) are
    only learnt from. There are no windows where no user has five.
    """
    owner = ledger.taken.user if repeats else ledger.pair_user
    lot = np.random.default_rng([seed, len(owner)]).random(len(owner))
    line = np.lexsort((lot, owner))
    place = np.empty(len(owner), dtype=np.int64)
    place[line] = _nth(owner[line])
    count = np.bincount(owner)[owner]
    held = np.maximum(1, np.round(test_share * count)).astype(np.int64)
    part = np.where(place < held, folds, (place - held) % folds)
    part[count < FEWEST_OF_USER] = -1
    if not repeats:
        part = part[ledger.pair]
    if not (part == folds).any():
        return ()
    made = []
    for number in range(folds + 1):
        known = np.flatnonzero((part != folds) & (part != number))
        made.append(Window(bounded(ledger, known), known, np.flatnonzero(part == number)))
    return tuple(made)


def bounded(ledger: Ledger, rows: Index) -> Index:
    """Leave out what one user did beyond all bounds; see the module's opening.

    Parameters
    ----------
    rows
        (m,) positions of interactions.

    Returns
    -------
    (k,) those that stay, increasing.
    """
    if not len(rows):
        return rows
    line = ledger.among(rows)
    pair = ledger.pair[line]
    line = line[_nth(pair) < _bound(pair, MOST_AGAIN, TIMES_AGAIN)]
    user = ledger.taken.user[line]
    return np.sort(line[_nth(user) < _bound(user, MOST_OF_USER, TIMES_OF_USER)])


def _bound(keys: Codes, least: int, times: int) -> int:
    counts = np.bincount(keys)
    return max(least, times * int(np.quantile(counts[counts > 0], _ROBUST, method="lower")))


def _nth(keys: Codes) -> Codes:
    """Count, for each key, how often it stood before: [7, 8, 7] gives [0, 0, 1]."""
    line = np.argsort(keys, kind="stable")
    counts = np.bincount(keys)
    place = np.empty(len(keys), dtype=np.int64)
    place[line] = np.arange(len(keys)) - np.repeat(np.cumsum(counts) - counts, counts)
    return place


def ask(
    ledger: Ledger, window: Window, relevant: NDArray[np.bool_], repeats: bool, draw: tuple[int, int]
) -> Asked:
    """Ask each user who took something relevant in the window.

    Parameters
    ----------
    relevant
        (n,) whether an interaction counts as truth.
    repeats
        Whether an item the user took before counts again.
    draw
        (most questions, seed).
    """
    right = np.zeros(len(ledger.pair_user), dtype=bool)
    right[ledger.pair[window.after[relevant[window.after]]]] = True
    if not repeats:
        right[ledger.pair[window.before]] = False
    pair = np.flatnonzero(right)
    users, starts = np.unique(ledger.pair_user[pair], return_index=True)
    most, seed = draw
    chosen = np.arange(len(users))
    if len(users) > most:
        chosen = np.sort(np.random.default_rng([seed, len(users)]).permutation(len(users))[:most])
    words = ledger.pair_item[pair].tolist()
    ends = [*starts[1:].tolist(), len(pair)]
    truth = np.empty(len(chosen), dtype=object)
    for place, one in enumerate(chosen.tolist()):
        truth[place] = " ".join(map(str, words[starts[one] : ends[one]]))
    return Asked(users[chosen], truth, len(users))


def histories(ledger: Ledger, rows: Index, users: Codes) -> dict[str, NDArray[Any]]:
    """Gather what each of ``users`` did within ``rows``, oldest first.

    Returns
    -------
    dict
        ``history`` and, where known, ``value`` and ``time``: (users,) object arrays of
        one-dimensional arrays.
    """
    known = ledger.taken.take(ledger.among(rows))
    ends = np.cumsum(np.bincount(known.user, minlength=known.users))
    starts = np.concatenate([[0], ends[:-1]])
    pieces = list(zip(starts[users].tolist(), ends[users].tolist(), strict=True))
    found = {"history": _cut(known.item, pieces)}
    if known.value is not None:
        found["value"] = _cut(known.value, pieces)
    if known.time is not None:
        found["time"] = _cut(known.time, pieces)
    return found


def kept_aside(ledger: Ledger, window: Window, users: Codes) -> NDArray[Any]:
    """Gather the positions of what each of ``users`` did in the window, (users,) object array."""
    line = ledger.among(window.after)
    owner = ledger.taken.user[line]
    starts, ends = (np.searchsorted(owner, users, side=side).tolist() for side in ("left", "right"))
    return _cut(line, list(zip(starts, ends, strict=True)))


def _cut(values: NDArray[Any], pieces: list[tuple[int, int]]) -> NDArray[Any]:
    made = np.empty(len(pieces), dtype=object)
    for place, (start, end) in enumerate(pieces):
        made[place] = values[start:end]
    return made
