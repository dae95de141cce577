"""Needs as a ranked list: RICE inputs, a Kano-style reading, what changed, in plain figures.

RICE (Intercom): reach x impact x confidence / effort. Reach is the number of texts that
complain of the need or ask for it; impact is read off how much worse people feel about it
than about everything else, on RICE's own scale from .25 to 3; confidence is how much of it
models of different halves of the texts keep together; effort is for the team to fill in.
The reading after Kano looks at how volume and feeling go together. It is no Kano survey,
which asks for each feature how people would feel with it and without it.

References
----------
Sean McBride (2016), "RICE: simple prioritization for product managers"; Kano, Seraku,
Takahashi and Tsuji (1984), "Attractive quality and must-be quality".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.needs.naming import Said, name_of, nearest, telling_words, wordings
from pilothouse.models.needs.sorting import Sorter
from pilothouse.models.needs.tally import (
    Mentions,
    Periods,
    before_of,
    drawn,
    mentions,
    periods,
    shares,
    slopes,
    span,
)
from pilothouse.types.contest import Index

Numbers = NDArray[Any]
Reading = Literal["must_be", "performance", "delight", "indifferent", "cannot_tell"]

LEAST_IMPACT, MOST_IMPACT = 0.25, 3.0
_TURN, _QUIET, _RARE, _FEWEST_JUDGED = 1.6, 0.35, 0.4, 8


@dataclass(frozen=True)
class Ranged:
    """A figure with its likely range."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Need:
    """One need.

    Parameters
    ----------
    number
        Of the model's need.
    name, words
        How it is called; its telling words.
    volume, complaints, asks, praises
        Texts that speak of it, complain of it, ask for it, praise it.
    share
        Of all texts, those that speak of it.
    reach
        Texts that complain of it or ask for it.
    feeling, gap
        How people feel about it, -1 to 1, and how much worse than about the rest.
    impact, confidence, score
        RICE's other inputs, and reach x impact x confidence.
    kano
        The reading.
    trend
        Change of its share a period, or None without times.
    before, after, change
        Share in the previous period and since, and the difference.
    settled
        Whether the change is beyond what chance would show in any of the needs: at 90 %, with
        the error shared among them (Bonferroni).
    blames, likes
        What is said of it, with how often.
    quotes, wishes
        A few sentences that complain or ask, and one that asks.
    by_period
        Share in each period.
    """

    number: int
    name: str
    words: tuple[str, ...]
    volume: int
    complaints: int
    asks: int
    praises: int
    share: Ranged
    reach: Ranged
    feeling: float
    gap: Ranged
    impact: float
    confidence: float
    score: float
    kano: Reading
    trend: Ranged | None
    before: float | None
    after: float | None
    change: Ranged | None
    settled: bool
    blames: Said
    likes: Said
    quotes: tuple[str, ...]
    wishes: tuple[str, ...] = ()
    by_period: tuple[float, ...] = ()


@dataclass(frozen=True)
class Read:
    """All needs of some texts, the most pressing first.

    Parameters
    ----------
    texts, complaining, asking, placed
        How many texts there are, complain of any need, ask for any, speak of any.
    starts, days
        Of the periods; empty and 0 without times.
    cut
        First day of the present period in a comparison, or None.
    rated
        Whether a rating says how people feel.
    """

    needs: tuple[Need, ...]
    texts: int
    complaining: int
    asking: int
    placed: int
    starts: tuple[str, ...] = ()
    days: int = 0
    cut: str | None = None
    rated: bool = False

    def as_plain(self) -> dict[str, Any]:
        """What a file keeps."""
        return asdict(self)

    @staticmethod
    def of_plain(kept: dict[str, Any]) -> Read:
        """Read back what ``as_plain`` gave."""
        needs = tuple(_need(one) for one in kept["needs"])
        return Read(**{**kept, "needs": needs, "starts": tuple(kept["starts"])})


