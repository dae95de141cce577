"""Keep rows aside: holdout, nested folds or rolling windows, as the data allow.

By time when a time is known, by entity when one repeats, else stratified by outcome;
identical feature rows go to one side, however the rows are split. With 500 outcomes
of the rarer class a fifth is kept aside once; with fewer, five outer folds (over time:
three rolling windows) keep each row aside in turn. Splits come from the order of rows,
the seed and the features: never from the words that name an entity, hence never from
pseudonyms. ``ties`` says which rows belong together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadOption
from pilothouse.messages import Message, say
from pilothouse.steps.prepare.codes import Index
from pilothouse.steps.prepare.ties import Ties, tie
from pilothouse.types import Split, Table

HOLDOUT_FROM = 500
OUTER = 5
WINDOWS = 3
MOST_TEST_ROWS = 100_000
_BINS = 10

Pairs = tuple[tuple[Index, Index], ...]


@dataclass(frozen=True)
class SplitRules:
    """How to keep rows aside.

    Parameters
    ----------
    kind
        Of the target: "binary", "classes" or "number".
    seed
        Everything random starts here.
    time, group
        Columns: when a row happened; which entity it belongs to. With a time, known
        entities may stand on both sides and are only the unit of resampling.
    gap
        Left out between train and test: as long as the outcome takes to show. A
        ``timedelta64``, or a number where the time is a number.
    test_share
        Kept aside in a holdout: 1/2, 1/3, 1/4, 1/5, ... (the nearest is taken; over
        time any share).
    holdout_from
        Rows of the rarest class from which one test part will do; with fewer, every row
        is kept aside in turn.
    """

    kind: Literal["binary", "classes", "number"]
    seed: int = 0
    time: str | None = None
    group: str | None = None
    gap: Any = None
    test_share: float = 0.2
    holdout_from: int = HOLDOUT_FROM


def outcomes(truth: NDArray[Any], kind: str) -> int:
    """E of HONESTY's rules: rows of the rarest class that occurs; of a number, half the rows."""
    if kind == "number":
        return len(truth) // 2
    counts = np.bincount(truth)
    return int(counts[counts > 0].min()) if len(truth) else 0


def make_split(table: Table, truth: NDArray[Any], rules: SplitRules) -> Split:
    """Decide which rows are learnt from and which are kept aside.

    Parameters
    ----------
    table
        (n rows) roles set; the columns of role FEATURE and TEXT tell identical rows.
    truth
        (n,) class numbers from 0 (int64), or float64.
    rules
        See ``SplitRules``.

    Returns
    -------
    Split
        Of kind "holdout", "nested" or "time". A "time" split of few outcomes has its
        windows in ``outer`` and ``test`` is their union.

    Raises
    ------
    BadOption
        A group of a single value, or a gap that leaves nothing to learn from.
    """
    ties = tie(table, rules.group)
    if rules.time is not None:
        moments, notes = _moments(table, rules.time)
        if len(np.unique(moments[moments >= 0])) > WINDOWS:
            return _over_time(truth, rules, ties, (moments, notes))
        ties = ties.noting(*notes, say("prepare.split_few_moments", column=rules.time))
    every = np.arange(table.rows, dtype=np.int64)
    if outcomes(truth, rules.kind) >= rules.holdout_from:
        wanted = max(2, round(1 / rules.test_share))
        parts = max(wanted, math.ceil(table.rows / (0.98 * MOST_TEST_ROWS)))
        if parts > wanted:
            ties = ties.noting(say("prepare.split_capped", rows=MOST_TEST_ROWS))
        fold = _deal(truth, ties, every, parts, rules)
        train, test = np.flatnonzero(fold != 0), np.flatnonzero(fold == 0)
        inner = _folds(truth, ties, train, OUTER, rules)
        return Split("holdout", train, test, inner, ties.unit, (), ties.unit_name, ties.notes)
    outer = _folds(truth, ties, every, OUTER, rules)
    inner = _folds(truth, ties, every, OUTER, _reseeded(rules))
    return Split("nested", every, every, inner, ties.unit, outer, ties.unit_name, ties.notes)


def inner_folds(
    table: Table, truth: NDArray[Any], rules: SplitRules, train: Index, *, folds: int = OUTER
) -> Pairs:
    """Split any training part again, by the rules of the whole: for nested development.

    Parameters
    ----------
    table, truth, rules
        As given to ``make_split``; entities and identical rows of the whole table hold.
    train
        (m,) positions of the rows that may be used.
    folds
        Ignored over time, where there are three rolling windows.

    Returns
    -------
    tuple of (learn, ask)
        Positions in the whole table.
    """
    ties = tie(table, rules.group)
    if rules.time is not None:
        moments, _ = _moments(table, rules.time)
        if len(np.unique(moments[moments >= 0])) > WINDOWS:
            return _windows(rules, ties, moments, train)
    return _folds(truth, ties, train, folds, rules)


def _reseeded(rules: SplitRules) -> SplitRules:
    return replace(rules, seed=rules.seed + 1)


def _folds(truth: NDArray[Any], ties: Ties, rows: Index, folds: int, rules: SplitRules) -> Pairs:
    """Cut ``rows`` into folds; fewer where the rarest class or the entities are fewer."""
    blocks = int(np.count_nonzero(np.bincount(ties.block[rows])))
    if rules.kind != "number":
        folds = min(folds, outcomes(truth[rows], rules.kind))
    folds = max(2, min(folds, blocks))
    fold = _deal(truth, ties, rows, folds, rules)
    return tuple((rows[fold != f], rows[fold == f]) for f in range(folds))


