"""From scores to money: expected value, its likely range, break-even, what matters most.

The value of acting in one period is

    volume x (hits x true_positive x success - flagged x contact),

with ``hits`` and ``flagged`` as shares of rows; of classes, volume x (right share x right -
wrong share x wrong); of answers, volume x (right share x ticket x solved - wrong share x
mistake); of a number, -volume x mean absolute error x error. Values are told at the most
likely assumptions. Their range joins two doubts, drawn together: which rows came
(bootstrap) and the user's own low to high of each assumption (triangular). A bootstrap knows
only rows that came: where a sample flags nobody its range would be nothing at all. So each
draw also holds rows of the kinds that could have come, half a one of each in the mean, with that
mean taken off again (Jeffreys' half a row of each kind; Brown, Cai and DasGupta 2001).

A flagged leaver is not a saved one: ``success`` stays an assumption until an experiment has
measured it (Ascarza 2018, Retention futility). Vickers and Elkin (2006) give the threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from pilothouse.steps.decide.assumptions import Assumptions, Range, Rivals
from pilothouse.steps.decide.flag import Policy, hits_at
from pilothouse.steps.evaluate.bootstrap import DRAWS, interval, resample
from pilothouse.steps.evaluate.streams import stream
from pilothouse.steps.evaluate.weighting import Weight, mean
from pilothouse.types.contest import Array
from pilothouse.types.evidence import Estimate, Interval

SMALLEST_SHARE = 0.05
NUDGE = 0.10
UNSEEN = 0.5
Worth = Callable[[Mapping[str, Any], Array], Any]


@dataclass(frozen=True)
class Money:
    """Value of winner and baseline in one period, and of the first over the second.

    Parameters
    ----------
    winner, baseline, gain
        At the likely assumptions, with 90 % ranges.
    lowest
        The least of the winner's value and its gain over all corners of the assumptions.
    matters_most
        The assumption over whose range the gain swings most; where no range was given, the
        one whose change by 10 % moves it most. None when none moves it.
    smallest_gain
        d of the verdict's rules, in money.
    by_draw
        The gain by draw.
    rates
        "winner", "baseline" -> what one row brings: (hits, flagged), (right share,) or
        (mean absolute error,).
    """

    winner: Estimate
    baseline: Estimate
    gain: Estimate
    lowest: float
    matters_most: str | None
    smallest_gain: float
    by_draw: Array = field(repr=False)
    rates: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def positive_over_range(self) -> bool:
        """Whether value and gain stay above 0 over the whole range of the assumptions."""
        return self.lowest > 0

    def at(self, level: float) -> Interval:
        """The gain's interval at another level."""
        return interval(self.by_draw, level)


def action_money(
    rivals: Rivals, assumptions: Assumptions, policy: Policy, seed: int, draws: int = DRAWS
) -> Money:
    """Value of acting on the rows that are flagged.

    With a capacity both flag the top K of ``volume`` rows; else each flags the rows whose
    probability is above ``policy.chance``. A range of capacities is followed through its
    low, likely and high by straight lines.
    """
    if policy.chance is None:
        room = assumptions.ranges["capacity"]
        shares = np.unique(np.minimum(1.0, np.array([room.low, room.likely, room.high]) / assumptions.volume))

        def rates(score: Array | None, weight: Weight) -> Array:
            return np.asarray(hits_at(rivals.truth, score, shares, weight))

        worth_of_top = _worth_of_top(shares, assumptions.volume)
        return _money(rivals, assumptions, _Bet(rates, worth_of_top, ((1.0,) * len(shares),)), seed, draws)

    def above(score: Array | None, weight: Weight) -> Array:
        flag = np.zeros(len(rivals.truth), bool) if score is None else score > policy.chance
        hits = mean((flag & (rivals.truth == 1)).astype(float), weight)
        return np.stack([hits, mean(flag.astype(float), weight)], axis=-1)

    return _money(rivals, assumptions, _Bet(above, _worth_above, ((1.0, 1.0), (0.0, 1.0))), seed, draws)


