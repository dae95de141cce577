"""Would more rows help? The learning curve a - b n^-c, its reach, and what it costs.

Training folds only. At least five sizes, each half of the next, times five repeats; the
curve is trusted only when the one fitted up to half of the rows foretells the score at all
of them, and then at most to twice the rows. Otherwise the answer is "cannot tell".
Nothing is fitted here: ``curve_fits`` says what to fit.

References
----------
Viering and Loog (2022), The shape of learning curves: a review (power law with offset).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pilothouse.messages import Message, say
from pilothouse.steps.evaluate.bootstrap import SHOWN, interval
from pilothouse.steps.evaluate.streams import stream
from pilothouse.types.contest import Array, Index
from pilothouse.types.evidence import Curve, Estimate

SIZES, REPEATS, SMALLEST = 5, 5, 40
EXPONENTS = np.concatenate([np.linspace(0.05, 1.0, 39), np.linspace(1.1, 2.0, 10)])
DRAWS = 1000
SECONDS_A_LABEL = 30.0


@dataclass(frozen=True)
class CurveFit:
    """One fit of the curve: ``learn`` from so many rows, ``ask`` the fold's rows kept aside.

    ``size`` and ``repeat`` number its place in the table of scores. The largest size learns
    from exactly the fold's own rows, so the contest's fit of that fold is reused.
    """

    size: int
    repeat: int
    learn: Index = field(repr=False)
    ask: Index = field(repr=False)


def curve_fits(
    folds: Sequence[tuple[Index, Index]],
    truth: Array,
    seed: int,
    sizes: int = SIZES,
    repeats: int = REPEATS,
) -> list[CurveFit]:
    """Plan ``sizes`` x ``repeats`` fits, sizes halving from the whole; [] when there are too few rows.

    Parameters
    ----------
    folds
        (learn, ask) pairs of positions; repeat r uses fold r modulo their number.
    truth
        Class numbers, or numbers, of all rows: the small parts keep every class. Indexed by
        the positions in ``folds``.
    seed, sizes, repeats
        Of the draw of small parts; how many sizes, each twice the one before; fits a size.
    """
    shortest = min(len(learn) for learn, _ in folds)
    shares = 0.5 ** np.arange(sizes - 1, -1, -1)
    if shortest * shares[0] < SMALLEST:
        return []
    rng = stream(seed, "curve")
    fits = []
    for repeat in range(repeats):
        learn, ask = folds[repeat % len(folds)]
        order = _stratified_order(truth[learn], rng)
        for place, share in enumerate(shares):
            kept = learn if share == 1.0 else learn[np.sort(order[: round(len(learn) * share)])]
            fits.append(CurveFit(place, repeat, kept, ask))
    return fits


def fit_curve(
    sizes: Sequence[int],
    scores: Array,
    baseline: Sequence[float],
    higher_is_better: bool,
    seed: int,
) -> Curve:
    """Fit, backtest and extrapolate to twice the largest size.

    Parameters
    ----------
    sizes
        Rows learnt from, ascending, k of them; k >= 5 or the answer is "cannot tell".
    scores
        Primary score, shape (k, repeats).
    baseline
        The frozen baseline's score on the rows asked in each repeat, shape (repeats,).
    higher_is_better, seed
        Direction of the score; seed of the bootstrap.
    """
    n, table = np.asarray(sizes, dtype=float), np.asarray(scores, dtype=float)
    kept = tuple(int(s) for s in sizes)
    rows = tuple(tuple(float(v) for v in line) for line in table)
    if len(n) < SIZES or table.ndim != 2 or table.shape[1] < 2 or np.isnan(table).any():
        return Curve(kept, rows, "cannot_tell")
    sign = 1.0 if higher_is_better else -1.0
    upwards = sign * table
    error, trusted = _backtest(n, upwards, seed)
    a, b, c = _fit(n, upwards.mean(axis=1)[None])
    twice = 2.0 * n[-1]
    here = _reach(n, upwards, twice, seed)
    ahead = _reach(n, upwards - sign * np.asarray(baseline, dtype=float), twice, seed)
    low, high = sorted((sign * here.interval.low, sign * here.interval.high))
    return Curve(
        kept,
        rows,
        "ok" if trusted else "cannot_tell",
        float(sign * a[0]),
        float(sign * b[0]),
        float(c[0]),
        Estimate(sign * here.value, type(here.interval)(low, high, SHOWN)) if trusted else None,
        ahead if trusted else None,
        error,
    )


def price(more_rows: int, seconds_a_row: float = SECONDS_A_LABEL) -> Message:
    """Say what more rows cost: "label 600 more rows, about 5 hours"."""
    hours = more_rows * seconds_a_row / 3600.0
    if hours < 1.0:
        return say("evaluate.price_minutes", rows=int(more_rows), minutes=max(1, round(hours * 60.0)))
    return say("evaluate.price_hours", rows=int(more_rows), hours=round(hours))


def _stratified_order(truth: Array, rng: np.random.Generator) -> Index:
    """Shuffle so that every beginning holds the classes, or the range of numbers, in proportion."""
    shuffled = rng.permutation(len(truth))
    strata = truth[shuffled]
    if truth.dtype.kind == "f":
        edges = np.quantile(truth, np.linspace(0.0, 1.0, 11)[1:-1])
        strata = np.searchsorted(edges, strata)
    place = np.empty(len(truth))
    for name in np.unique(strata):
        mine = np.flatnonzero(strata == name)
        place[mine] = (np.arange(len(mine)) + rng.random()) / len(mine)
    return np.asarray(shuffled[np.argsort(place, kind="stable")])


def _fit(n: Array, means: Array) -> tuple[Array, Array, Array]:
    """Least squares for many curves at once: ``means`` (draws, k) -> a, b >= 0, c, each (draws,).

    For each exponent of a grid a and b are linear; the best exponent wins. Grid search cannot
    stop at a local minimum, which iterative fits of this family often do.
    """
    best = np.full(len(means), np.inf)
    a, b, c = means.mean(axis=1), np.zeros(len(means)), np.full(len(means), EXPONENTS[0])
    for exponent in EXPONENTS:
        x = -(n**-exponent)
        slope = (means - means.mean(axis=1, keepdims=True)) @ (x - x.mean()) / ((x - x.mean()) ** 2).sum()
        slope = np.maximum(slope, 0.0)
        level = means.mean(axis=1) - slope * x.mean()
        left = ((means - level[:, None] - slope[:, None] * x) ** 2).sum(axis=1)
        better = left < best - 1e-15
        best = np.where(better, left, best)
        a, b, c = np.where(better, level, a), np.where(better, slope, b), np.where(better, exponent, c)
    return a, b, c


def _reach(n: Array, table: Array, at: float, seed: int) -> Estimate:
    """Score of the curve at ``at`` rows with its bootstrap interval.

    Repeats are resampled within each size; deviations are widened by sqrt(k/(k-1)), since
    the mean of k resampled repeats varies that much too little.
    """
    rng, repeats = stream(seed, "reach"), table.shape[1]
    chosen = rng.integers(0, repeats, (DRAWS, *table.shape))
    drawn = np.take_along_axis(np.broadcast_to(table, chosen.shape), chosen, axis=2).mean(axis=2)
    centre = table.mean(axis=1)
    drawn = centre + (drawn - centre) * np.sqrt(repeats / (repeats - 1.0))
    a, b, c = _fit(n, np.concatenate([centre[None], drawn]))
    found = a - b * at**-c
    return Estimate(float(found[0]), interval(found[1:], SHOWN))


def _backtest(n: Array, table: Array, seed: int) -> tuple[float, bool]:
    """Foretell the score at all rows from those up to half of them: error, and whether it held.

    It holds when the error lies within the 90 % range that the two uncertain sides leave:
    the foretold range and the score's own standard error.
    """
    before = n <= n[-1] / 2.0 * 1.01
    if before.sum() < 3:
        return float("nan"), False
    told = _reach(n[before], table[before], n[-1], seed)
    found = table[-1]
    error = float(found.mean() - told.value)
    half = (told.interval.high - told.interval.low) / 2.0
    own = 1.645 * found.std(ddof=1) / np.sqrt(len(found))
    return error, bool(abs(error) <= np.hypot(half, own) + 1e-9)
