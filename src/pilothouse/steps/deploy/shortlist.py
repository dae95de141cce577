"""Rules that a product manager sets for every list: what may stand there, and in which order.

In this order: what is not allowed goes; boosts and worth move scores; variety and caps
choose. Scores of a list have no unit, so all moves are in standard deviations of the
list that was handed in: a boost of 1 lifts an item by one. *Worth* ranks by chance times
value, where the chances within a list are taken as proportional to exp(z) and z is the
score in standard deviations (Luce 1959): an item of e times the median value rises by
one. *Variety* is maximal marginal relevance (Carbonell and Goldstein 1998) over the words
that items share in their columns of categories.

``apply`` only orders what it is handed. To bring up what no list would hold, take
``mask`` before ranking: an allow-list then has the whole catalogue to choose from; and
hand on what ``within_reach`` finds, so that boosts and worth have as well.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from pilothouse.errors import BadOption, MissingColumn
from pilothouse.messages import say
from pilothouse.models.ranking import NOTHING, Codes, best
from pilothouse.types import Kind, Table

Floats = NDArray[np.float64]

_LAST = -20.0  # standard deviations: where an item that is worth nothing stands
_PARTS = re.compile(r"[|,;/、，；]")


class Rules(BaseModel):
    """What a product manager wants of every list; the default changes nothing.

    Parameters
    ----------
    only, exclude
        Ids of items: nothing but these; never these. ``exclude`` wins.
    boost
        Id of an item, or "column=value" -> standard deviations up (or down), at most ten.
        A list ("comedy|drama") has each of its parts.
    cap_column, cap
        At most ``cap`` items of one value of that column, of a list its first; items without
        a value are free.
    variety
        From 0, best first, to 1, as different from each other as can be.
    worth
        Column with the value of an item; unknown counts as the median, nothing or less
        comes last.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    only: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    boost: dict[str, Annotated[float, Field(ge=-10, le=10)]] = Field(default_factory=dict)
    cap_column: str | None = None
    cap: int | None = Field(None, ge=1)
    variety: float = Field(0.0, ge=0, le=1, allow_inf_nan=False)
    worth: str | None = None


def check(rules: Rules, items: Table) -> tuple[str, ...]:
    """Check ``rules`` against a catalogue.

    Parameters
    ----------
    items
        The id first, then attributes.

    Returns
    -------
    tuple of str
        Ids and "column=value" pairs that name nothing there: to be told, since a slip of
        the pen would go unheard.

    Raises
    ------
    MissingColumn, BadOption
        A column that is not there; a cap without a column; worth that is no number.
    """
    _must_fit(rules, items)
    ids = set(items[items.names[0]].tolist())
    pairs = [key for key in rules.boost if key not in ids and "=" in key]
    for key in pairs:
        if _pair(key, items)[0] not in items:
            raise _no_column(items, _pair(key, items)[0], "boost")
    unheard = [key for key in pairs if not _holds(items, key).any()]
    named = (*(rules.only or ()), *rules.exclude, *(k for k in rules.boost if k not in pairs))
    return tuple(dict.fromkeys([*(name for name in named if name not in ids), *unheard]))


def _must_fit(rules: Rules, items: Table) -> None:
    if (rules.cap is None) != (rules.cap_column is None):
        raise BadOption(say("shortlist.cap_alone"), say("shortlist.cap_alone_fix"))
    for rule, name in (("cap", rules.cap_column), ("worth", rules.worth)):
        if name is not None and name not in items:
            raise _no_column(items, name, rule)
    if rules.worth is not None and items.column(rules.worth).kind is not Kind.NUMBER:
        raise BadOption(say("shortlist.no_number", column=rules.worth), say("shortlist.no_number_fix"))


def _no_column(items: Table, name: str, rule: str) -> MissingColumn:
    fix = say("shortlist.columns_are", names=", ".join(items.names[:20]))
    return MissingColumn(say("shortlist.no_column", column=name, rule=rule), fix)


def mask(rules: Rules, items: Table) -> NDArray[np.bool_]:
    """Tell which items may be shown at all, (items,): for use before ranking."""
    ids = items[items.names[0]].tolist()
    allowed = np.ones(len(ids), dtype=bool)
    if rules.only is not None:
        only = frozenset(rules.only)
        allowed &= np.fromiter((i in only for i in ids), dtype=bool, count=len(ids))
    if rules.exclude:
        never = frozenset(rules.exclude)
        allowed &= np.fromiter((i not in never for i in ids), dtype=bool, count=len(ids))
    return allowed