def classes_money(rivals: Rivals, assumptions: Assumptions, seed: int, draws: int = DRAWS) -> Money:
    """Value of right and wrong class answers; needs the assumptions ``right`` and ``wrong``."""

    def rates(answer: Array | None, weight: Weight) -> Array:
        assert answer is not None
        return np.asarray(mean((answer == rivals.truth).astype(float), weight))[..., None]

    def worth(a: Mapping[str, Any], rate: Array) -> Any:
        return rate[..., 0] * a["right"] - (1.0 - rate[..., 0]) * a["wrong"]

    return _money(rivals, assumptions, _Bet(rates, worth, ((1.0,),)), seed, draws)


def number_money(rivals: Rivals, assumptions: Assumptions, seed: int, draws: int = DRAWS) -> Money:
    """Value of smaller errors; needs the assumption ``error``. Values are costs, so below 0."""

    def rates(told: Array | None, weight: Weight) -> Array:
        assert told is not None
        return np.asarray(mean(np.abs(told - rivals.truth), weight))[..., None]

    def worth(a: Mapping[str, Any], rate: Array) -> Any:
        return -rate[..., 0] * a["error"]

    return _money(rivals, assumptions, _Bet(rates, worth), seed, draws)


def hits_money(rivals: Rivals, assumptions: Assumptions, seed: int, draws: int = DRAWS) -> Money:
    """Value of people who pick something; needs the assumptions ``hit`` and ``added``."""

    def rates(hit: Array | None, weight: Weight) -> Array:
        assert hit is not None
        return np.asarray(mean(hit, weight))[..., None]

    def worth(a: Mapping[str, Any], rate: Array) -> Any:
        return rate[..., 0] * a["hit"] * a["added"]

    return _money(rivals, assumptions, _Bet(rates, worth, ((1.0,),)), seed, draws)


def tickets_money(rivals: Rivals, assumptions: Assumptions, seed: int, draws: int = DRAWS) -> Money:
    """Value of spared tickets less that of wrong answers; needs ``ticket``, ``solved``, ``mistake``.

    What became of each question is 1 for a right answer and -1 for a wrong one.
    """

    def rates(became: Array | None, weight: Weight) -> Array:
        assert became is not None
        sides = [mean((became == side).astype(float), weight) for side in (1.0, -1.0)]
        return np.stack([np.asarray(side) for side in sides], axis=-1)

    def worth(a: Mapping[str, Any], rate: Array) -> Any:
        return rate[..., 0] * a["ticket"] * a["solved"] - rate[..., 1] * a["mistake"]

    return _money(rivals, assumptions, _Bet(rates, worth, ((1.0, 0.0), (0.0, 1.0))), seed, draws)


def break_even(precision: float, true_positive: float, contact: float) -> float:
    """Success rate at which actions pay for themselves; inf when nothing could pay."""
    brings = precision * true_positive
    return contact / brings if brings > 0 else float("inf")


def best_in_money(
    truth: Array, scores: Mapping[str, Array | None], assumptions: Assumptions, policy: Policy
) -> str:
    """Name of the baseline of highest expected value, the first of equals.

    ``scores`` come from the training folds, simplest first; None does nothing.
    """
    unit = np.arange(len(truth))
    values = {
        name: action_money(Rivals(truth, truth, score, unit), assumptions, policy, 0, 1).baseline.value
        for name, score in scores.items()
    }
    return max(values, key=lambda name: values[name])


def _worth_of_top(shares: Array, volume: float) -> Worth:
    """Value a row of flagging the top; ``rates`` (..., m) are hits at each of ``shares``."""

    def worth(a: Mapping[str, Any], rates: Array) -> Any:
        share = np.minimum(1.0, np.asarray(a["capacity"], dtype=float) / volume)
        place = np.clip(np.searchsorted(shares, share) - 1, 0, max(len(shares) - 2, 0))
        after = np.minimum(place + 1, len(shares) - 1)
        wide = shares[after] - shares[place]
        part = np.divide(share - shares[place], wide, out=np.zeros_like(share), where=wide > 0)
        spot = np.broadcast_to(place, rates.shape[:-1])[..., None]
        low = np.take_along_axis(rates, spot, axis=-1)[..., 0]
        high = np.take_along_axis(rates, np.broadcast_to(after, rates.shape[:-1])[..., None], axis=-1)[..., 0]
        return (low + part * (high - low)) * a["true_positive"] * a["success"] - share * a["contact"]

    return worth