@dataclass(frozen=True)
class Beside:
    """What is known of texts besides their words; None where it is not.

    ``cut`` is the first day of the present period, None for the later half.
    """

    feelings: Numbers | None = field(default=None, repr=False)
    times: Numbers | None = field(default=None, repr=False)
    units: Index | None = field(default=None, repr=False)
    cut: str | None = None


def read_needs(sorter: Sorter, texts: Sequence[str], beside: Beside, seed: int = 0) -> Read:
    """Count, name and rank the needs of ``texts``."""
    seen = mentions(sorter, texts, beside.feelings)
    units = np.arange(len(texts)) if beside.units is None else beside.units
    counted = _Counted.of(seen, drawn(units, seed), beside)
    told = telling_words(sorter, seen.sentences, seen.need)
    names = getattr(sorter.sorting, "names", ()) or [""] * len(told)
    found = [
        _counted_need(k, names[k], told[k], counted, float(sorter.steady[k]))
        for k in range(len(told))
        if seen.spoken[:, k].any()
    ]
    found.sort(key=lambda need: (-round(need.score, 9), -need.volume, need.number))
    span_ = counted.periods
    return Read(
        tuple(found),
        len(texts),
        int(seen.complains.any(axis=1).sum()),
        int(seen.asks.any(axis=1).sum()),
        int(seen.spoken.any(axis=1).sum()),
        () if span_ is None else span_.starts,
        0 if span_ is None else span_.days,
        counted.cut,
        beside.feelings is not None,
    )


@dataclass(frozen=True)
class _Counted:
    """Mentions with their draws."""

    seen: Mentions
    weight: Numbers = field(repr=False)
    share: Numbers = field(repr=False)
    reach: Numbers = field(repr=False)
    gap: Numbers = field(repr=False)
    periods: Periods | None
    slope: Numbers | None = field(repr=False)
    earlier: Numbers | None = field(repr=False)
    change: Numbers | None = field(repr=False)
    cut: str | None

    @staticmethod
    def of(seen: Mentions, weight: Numbers, beside: Beside) -> _Counted:
        weight = np.concatenate([np.ones((1, seen.texts)), weight])  # the first line is the figure itself
        times = beside.times
        cut_up = None if times is None else periods(times)
        slope = earlier = change = cut = None
        if times is not None and cut_up is not None:
            dated = weight * (cut_up.of >= 0)
            slope = slopes(seen.spoken, cut_up.of, cut_up.count, dated)
            earlier = before_of(times, beside.cut)
            later = ~np.isnat(times) & ~earlier
            if earlier.any() and later.any():
                change = shares(seen.spoken, weight * later) - shares(seen.spoken, weight * earlier)
                cut = str(times[later].min().astype("datetime64[D]"))
        return _Counted(
            seen,
            weight,
            shares(seen.spoken, weight),
            weight @ seen.speaks,
            _gaps(seen, weight),
            cut_up,
            slope,
            earlier,
            change,
            cut,
        )


def _gaps(seen: Mentions, weight: Numbers) -> Numbers:
    """How much worse each need feels than the rest, halved so that it lies in -1 to 1."""
    felt, spoken = weight @ (seen.feeling * seen.spoken), weight @ seen.spoken
    rest_felt = felt.sum(axis=1, keepdims=True) - felt
    rest = spoken.sum(axis=1, keepdims=True) - spoken
    here = felt / np.maximum(spoken, 1e-12)
    return np.asarray((rest_felt / np.maximum(rest, 1e-12) - here) / 2.0)


def _ranged(draws: Numbers) -> Ranged:
    return Ranged(float(draws[0]), *span(draws[1:]))


