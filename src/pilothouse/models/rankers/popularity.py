"""The most popular items, over all time or lately; the same list for everybody.

Both are baselines, and the second is what other rankers fall back on where a history
is empty. Nothing here looks at who asks, only at when.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import MissingColumn
from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.rankers.rehearsal import Rehearsal, ndcg, rehearse
from pilothouse.models.ranking import Codes, Interactions, Matrix, Ranker
from pilothouse.types import Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

_SHOWN = 10
_HALVINGS = range(9)
_MOMENTS = 64
_STATE, _ARRAYS = "popularity.json", "popularity.npz"


@dataclass(frozen=True)
class Popular(Candidate):
    """What was taken most often, ever."""

    items: int
    repeats: bool
    name: ClassVar[str] = "popular"
    label: ClassVar[Message] = say("rankers.popular")
    rank: ClassVar[int] = 0
    is_stand_in: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        """Take one count of the rows."""
        return Cost(0.01 + 1e-7 * shape.rows)

    def build(self, parameters: Parameters) -> PopularModel:
        """Make an unfitted model."""
        return PopularModel(self.items, self.repeats)


@dataclass(frozen=True)
class Lately(Candidate):
    """What was taken most often before the request, older events counting less."""

    items: int
    repeats: bool
    timed: bool = True
    name: ClassVar[str] = "lately"
    label: ClassVar[Message] = say("rankers.lately")
    rank: ClassVar[int] = 1
    is_stand_in: ClassVar[bool] = True

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline without times."""
        return None if self.timed else say("rankers.no_times")

    def cost(self, shape: Shape) -> Cost:
        """Take a sort of the rows and a count for each half-life tried."""
        return Cost(0.3 + 2e-6 * shape.rows, 8e-6 * _MOMENTS * shape.items)

    def build(self, parameters: Parameters) -> LatelyModel:
        """Make an unfitted model."""
        return LatelyModel(self.items, self.repeats)


