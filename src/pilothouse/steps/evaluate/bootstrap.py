"""Likely ranges by resampling whole units: entities, blocks of time, else rows.

The range is the percentile bootstrap of the score or of the paired gain on the same
draws: what this fitted model would gain in the population. It does not cover the luck
of training; the corrected comparison over folds does (``comparison``). BCa intervals
covered no better for AUC and worse for errors with heavy tails, so the plain ones stayed.

Two levels stand side by side. Ranges that a reader sees are always 90 %. The verdict
uses ``interval_level(look)``, which is 95 % at the first look and grows with every
further one, so that all looks together err at most 10 % of the time (Dwork et al. 2015
on the reuse of a holdout; the split of the error is the usual 1/(k(k+1)) spending).

References
----------
Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13;
Field and Welsh (2007), Bootstrapping clustered data; Carlstein (1986) on blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pilothouse.steps.evaluate.streams import stream
from pilothouse.types.contest import Array, Index
from pilothouse.types.evidence import Estimate, Interval

DRAWS = 2000
SHOWN = 0.90
CELLS = 2_000_000  # weights held at once: 16 MB, and some ten such arrays while a metric works

Metric = Callable[[Array, Array, Array | None], Any]


def interval_level(look: int) -> float:
    """Level of the verdict's interval at the ``look``-th opening of the same rows: 1 - .10/(k(k+1))."""
    return 1.0 - 0.10 / (look * (look + 1))


def draws(
    unit: Index, seed: int, count: int = DRAWS, chunk: int | None = None, spread: float = 1.0
) -> Iterator[Array]:
    """Yield bootstrap weights, (at most ``chunk``, n) float64, ``count`` rows in all.

    With a ``spread`` of s fewer units are drawn, 1 / s^2 of them, each for s^2: whatever is
    computed from the weights then varies s times as much (Bickel, Goetze and van Zwet 1997).

    Parameters
    ----------
    unit
        Number of each row's resampling unit, shape (n,); any integers.
    seed
        Same seed, same draws.
    count, chunk
        Draws in all and at a time; ``chunk`` never changes a draw.
    spread
        See above; at least 1.
    """
    names, inverse = np.unique(unit, return_inverse=True)
    units, rng = len(names), stream(seed, "bootstrap")
    drawn = max(1, round(units / spread**2))
    step = max(1, CELLS // max(len(inverse), 1)) if chunk is None else chunk
    rowwise = units == len(inverse) and np.array_equal(inverse, np.arange(units))
    for start in range(0, count, step):
        counts = np.empty((min(step, count - start), units))
        for line in counts:
            line[:] = np.bincount(rng.integers(0, units, drawn, dtype=np.int32), minlength=units)
        if drawn < units:
            counts *= units / drawn
        yield counts if rowwise else counts[:, inverse]


def resample(
    measure: Callable[[Array], Mapping[str, Any]],
    unit: Index,
    seed: int,
    count: int = DRAWS,
    spread: float = 1.0,
) -> dict[str, Array]:
    """Score every draw: name -> (count,) for what ``measure(weight)`` names.

    Scores that come from one call share their draws, so their differences are paired; so
    do those of two calls with the same ``unit``, ``seed``, ``count`` and ``spread``.
    """
    parts = [measure(weight) for weight in draws(unit, seed, count, spread=spread)]
    return {name: np.concatenate([np.asarray(part[name]) for part in parts]) for name in parts[0]}


def interval(values: Array, level: float = SHOWN) -> Interval:
    """Percentile interval of bootstrap ``values``; draws where the score is not defined are left out."""
    known = values[~np.isnan(values)]
    if not len(known):
        return Interval(float("nan"), float("nan"), level)
    low, high = np.quantile(known, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return Interval(float(low), float(high), level)


@dataclass(frozen=True)
class Pairing:
    """Winner and baseline on the same rows, and how they are scored.

    Parameters
    ----------
    truth
        Shape (n,).
    winner, baseline
        Answers, first axis n; the metric knows their form.
    unit
        Resampling unit of each row.
    metric
        ``metric(truth, answer, weight)``.
    higher_is_better
        Direction of the metric.
    spread
        How many times wider ranges are; see ``draws``.
    """

    truth: Array = field(repr=False)
    winner: Array = field(repr=False)
    baseline: Array = field(repr=False)
    unit: Index = field(repr=False)
    metric: Metric
    higher_is_better: bool = True
    spread: float = 1.0

    @property
    def sign(self) -> float:
        """1 when a higher score is better, else -1."""
        return 1.0 if self.higher_is_better else -1.0

    def take(self, index: Index) -> Pairing:
        """Return the pairing on some rows."""
        cut = {name: getattr(self, name)[index] for name in ("truth", "winner", "baseline", "unit")}
        return replace(self, **cut)


@dataclass(frozen=True)
class Gain:
    """A paired gain; above 0 the winner is better, whatever the metric's direction."""

    score: Estimate
    baseline: Estimate
    gain: Estimate
    by_draw: Array = field(repr=False)

    def at(self, level: float) -> Interval:
        """The gain's interval at another level: the look's, or 99 %."""
        return interval(self.by_draw, level)


def paired_gain(pairing: Pairing, seed: int, count: int = DRAWS) -> Gain:
    """Score winner and baseline on the same draws; intervals at the shown 90 %."""
    p = pairing

    def both(weight: Array | None) -> dict[str, Any]:
        return {
            "winner": p.metric(p.truth, p.winner, weight),
            "baseline": p.metric(p.truth, p.baseline, weight),
        }

    found, by_draw = both(None), resample(both, p.unit, seed, count, p.spread)
    gains = p.sign * (by_draw["winner"] - by_draw["baseline"])
    return Gain(
        Estimate(float(found["winner"]), interval(by_draw["winner"])),
        Estimate(float(found["baseline"]), interval(by_draw["baseline"])),
        Estimate(p.sign * float(found["winner"] - found["baseline"]), interval(gains)),
        gains,
    )


def blocks_of_time(order: Array, length: int | None = None) -> Index:
    """Units for one series: runs of ``length`` rows that follow each other in time.

    Parameters
    ----------
    order
        Times or positions, shape (n,).
    length
        Rows a block; by default n to the power 1/3, rounded up, the rate at which the error
        of a variance is smallest (Kuensch 1989; Hall, Horowitz and Jing 1995).
    """
    rows = len(order)
    size = max(1, int(np.ceil(rows ** (1 / 3)))) if length is None else length
    rank = np.empty(rows, dtype=np.int64)
    rank[np.argsort(order, kind="stable")] = np.arange(rows)
    return rank // size