def _deal(truth: NDArray[Any], ties: Ties, rows: Index, folds: int, rules: SplitRules) -> Index:
    """Deal whole blocks to folds: like blocks stand in line, each ``folds`` of them draw lots.

    Blocks are ordered by their rarest class, how often it occurs in them, and their
    size (a number: by tenth of their mean), so that neighbours are alike and each fold
    gets one of every ``folds`` neighbours: stratified whether blocks are rows or not.
    """
    names, first, block = np.unique(ties.block[rows], return_index=True, return_inverse=True)
    order_seen = np.argsort(np.argsort(first))
    rng = np.random.default_rng([rules.seed, folds, len(rows)])
    lot = rng.random(len(names))[order_seen]
    size = np.bincount(block)
    keys: list[NDArray[Any]]
    if rules.kind == "number":
        mean = np.bincount(block, weights=truth[rows]) / size
        edges = np.quantile(mean, np.linspace(0, 1, _BINS + 1)[1:-1])
        keys = [lot, size, np.searchsorted(edges, mean, side="right")]
    else:
        frequency = np.bincount(truth[rows])
        rank = np.argsort(np.argsort(frequency, kind="stable"), kind="stable")[truth[rows]]
        rarest = np.full(len(names), len(frequency))
        np.minimum.at(rarest, block, rank)
        keys = [lot, size, np.bincount(block, weights=rank == rarest[block]), rarest]
    line = np.lexsort(keys)
    rounds = -(-len(names) // folds)
    draws = np.argsort(rng.random((rounds, folds)), axis=1).ravel()[: len(names)]
    fold_of = np.empty(len(names), dtype=np.int64)
    fold_of[line] = draws
    dealt: Index = fold_of[block]
    return dealt


def _moments(table: Table, column: str) -> tuple[NDArray[Any], list[Message]]:
    """Times as float64 from 0 (seconds, or the column's own unit); -1 where missing."""
    values = table[column]
    if values.dtype.kind == "M":
        missing = np.isnat(values)
        numbers = values.astype("datetime64[us]").astype(np.int64) / 1e6
    elif values.dtype.kind == "f":
        missing = ~np.isfinite(values)
        numbers = values
    else:
        raise BadOption(say("prepare.not_a_time", column=column), say("prepare.not_a_time_fix"))
    known = numbers[~missing]
    start = known.min() if len(known) else 0.0
    moments = np.where(missing, -1.0, numbers - start)
    lost = int(missing.sum())
    return moments, [say("prepare.split_no_time", rows=lost, column=column)] if lost else []


def _gap(gap: Any) -> float:
    if gap is None:
        return 0.0
    if isinstance(gap, int | float):
        return float(gap)
    return float(np.timedelta64(gap) / np.timedelta64(1, "us")) / 1e6


def _over_time(
    truth: NDArray[Any],
    rules: SplitRules,
    ties: Ties,
    clock: tuple[NDArray[Any], list[Message]],
) -> Split:
    moments, notes = clock
    known = np.flatnonzero(moments >= 0)
    if rules.gap is not None:
        notes = [*notes, say("prepare.split_gap", gap=str(rules.gap))]
    if outcomes(truth[known], rules.kind) < HOLDOUT_FROM:
        outer = _windows(rules, ties, moments, known)
        test = np.unique(np.concatenate([ask for _, ask in outer]))
        return Split("time", known, test, outer, ties.unit, outer, ties.unit_name, (*ties.notes, *notes))
    cut = _cut(moments[known], 1 - rules.test_share)
    test = known[moments[known] >= cut]
    train = _before(known, cut, test, ties, (moments, rules))
    if len(test) > MOST_TEST_ROWS:
        chosen = np.random.default_rng(rules.seed).permutation(len(test))[:MOST_TEST_ROWS]
        test = test[np.sort(chosen)]
        notes = [*notes, say("prepare.split_capped", rows=MOST_TEST_ROWS)]
    twins = int(np.isin(ties.alike[known[moments[known] < cut - _gap(rules.gap)]], ties.alike[test]).sum())
    if twins:
        notes = [*notes, say("prepare.split_twins", rows=twins)]
    folds = _windows(rules, ties, moments, train)
    return Split("time", train, test, folds, ties.unit, (), ties.unit_name, (*ties.notes, *notes))


def _cut(moments: NDArray[Any], share: float) -> float:
    """The moment that leaves nearest ``share`` of the rows before it; rows of one moment stay together."""
    distinct, counts = np.unique(moments, return_counts=True)
    before = np.concatenate([[0], np.cumsum(counts)[:-1]]) / len(moments)
    return float(distinct[1:][np.argmin(np.abs(before[1:] - share))])


def _before(rows: Index, cut: float, ask: Index, ties: Ties, clock: tuple[NDArray[Any], SplitRules]) -> Index:
    """Rows that end a gap before ``cut`` and have no identical row among those asked."""
    moments, rules = clock
    early = rows[moments[rows] < cut - _gap(rules.gap)]
    learn: Index = early[~np.isin(ties.alike[early], ties.alike[ask])]
    if not len(learn):
        raise BadOption(say("prepare.gap_too_long", gap=str(rules.gap)), say("prepare.gap_too_long_fix"))
    return learn


def _windows(rules: SplitRules, ties: Ties, moments: NDArray[Any], rows: Index) -> Pairs:
    """Three rolling windows over ``rows``: learn from all before, ask the next fifth."""
    own = moments[rows]
    cuts = sorted({_cut(own, share) for share in (0.4, 0.6, 0.8)})
    pairs = []
    for cut, end in zip(cuts, [*cuts[1:], np.inf], strict=True):
        ask = rows[(own >= cut) & (own < end)]
        pairs.append((_before(rows, cut, ask, ties, (moments, rules)), ask))
    return tuple(pairs)
