"""Needs counted over texts: how many speak of each, how they feel, what changed, what they say.

A text speaks of every need under which one of its sentences falls. How it feels about a
need is how those sentences sound; where they do not judge, its rating speaks. A sentence
that contradicts the rating counts only where it complains outright ("too slow"): a small
list of words is wrong more often than a writer about the writer's own mind. A text complains
of a need where that is below zero, and asks where a sentence asks. Ranges come from
resampling whole writers (texts where writers do not repeat).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.needs.lexicon import lexicon
from pilothouse.models.needs.sorting import NONE, Sorter, fit_of
from pilothouse.models.texts.tokens import sentences
from pilothouse.types.contest import Index

Numbers = NDArray[Any]
DRAWS, FEWEST_DRAWS, _CELLS = 400, 50, 40_000_000
MOST_PERIODS, FEWEST_PERIODS = 12, 3


@dataclass(frozen=True)
class Mentions:
    """Which text speaks of which need, and how: every array (texts, needs).

    ``sentences`` are all sentences, ``owner`` the text of each, ``need`` its need, ``clear`` how
    clearly it speaks of it, ``sounds`` how it sounds or, silent, how its text is rated.
    """

    spoken: Numbers = field(repr=False)
    feeling: Numbers = field(repr=False)
    complains: Numbers = field(repr=False)
    praises: Numbers = field(repr=False)
    asks: Numbers = field(repr=False)
    sentences: tuple[str, ...] = field(repr=False)
    owner: Index = field(repr=False)
    need: Index = field(repr=False)
    clear: Numbers = field(repr=False)
    sounds: Numbers = field(repr=False)
    asking: Numbers = field(repr=False)

    @property
    def texts(self) -> int:
        """Number of texts."""
        return len(self.spoken)

    @property
    def speaks(self) -> Numbers:
        """1 where a text complains of a need or asks for it."""
        return np.asarray(np.maximum(self.complains, self.asks))


def mentions(sorter: Sorter, texts: Sequence[str], feelings: Numbers | None) -> Mentions:
    """Read every sentence of ``texts``; a text none of whose sentences falls under a need is read whole."""
    assert sorter.sorting is not None and sorter.vocabulary is not None
    known, count = lexicon(), sorter.sorting.count
    cut = [sentences(text) or [text] for text in texts]
    every = [sentence for own in cut for sentence in own]
    owner = np.repeat(np.arange(len(cut)), [len(own) for own in cut])
    need = sorter.sorting.assign(every)
    placed = np.zeros(len(texts), dtype=bool)
    placed[owner[need != NONE]] = True
    whole = sorter.sorting.assign(texts)
    need = np.where(placed[owner], need, whole[owner])
    rated = np.full(len(texts), np.nan) if feelings is None else feelings
    sounds = _sounds(every, np.nan_to_num(rated[owner], nan=0.0))
    asking = np.array([known.asks(sentence) for sentence in every], dtype=float)
    counts = sorter.vocabulary.counts_of(every)
    said = fit_of(counts, sorter.table)[np.arange(len(every)), np.maximum(need, 0)]
    clear = said * np.sqrt(np.asarray(counts.sum(axis=1)).ravel())  # one strong word alone is no sentence
    shape = (len(texts), count)
    own = np.flatnonzero(need != NONE)
    place = (owner[own], need[own])
    total, felt, asks = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(total, place, 1.0)
    np.add.at(felt, place, sounds[own])
    np.maximum.at(asks, place, asking[own])
    feeling = np.divide(felt, total, out=np.zeros(shape), where=total > 0)
    return Mentions(
        (total > 0).astype(float),
        feeling,
        (feeling < 0).astype(float),
        (feeling > 0).astype(float),
        asks,
        tuple(every),
        owner,
        need,
        clear,
        sounds,
        asking,
    )


def _sounds(every: Sequence[str], rated: Numbers) -> Numbers:
    """How each sentence sounds, given how its text is rated (0 where it is not)."""
    known = lexicon()
    opinion = np.array([known.opinion(sentence) for sentence in every])
    outright = np.array([known.complains(sentence) for sentence in every])
    against = (opinion * rated < 0) & ~outright
    return np.where(against, 0.0, np.where(opinion != 0, opinion, rated))


def drawn(units: Index, seed: int, draws: int = DRAWS) -> Numbers:
    """Bootstrap weights of texts, (draws, n), whole units at a time; fewer draws of very many texts."""
    draws = max(FEWEST_DRAWS, min(draws, _CELLS // max(1, len(units))))
    _, unit = np.unique(units, return_inverse=True)
    count = int(unit.max()) + 1
    random = np.random.default_rng([seed, 77])
    lots = np.stack([np.bincount(random.integers(0, count, count), minlength=count) for _ in range(draws)])
    return lots[:, unit].astype(float)


def span(values: Numbers) -> tuple[float, float]:
    """Likely range, 90 %, of draws."""
    low, high = np.nanquantile(values, [0.05, 0.95])
    return float(low), float(high)


def shares(flags: Numbers, weight: Numbers) -> Numbers:
    """Weighted shares of texts, (draws, needs)."""
    return np.asarray((weight @ flags) / weight.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Periods:
    """Times cut into periods of equal length.

    Parameters
    ----------
    of
        (n,) number of each text's period, -1 without a time.
    starts
        First day of each, ISO.
    days
        Length.
    """

    of: Index = field(repr=False)
    starts: tuple[str, ...]
    days: int

    @property
    def count(self) -> int:
        """Number of periods."""
        return len(self.starts)


def periods(times: Numbers) -> Periods | None:
    """Cut times into at most twelve periods of days, weeks, months or longer; None for too few."""
    known = ~np.isnat(times)
    if known.sum() < 2:
        return None
    days = times.astype("datetime64[D]").astype(np.int64)
    first, last = int(days[known].min()), int(days[known].max())
    length = next((d for d in (1, 7, 14, 30, 91, 182, 365) if (last - first + 1) <= MOST_PERIODS * d), None)
    length = length or -(-(last - first + 1) // MOST_PERIODS)
    count = (last - first) // length + 1
    if count < FEWEST_PERIODS:
        return None
    start = last + 1 - count * length  # whole periods back from the last day: the last is no stump
    of = np.where(known, (days - start) // length, -1)
    starts = tuple(str(np.datetime64(start + k * length, "D")) for k in range(count))
    return Periods(of.astype(np.int64), starts, length)


def slopes(flags: Numbers, of: Index, count: int, weight: Numbers) -> Numbers:
    """Slope of each need's share over periods, a period, weighted by texts; (draws, needs)."""
    member = np.stack([of == k for k in range(count)]).astype(float)
    texts = weight @ member.T
    spoken = np.stack([weight @ (flags * member[k][:, None]) for k in range(count)], axis=1)
    share = spoken / np.maximum(texts[:, :, None], 1e-12)
    x = np.arange(count)[None, :, None]
    middle = (texts[:, :, None] * x).sum(axis=1, keepdims=True) / texts.sum(axis=1)[:, None, None]
    spread = (texts[:, :, None] * (x - middle) ** 2).sum(axis=1)
    leaning = (texts[:, :, None] * (x - middle) * share).sum(axis=1)
    return np.asarray(leaning / np.maximum(spread, 1e-12))


def before_of(times: Numbers, cut: str | None) -> Numbers:
    """True for texts of the previous period: before ``cut`` (ISO), by default the earlier half."""
    known = ~np.isnat(times)
    if cut is not None:
        return np.asarray(known & (times < np.datetime64(cut)))
    middle = np.sort(times[known])[int(known.sum()) // 2]
    return np.asarray(known & (times < middle))