def _worth_above(a: Mapping[str, Any], rates: Array) -> Any:
    return rates[..., 0] * a["true_positive"] * a["success"] - rates[..., 1] * a["contact"]


@dataclass(frozen=True)
class _Bet:
    """What a row brings.

    Parameters
    ----------
    rates, worth
        What answers are counted for, and the money in it.
    unseen
        Kinds of rows that a sample may happen to lack, as what each adds to the rates.
    """

    rates: Callable[[Array | None, Weight], Array]
    worth: Worth
    unseen: Sequence[tuple[float, ...]] = ()


def _money(rivals: Rivals, assumptions: Assumptions, bet: _Bet, seed: int, draws: int) -> Money:
    def both(weight: Weight) -> dict[str, Array]:
        return {"winner": bet.rates(rivals.winner, weight), "baseline": bet.rates(rivals.baseline, weight)}

    found, by_draw = both(None), resample(both, rivals.unit, seed, draws, rivals.spread)
    for who in by_draw if bet.unseen else ():
        came = stream(seed, f"unseen {who}").poisson(UNSEEN, (draws, len(bet.unseen))) - UNSEEN
        by_draw[who] = by_draw[who] + rivals.spread / len(rivals.unit) * (came @ np.array(bet.unseen))
    rng = stream(seed, "assumptions")
    drawn = {name: span.draw(rng, draws) for name, span in assumptions.ranges.items()}
    volume, idle = assumptions.volume, rivals.baseline is None

    def value(who: str, a: Mapping[str, Any]) -> float:
        return 0.0 if who == "baseline" and idle else volume * float(bet.worth(a, found[who]))

    def gain(a: Mapping[str, Any]) -> float:
        return value("winner", a) - value("baseline", a)

    winner, baseline = (volume * bet.worth(drawn, by_draw[who]) for who in ("winner", "baseline"))
    if idle:
        baseline = np.zeros_like(winner)
    likely = assumptions.likely()
    at_likely = value("baseline", likely)
    acting = "contact" in likely or "right" in likely  # leaving it be, or to people, is always open
    corners = list(_corners(assumptions.ranges))
    lowest = min(min(gain(a), value("winner", a) if acting else gain(a)) for a in corners)
    given = assumptions.smallest_gain
    return Money(
        Estimate(value("winner", likely), interval(winner)),
        Estimate(at_likely, interval(baseline)),
        Estimate(gain(likely), interval(winner - baseline)),
        lowest,
        _matters_most(assumptions.ranges, gain),
        SMALLEST_SHARE * abs(at_likely) if given is None else given,
        winner - baseline,
        {w: (0.0, 0.0) if idle and w == "baseline" else _rate(assumptions, found[w]) for w in found},
    )


def _rate(assumptions: Assumptions, rate: Array) -> tuple[float, ...]:
    """What one row brings at the likely assumptions; with a capacity, hits at the likely share."""
    room = assumptions.ranges.get("capacity")
    if room is None:
        return tuple(float(v) for v in rate)
    shares = np.unique(np.minimum(1.0, np.array([room.low, room.likely, room.high]) / assumptions.volume))
    share = min(1.0, room.likely / assumptions.volume)
    return (float(np.interp(share, shares, rate)), share)


def _corners(ranges: Mapping[str, Range]) -> Any:
    ends = [(span.low,) if span.is_known else (span.low, span.high) for span in ranges.values()]
    for corner in product(*ends):
        yield dict(zip(ranges, corner, strict=True))


def _matters_most(ranges: Mapping[str, Range], gain: Callable[[Mapping[str, Any]], float]) -> str | None:
    likely = {name: span.likely for name, span in ranges.items()}
    open_ranges = {name: (span.low, span.high) for name, span in ranges.items() if not span.is_known}
    nudged = {name: (v * (1 - NUDGE), v * (1 + NUDGE)) for name, v in likely.items()}
    swings = {
        name: abs(gain({**likely, name: high}) - gain({**likely, name: low}))
        for name, (low, high) in (open_ranges or nudged).items()
    }
    largest = max(swings.values(), default=0.0)
    if largest == 0.0:
        return None
    near = [name for name, swing in swings.items() if swing >= largest * (1 - 1e-9)]
    return "success" if "success" in near else near[0]  # of equals, the one nobody has measured