def _counted_need(k: int, named: str, told: list[str], counted: _Counted, steady: float) -> Need:
    seen = counted.seen
    own = np.flatnonzero(seen.need == k)
    blames, likes = wordings([seen.sentences[i] for i in own[seen.sounds[own] != 0].tolist()], told)
    reach, gap = _ranged(counted.reach[:, k]), _ranged(counted.gap[:, k])
    impact = LEAST_IMPACT + (MOST_IMPACT - LEAST_IMPACT) * float(np.clip(2.0 * gap.value, 0.0, 1.0))
    blunt = own[(seen.sounds[own] < 0) | (seen.asking[own] > 0)]
    quotes = nearest(seen.sentences, seen.clear, blunt if len(blunt) else own)
    wishes = nearest(seen.sentences, seen.clear, own[seen.asking[own] > 0], 1)
    before = after = None
    if counted.change is not None and counted.earlier is not None:
        before = float(seen.spoken[counted.earlier, k].mean())
        after = before + float(counted.change[0, k])
    return Need(
        number=k,
        name=named or name_of(told) or f"#{k + 1}",
        words=tuple(told),
        volume=int(seen.spoken[:, k].sum()),
        complaints=int(seen.complains[:, k].sum()),
        asks=int(seen.asks[:, k].sum()),
        praises=int(seen.praises[:, k].sum()),
        share=_ranged(counted.share[:, k]),
        reach=reach,
        feeling=float((seen.feeling[:, k] * seen.spoken[:, k]).sum() / seen.spoken[:, k].sum()),
        gap=gap,
        impact=impact,
        confidence=steady,
        score=reach.value * impact * steady,
        kano=_kano(seen, k),
        trend=None if counted.slope is None else _ranged(counted.slope[:, k]),
        before=before,
        after=after,
        change=None if counted.change is None else _ranged(counted.change[:, k]),
        settled=counted.change is not None and _settled(counted.change[:, k], seen.spoken.shape[1]),
        blames=blames,
        likes=likes,
        quotes=tuple(quotes),
        wishes=tuple(wishes),
        by_period=_by_period(seen.spoken[:, k], counted.periods),
    )


def _settled(draws: Numbers, needs: int) -> bool:
    from scipy.stats import norm

    reach = norm.ppf(1.0 - 0.05 / needs) * np.nanstd(draws[1:])
    return bool(abs(draws[0]) > reach > 0)


def _by_period(spoken: Numbers, cut_up: Periods | None) -> tuple[float, ...]:
    if cut_up is None:
        return ()
    parts = [spoken[cut_up.of == k] for k in range(cut_up.count)]
    return tuple(float(part.mean()) if len(part) else 0.0 for part in parts)


def _kano(seen: Mentions, k: int) -> Reading:
    """Read how volume and feeling go together, against all needs of the same texts.

    Must-be: spoken of mostly when it fails. Delight: mostly with praise. Performance: both
    ways. Indifferent: rarely, or without feeling. Where hardly anybody praises anything (or
    blames), feeling cannot tell needs apart.
    """
    blamed, praised = seen.complains.sum(axis=0), seen.praises.sum(axis=0)
    volume = seen.spoken.sum(axis=0)
    if min(blamed.sum(), praised.sum()) < _FEWEST_JUDGED * len(volume) / 2:
        return "cannot_tell"
    if (blamed[k] + praised[k]) / volume[k] < _QUIET or volume[k] < _RARE * np.median(volume):
        return "indifferent"
    usual = (blamed.sum() + 1) / (praised.sum() + 1)
    odds = (blamed[k] + 1) / (praised[k] + 1) / usual
    return "must_be" if odds >= _TURN else "delight" if odds <= 1 / _TURN else "performance"


def _need(kept: dict[str, Any]) -> Need:
    ranged = {
        n: None if kept[n] is None else Ranged(**kept[n])
        for n in ("share", "reach", "gap", "trend", "change")
    }
    lists = {n: tuple((w, int(c)) for w, c in kept[n]) for n in ("blames", "likes")}
    plain = {n: tuple(kept[n]) for n in ("words", "quotes", "wishes", "by_period")}
    return Need(**{**kept, **ranged, **lists, **plain})