def apply(
    rules: Rules, item: NDArray[Any], score: NDArray[Any], items: Table, k: int
) -> tuple[Floats, Floats]:
    """Choose and order ``k`` items of each list.

    Parameters
    ----------
    item, score
        (n, depth) codes and scores, best first, ``NOTHING`` where there is none; the
        deeper the lists, the more there is to choose from.
    items
        The catalogue by code: the id first, then attributes.
    k
        Items wanted.

    Returns
    -------
    item, score
        (n, k) float64, ``NOTHING`` and 0 at the end where rules leave fewer. Scores are
        those after boost and worth.

    Raises
    ------
    MissingColumn, BadOption
        As ``check`` does of caps and worth; a boost that names nothing has no effect.
    """
    _must_fit(rules, items)
    codes = np.asarray(item, dtype=np.float64).astype(np.int64)
    there = (codes != NOTHING) & np.isfinite(score)
    pool = np.unique(codes[there])
    shown = items.take(pool)
    place = np.searchsorted(pool, np.where(there, codes, pool[0] if len(pool) else 0))
    if len(pool):
        there &= mask(rules, shown)[place]
    lift = _lift(rules, items, pool)[place] if len(pool) else np.zeros(place.shape)
    moved = np.where(there, _moved(lift, score, there), -np.inf)
    order = np.argsort(-moved, axis=1, kind="stable")
    codes, place, moved = (np.take_along_axis(a, order, axis=1) for a in (codes, place, moved))
    if rules.variety > 0 and len(pool):
        chosen = _varied(rules, shown, place, moved, k)
    else:
        chosen = _first(_within(rules, shown, place, moved), k)
    return _listed(codes, moved, chosen, k)


def within_reach(
    rules: Rules, scores: NDArray[np.float32], items: Table, depth: int
) -> tuple[Floats, Floats]:
    """Choose what ``apply`` may choose from: the best ``depth`` items once boosts and worth have moved them.

    Parameters
    ----------
    scores
        (n, items), -inf where an item may not be shown; the standard deviation is that of
        the best ``depth`` as they stand.

    Returns
    -------
    item, score
        (n, depth) codes and scores, which are not moved.
    """
    top = best(scores, depth)
    lift = _lift(rules, items, np.arange(items.rows))
    if not lift.any():
        return top["item"], top["score"]
    unit = _spread(top["score"], top["item"] != NOTHING)
    item = best((scores + lift * unit).astype(np.float32), depth)["item"]
    own = np.take_along_axis(scores, np.maximum(item, 0).astype(np.int64), axis=1)
    return item, np.where(item == NOTHING, 0.0, own)


def _moved(lift: Floats, score: NDArray[Any], there: NDArray[np.bool_]) -> Floats:
    """Scores after boost and worth; the spread is that of each list's allowed items."""
    score = np.asarray(score, dtype=np.float64)
    if not lift.any():
        return score
    return np.asarray(score + lift * _spread(score, there))


def _spread(score: Floats, there: NDArray[np.bool_]) -> Floats:
    """Standard deviation of each list, (n, 1); 1 where all scores are alike."""
    counts = np.maximum(1, there.sum(axis=1, keepdims=True))
    middle = np.sum(score, axis=1, keepdims=True, where=there) / counts
    spread = np.sqrt(np.sum((score - middle) ** 2, axis=1, keepdims=True, where=there) / counts)
    return np.where(spread > 1e-12, spread, 1.0)


def _lift(rules: Rules, items: Table, pool: Codes) -> Floats:
    """Standard deviations that each item of the pool rises by, (pool,)."""
    shown = items.take(pool)
    lift = np.zeros(len(pool))
    ids = shown[shown.names[0]]
    for key, amount in rules.boost.items():
        own = np.asarray(ids == key, dtype=bool)
        if not own.any() and "=" in key and _pair(key, items)[0] in items:
            own = _holds(shown, key)
        lift[own] += amount
    if rules.worth is not None:
        whole, value = items[rules.worth], shown[rules.worth]
        worthy = value > 0  # what is unknown compares as False
        median = float(np.median(whole[whole > 0])) if (whole > 0).any() else 1.0
        lift[worthy] += np.log(value[worthy] / median)
        lift[value <= 0] = _LAST
    return lift


def _pair(key: str, items: Table) -> tuple[str, str]:
    """Cut "column=value" at the equals sign that ends a column's name, else at the first."""
    cuts = [place for place, letter in enumerate(key) if letter == "="]
    cut = next((c for c in reversed(cuts) if key[:c] in items), cuts[0])
    return key[:cut], key[cut + 1 :]


def _holds(items: Table, key: str) -> NDArray[np.bool_]:
    """Where "column=value" holds, (items,); a number by its value."""
    column, wanted = _pair(key, items)
    values = items[column]
    if values.dtype == object:
        held = (v is not None and (v == wanted or wanted in v.split("|")) for v in values.tolist())
        return np.fromiter(held, dtype=bool, count=len(values))
    try:
        return np.asarray(values == float(wanted), dtype=bool)
    except ValueError:
        return np.zeros(len(values), dtype=bool)


