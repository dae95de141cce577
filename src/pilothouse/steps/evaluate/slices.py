"""Whom it serves worse: groups of rows named only where the evidence carries it.

A group is named with at least 100 rows and at least 20 of each class. Its score is shrunk
towards the whole by empirical Bayes, so that a small group's luck is not told as a fact;
``worse`` (than the whole) and ``loses`` (to the baseline in that group) hold only after
Benjamini and Hochberg (1995) at 10 %, each over all groups looked at. Groups that are not
in a column are not found here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from pilothouse.steps.evaluate.bootstrap import SHOWN, Pairing, draws
from pilothouse.steps.evaluate.streams import stream
from pilothouse.types.contest import Array, Index
from pilothouse.types.evidence import Estimate, Interval, Slice
from pilothouse.types.table import Kind, Table

ROWS, OF_EACH_CLASS, RATE, BINS, LEVELS = 100, 20, 0.10, 4, 50
DRAWS, ENOUGH_ROWS = 200, 5000  # only standard errors are taken from them


@dataclass(frozen=True)
class Group:
    """Rows that share a value of one column."""

    column: str
    label: str
    index: Index = field(repr=False)


def find_groups(table: Table, columns: Iterable[str], truth: Array, classes: int) -> list[Group]:
    """List groups large enough to be named: levels of categories, quarters of numbers.

    Parameters
    ----------
    table
        Rows kept aside, n of them.
    columns
        Columns to look at; texts and times are passed over.
    truth
        Class numbers or numbers, shape (n,).
    classes
        Number of classes; 0 for a numeric target.
    """
    found = []
    for name in columns:
        kind = table.column(name).kind
        if kind is Kind.CATEGORY:
            parts = _levels(table[name])
        elif kind is Kind.NUMBER:
            parts = _quarters(table[name])
        else:
            continue
        found += [Group(name, label, index) for label, index in parts if _enough(truth[index], classes)]
    return found


def judge_slices(groups: list[Group], pairing: Pairing, seed: int, count: int = DRAWS) -> list[Slice]:
    """Score each group against the whole and against the baseline, the worst first."""
    if not groups:
        return []
    score, gain = _scores(pairing, None)
    found = [_group_scores(group, pairing, seed, count) for group in groups]
    apart = np.array([f[0] for f in found]) - score
    gains = np.array([f[1] for f in found])
    apart_error, gain_error = np.array([f[2] for f in found]), np.array([f[3] for f in found])
    worse = benjamini_hochberg(_p_below(pairing.sign * apart, apart_error), RATE)
    loses = benjamini_hochberg(_p_below(gains, gain_error), RATE)
    shrunk, shrunk_error = shrink(apart, apart_error, 0.0)
    held, held_error = shrink(gains, gain_error, float(gain))
    slices = [
        Slice(
            g.column,
            g.label,
            len(g.index),
            _estimate(score + shrunk[i], shrunk_error[i]),
            _estimate(held[i], held_error[i]),
            bool(worse[i]),
            bool(loses[i]),
        )
        for i, g in enumerate(groups)
    ]
    return sorted(slices, key=lambda s: (not s.loses, not s.worse, pairing.sign * s.score.value))


def benjamini_hochberg(p: Array, rate: float) -> Array:
    """Which hypotheses are rejected at false discovery rate ``rate``; boolean, same shape."""
    order = np.argsort(p, kind="stable")
    passed = np.flatnonzero(p[order] <= rate * np.arange(1, len(p) + 1) / max(len(p), 1))
    rejected = np.zeros(len(p), dtype=bool)
    if len(passed):
        rejected[order[: passed[-1] + 1]] = True
    return rejected


def shrink(values: Array, errors: Array, centre: float) -> tuple[Array, Array]:
    """Empirical Bayes: pull ``values`` with standard ``errors`` towards ``centre``.

    The spread between groups is the method of moments of DerSimonian and Laird (1986),
    taken around ``centre``; 0 spread pulls all the way.

    Returns
    -------
    tuple
        Posterior means and standard errors, same shape as ``values``.
    """
    precision = 1.0 / np.maximum(errors, 1e-12) ** 2
    excess = (precision * (values - centre) ** 2).sum() - len(values)
    spread = max(0.0, excess / precision.sum())
    keep = spread * precision / (spread * precision + 1.0)
    return centre + keep * (values - centre), np.sqrt(keep) * errors


def _levels(values: Array) -> list[tuple[str, Index]]:
    known = np.array(["" if v is None else v for v in values], dtype=object)
    names, inverse, counts = np.unique(known.astype(str), return_inverse=True, return_counts=True)
    if len(names) > LEVELS:  # codes and names: the rare levels say nothing, the common ones may
        common = np.sort(np.argsort(-counts, kind="stable")[:LEVELS])
    else:
        common = np.arange(len(names))
    return [(str(names[i]), np.flatnonzero(inverse == i)) for i in common]


def _quarters(values: Array) -> list[tuple[str, Index]]:
    known = values[~np.isnan(values)]
    parts = [("", np.flatnonzero(np.isnan(values)))]
    if not len(known):
        return parts
    edges = np.unique(np.quantile(known, np.linspace(0.0, 1.0, BINS + 1)))
    if len(edges) == 1:
        return [*parts, (f"{edges[0]:.4g}", np.flatnonzero(values == edges[0]))]
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        inside = (values > low) & (values <= high) | ((low == edges[0]) & (values == low))
        parts.append((f"{low:.4g} – {high:.4g}", np.flatnonzero(inside)))
    return parts


def _enough(truth: Array, classes: int) -> bool:
    if len(truth) < ROWS:
        return False
    return classes == 0 or bool(np.bincount(truth.astype(np.int64), minlength=classes).min() >= OF_EACH_CLASS)


def _scores(pairing: Pairing, weight: Array | None) -> tuple[Array, Array]:
    """Score and gain, by draw when weights are given."""
    winner = pairing.metric(pairing.truth, pairing.winner, weight)
    return winner, pairing.sign * (winner - pairing.metric(pairing.truth, pairing.baseline, weight))


def _group_scores(group: Group, pairing: Pairing, seed: int, count: int) -> tuple[float, float, float, float]:
    """Score, gain and their standard errors within a group."""
    inside = pairing.take(group.index)
    score, gain = _scores(inside, None)
    part = _some_units(inside.unit, seed)
    sample = inside.take(part)
    by_draw = [_scores(sample, weight) for weight in draws(sample.unit, seed, count, spread=sample.spread)]
    scores, gains = (np.concatenate([found[i] for found in by_draw]) for i in (0, 1))
    narrower = np.sqrt(len(part) / len(group.index))  # an error falls with the root of the rows
    return float(score), float(gain), float(np.nanstd(scores) * narrower), float(np.nanstd(gains) * narrower)


def _some_units(unit: Index, seed: int) -> Index:
    """Positions of whole units that together have about ``ENOUGH_ROWS`` rows; all of a small group."""
    if len(unit) <= ENOUGH_ROWS:
        return np.arange(len(unit))
    names, inverse = np.unique(unit, return_inverse=True)
    kept = stream(seed, "slices").random(len(names)) < ENOUGH_ROWS / len(unit)
    return np.flatnonzero(kept[inverse]) if kept.any() else np.arange(len(unit))


def _p_below(values: Array, errors: Array) -> Array:
    """One-sided p value of "not below 0", normal."""
    from scipy import stats

    return np.asarray(stats.norm.cdf(values / np.maximum(errors, 1e-12)))


def _estimate(value: float, error: float) -> Estimate:
    from scipy import stats

    half = float(stats.norm.ppf((1.0 + SHOWN) / 2.0)) * float(error)
    return Estimate(float(value), Interval(float(value) - half, float(value) + half, SHOWN))