@dataclass(frozen=True)
class PopularModel(Ranker):
    """The share of interactions that each item had, (items,)."""

    shares: NDArray[np.float32] | None = field(default=None, repr=False)
    kind: ClassVar[str] = "popular"

    def fit(self, data: Data, context: Context) -> Self:
        """Count."""
        return replace(self, shares=_shares(Interactions.of(data).item, None, self.items))

    def scores(self, requests: Table) -> Matrix:
        """Say the same for every request."""
        if self.shares is None:
            raise RuntimeError("scores before fit")
        return np.tile(self.shares, (requests.rows, 1))

    def sentence(self) -> Message:
        """Say the rule in words a PM can say."""
        return say("rankers.popular_sentence", k=_SHOWN)

    def save(self, folder: Path) -> None:
        """Write JSON and an npz."""
        save_file(folder / _STATE, {"items": self.items, "repeats": self.repeats}, "json")
        save_file(folder / _ARRAYS, {"shares": self.shares}, "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / _STATE, "json")
        return cls(state["items"], state["repeats"], load_file(folder / _ARRAYS, "arrays")["shares"])


@dataclass(frozen=True)
class LatelyModel(Ranker):
    """Popularity with exponential decay, as it stood at a number of moments.

    Under exponential decay the order of items does not change while nothing happens, so
    the state of the latest moment before a request is its answer; a request from the
    midst of the learning data never sees what came after it.

    Parameters
    ----------
    half_life_s
        Seconds after which an event counts half; found on a rehearsal where it is 0.
    moments
        (m,) microseconds, ascending.
    shares
        (m, items) decayed shares of what happened up to each moment.
    """

    half_life_s: float = 0.0
    moments: Codes | None = field(default=None, repr=False)
    shares: Matrix | None = field(default=None, repr=False)
    kind: ClassVar[str] = "lately"

    def fit(self, data: Data, context: Context) -> Self:
        """Choose the half-life and count.

        Raises
        ------
        MissingColumn
            When the interactions have no times.
        """
        told = Interactions.of(data)
        if told.time is None:
            raise MissingColumn(say("rankers.no_times"), say("rankers.no_times"))
        half_life = self.half_life_s or _half_life(data, self.repeats, context.seed)
        moments = np.unique(np.quantile(told.time, np.linspace(0.0, 1.0, _MOMENTS + 1)[1:]).astype(np.int64))
        moments[-1] = told.time.max()
        shares = np.zeros((len(moments), self.items), dtype=np.float32)
        order = np.argsort(told.time, kind="stable")
        item, time = told.item[order], told.time[order]
        ends = np.searchsorted(time, moments, side="right")
        state, start, before = np.zeros(self.items), 0, int(moments[0])
        for row, (moment, end) in enumerate(zip(moments.tolist(), ends.tolist(), strict=True)):
            state *= 0.5 ** ((moment - before) / 1e6 / half_life)
            state += _decayed(item[start:end], time[start:end], moment, half_life, self.items)
            shares[row] = state / max(state.sum(), 1e-300)
            start, before = end, moment
        return replace(self, half_life_s=half_life, moments=moments, shares=shares)

    def scores(self, requests: Table) -> Matrix:
        """Say what was popular at each request's ``now`` (the end, where it has none)."""
        if self.moments is None or self.shares is None:
            raise RuntimeError("scores before fit")
        if "now" not in requests:
            return np.tile(self.shares[-1], (requests.rows, 1))
        now = requests["now"].astype("datetime64[us]")
        place = np.searchsorted(self.moments, now.astype(np.int64), side="right") - 1
        place[np.isnat(now)] = len(self.moments) - 1
        return np.asarray(self.shares[np.maximum(place, 0)])

    def sentence(self) -> Message:
        """Say the rule in words a PM can say."""
        return say("rankers.lately_sentence")

    def save(self, folder: Path) -> None:
        """Write JSON and an npz."""
        state = {"items": self.items, "repeats": self.repeats, "half_life_s": self.half_life_s}
        save_file(folder / _STATE, state, "json")
        save_file(folder / _ARRAYS, {"moments": self.moments, "shares": self.shares}, "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state, kept = load_file(folder / _STATE, "json"), load_file(folder / _ARRAYS, "arrays")
        return cls(state["items"], state["repeats"], state["half_life_s"], kept["moments"], kept["shares"])


def prior(data: Data, *, repeats: bool, seed: int) -> NDArray[np.float32]:
    """Say what to show to somebody of whom nothing is known.

    Parameters
    ----------
    data
        The learning data.
    repeats, seed
        As for ``rehearse``.

    Returns
    -------
    ndarray
        (items,) in [0, 1], the most popular item 1: lately where there are times.
    """
    told = Interactions.of(data)
    shares: NDArray[np.floating[Any]]
    if told.time is None:
        shares = _shares(told.item, None, told.items)
    else:
        half_life = _half_life(data, repeats, seed)
        end = int(told.time.max())
        shares = _decayed(told.item, told.time, end, half_life, told.items)
    return np.asarray(shares / max(float(shares.max()), 1e-30), dtype=np.float32)


def _half_life(data: Data, repeats: bool, seed: int) -> float:
    """Find the half-life, in seconds: the span of the data halved 0 to 8 times, the best on a rehearsal."""
    told = Interactions.of(data)
    if told.time is None:
        raise RuntimeError("a half-life without times")
    span = max(1.0, float(told.time.max() - told.time.min()) / 1e6)
    held = rehearse(data, repeats=repeats, seed=seed, most=1_000, twice=False)
    if held is None:
        return span
    known = Interactions.of(held.learn)
    if known.time is None:
        raise RuntimeError("a half-life without times")
    end = int(known.time.max())
    tried: dict[float, float] = {}
    for halvings in _HALVINGS:
        shares = _decayed(known.item, known.time, end, span / 2**halvings, told.items)
        tried[span / 2**halvings] = _worth(shares, held, repeats)
    return max(tried, key=lambda one: tried[one])


def _worth(shares: NDArray[np.float64], held: Rehearsal, repeats: bool) -> float:
    """Mean gain when everybody is shown the items of most share that are new to them."""
    order = np.argsort(-shares, kind="stable")
    lists = np.full((held.requests.rows, _SHOWN), -1, dtype=np.int64)
    for row, history in enumerate(held.requests["history"]):
        top = order[: _SHOWN + len(history)]
        shown = top if repeats else top[~np.isin(top, history)]
        lists[row, : min(_SHOWN, len(shown))] = shown[:_SHOWN]
    return float(ndcg(lists, held.wanted).mean())


def _decayed(item: Codes, time: Codes, end: int, half_life_s: float, items: int) -> NDArray[np.float64]:
    """Sum the weights of events, an event at ``end`` counting one, (items,)."""
    weights = 0.5 ** ((end - time) / 1e6 / half_life_s)
    return np.asarray(np.bincount(item, weights=weights, minlength=items), dtype=np.float64)


def _shares(item: Codes, weights: NDArray[np.float64] | None, items: int) -> NDArray[np.float32]:
    """Shares of the whole, (items,)."""
    counts = np.bincount(item, weights=weights, minlength=items)
    return np.asarray(counts / max(1.0, float(counts.sum())), dtype=np.float32)