def first_part(value: Any) -> Any:
    """Return what a list of categories begins with ("comedy" of "comedy|drama"), anything else as it is."""
    return value.partition("|")[0] if isinstance(value, str) else value


def _kinds(rules: Rules, shown: Table) -> Codes:
    """Number of each item's value in the capped column, -1 where it is unknown."""
    assert rules.cap_column is not None
    values = [first_part(v) for v in shown[rules.cap_column].tolist()]
    numbers = {v: n for n, v in enumerate(dict.fromkeys(values))}
    return np.array([-1 if v is None or v != v else numbers[v] for v in values], dtype=np.int64)


def _within(rules: Rules, shown: Table, place: Codes, moved: Floats) -> NDArray[np.bool_]:
    """Which places of ordered lists stay within the cap, (n, depth)."""
    there = np.isfinite(moved)
    if rules.cap is None or not shown.rows:
        return there
    kinds = _kinds(rules, shown)[place]
    free = kinds < 0
    rows, depth = kinds.shape
    # One group a list and kind; the order within a group is the order of the list.
    group = (np.arange(rows)[:, None] * (shown.rows + 1) + np.where(there & ~free, kinds, shown.rows)).ravel()
    line = np.argsort(group, kind="stable")
    _, starts, sizes = np.unique(group[line], return_index=True, return_counts=True)
    before = np.empty(rows * depth, dtype=np.int64)
    before[line] = np.arange(rows * depth) - np.repeat(starts, sizes)
    return np.asarray(there & (free | (before.reshape(rows, depth) < rules.cap)))


def _first(stays: NDArray[np.bool_], k: int) -> Codes:
    """The first ``k`` places that stay, (n, min(k, depth)); -1 where there are fewer."""
    order = np.argsort(~stays, axis=1, kind="stable")[:, :k]
    return np.where(np.take_along_axis(stays, order, axis=1), order, -1)


def _listed(codes: Codes, moved: Floats, chosen: Codes, k: int) -> tuple[Floats, Floats]:
    item, score = np.full((len(codes), k), float(NOTHING)), np.zeros((len(codes), k))
    taken, width = chosen >= 0, chosen.shape[1]
    at = np.maximum(chosen, 0)
    if width:
        item[:, :width] = np.where(taken, np.take_along_axis(codes, at, axis=1), NOTHING)
        score[:, :width] = np.where(taken, np.take_along_axis(moved, at, axis=1), 0.0)
    return item, score


def _varied(rules: Rules, shown: Table, place: Codes, moved: Floats, k: int) -> Codes:
    """Choose one by one, each time what is good and unlike what was chosen: (n, k) places."""
    words = _words(shown)
    kinds = _kinds(rules, shown) if rules.cap is not None else None
    chosen = np.full((len(place), k), -1, dtype=np.int64)
    for row in range(len(place)):
        size = int(np.isfinite(moved[row]).sum())
        own = place[row, :size]
        if not size:
            continue
        span = moved[row, 0] - moved[row, size - 1]
        good = (moved[row, :size] - moved[row, size - 1]) / (span if span > 0 else 1.0)
        alike, nearest = _alike(words[own]), np.zeros(size)
        open_ = np.ones(size, dtype=bool)
        for step in range(min(k, size)):
            gain = np.where(open_, (1 - rules.variety) * good - rules.variety * nearest, -np.inf)
            best = int(np.argmax(gain))
            if not open_[best]:
                break
            chosen[row, step] = best
            open_[best] = False
            nearest = np.maximum(nearest, alike[best])
            if kinds is not None and kinds[own[best]] >= 0:
                same = kinds[own] == kinds[own[best]]
                taken = chosen[row, : step + 1]
                if int(same[taken].sum()) >= (rules.cap or 0):
                    open_ &= ~same
    return chosen


def _words(shown: Table) -> Any:
    """Items x words of their categories ("genre=comedy"), CSR; "comedy|drama" are two words."""
    from scipy.sparse import csr_matrix

    rows: list[int] = []
    columns: list[int] = []
    numbers: dict[tuple[str, str], int] = {}
    for column in shown.columns[1:]:
        if column.kind is not Kind.CATEGORY:
            continue
        for row, value in enumerate(shown[column.name].tolist()):
            for part in {p.strip() for p in _PARTS.split(value or "")} - {""}:
                rows.append(row)
                columns.append(numbers.setdefault((column.name, part), len(numbers)))
    shape = (shown.rows, max(1, len(numbers)))
    return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)


def _alike(words: Any) -> Floats:
    """Jaccard similarity of all pairs, (m, m); 0 where there are no words."""
    shared = (words @ words.T).toarray()
    size = np.asarray(words.sum(axis=1)).ravel()
    union = size[:, None] + size[None, :] - shared
    return np.asarray(shared / np.maximum(union, 1.0))
