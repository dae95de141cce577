"""Item transitions: what is taken next, after the last items of a history.

Pairs of items that follow each other in a sequence are counted, near ones more than far
ones and forward ones more than backward ones; the items of a history count the more,
the later they stand. It reads order, from times or the file; it does not read how much
time passed.

References
----------
The decays by distance are those of the sequential rules of Ludewig and Jannach,
"Evaluation of session-based recommendation algorithms", 2018.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.costs import decline
from pilothouse.models.rankers.neighbours import nearest, parts, product, whole
from pilothouse.models.rankers.popularity import prior
from pilothouse.models.rankers.rehearsal import DEPTH, Rehearsal, ndcg, rehearse
from pilothouse.models.ranking import Interactions, Matrix, Ranker, best
from pilothouse.types import Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

_WINDOW = 20
_MOST_ROW = 1_000
_ASKED = (300, 2_000)
_FAINT = 1e-3
_LEAN = 1e-4
_STATE, _ARRAYS = "transitions.json", "transitions.npz"
_AT_ONCE = 10_000_000


@dataclass(frozen=True)
class Habits:
    """How transitions are counted and used.

    Parameters
    ----------
    decay
        Weight of a pair one step further apart.
    backward
        Weight of a pair read against its order.
    recency
        Weight of an item of the history one step further back.
    common
        Power of an item's popularity by which its score is divided.
    """

    decay: float = 0.9
    backward: float = 0.3
    recency: float = 0.5
    common: float = 0.25


_RECENCIES, _COMMONS = (0.5, 0.7, 0.9), (0.0, 0.25)


@dataclass(frozen=True)
class Transitions(Candidate):
    """Recency-weighted counts of what follows what."""

    items: int
    repeats: bool
    name: ClassVar[str] = "transitions"
    label: ClassVar[Message] = say("rankers.transitions")
    rank: ClassVar[int] = 10

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline beyond memory or time."""
        return decline(self.cost(shape), budget_s)

    def cost(self, shape: Shape) -> Cost:
        """Grow with the pairs inside the window."""
        pairs = 2.0 * _WINDOW * shape.rows
        return Cost(0.2 + 3e-7 * pairs + 5e-5 * shape.items, 20.0 + 4e-5 * pairs)

    def build(self, parameters: Parameters) -> TransitionsModel:
        """Make an unfitted model."""
        return TransitionsModel(self.items, self.repeats)


@dataclass(frozen=True)
class TransitionsModel(Ranker):
    """A sparse matrix of transitions.

    Parameters
    ----------
    habits
        Chosen on a rehearsal where they are not given.
    next
        (items, items) float32 CSR: from, to.
    prior
        (items,) popularity; all there is for an empty history.
    """

    habits: Habits | None = None
    next: Any = field(default=None, repr=False)
    prior: NDArray[np.float32] | None = field(default=None, repr=False)
    kind: ClassVar[str] = "transitions"

    def fit(self, data: Data, context: Context) -> Self:
        """Choose the habits on a rehearsal, then count everything."""
        habits = self.habits or self._chosen(data, context.seed)
        lean = prior(data, repeats=self.repeats, seed=context.seed)
        return replace(self, habits=habits, next=self._counted(data, habits), prior=lean)

    def scores(self, requests: Table) -> Matrix:
        """Score all items."""
        if self.next is None or self.prior is None or self.habits is None:
            raise RuntimeError("scores before fit")
        found = product(late_matrix(requests, self.items, self.habits.recency), self.next)
        return np.asarray(found + _LEAN * self.prior, dtype=np.float32)

    def _chosen(self, data: Data, seed: int) -> Habits:
        """Try a few discounts of what is long ago, and of what is common."""
        usual = Habits()
        most = int(np.clip(data.tables["users"].rows // 10, *_ASKED))
        held = rehearse(data, repeats=self.repeats, seed=seed, most=most)
        if held is None:
            return usual
        tried: dict[Habits, float] = {}
        raw = pairs(Interactions.of(held.learn), usual.decay, usual.backward)
        following, to = normalised(raw, 0.0), into(raw)
        for recency in _RECENCIES:
            habits = [replace(usual, recency=recency, common=common) for common in _COMMONS]
            worths = self._worths(following, recency, [to**-common for common in _COMMONS], held)
            tried |= dict(zip(habits, worths, strict=True))
        return max(tried, key=lambda one: tried[one])

    def _counted(self, data: Data, habits: Habits) -> Any:
        """Count with given habits."""
        raw = pairs(Interactions.of(data), habits.decay, habits.backward)
        return nearest(normalised(raw, habits.common), _MOST_ROW)

    def _worths(
        self, following: Any, recency: float, scales: list[NDArray[np.float32]], held: Rehearsal
    ) -> list[float]:
        """Mean gain on a rehearsal, the scores of items multiplied by each of ``scales``."""
        lists: list[list[Matrix]] = [[] for _ in scales]
        size = max(1, _AT_ONCE // max(1, self.items))
        for start in range(0, held.requests.rows, size):
            asked = held.requests.take(slice(start, start + size))
            scores = product(late_matrix(asked, self.items, recency), following)
            if not self.repeats:
                for row, history in enumerate(asked["history"]):
                    scores[row, history] = -np.inf
            for found, scale in zip(lists, scales, strict=True):
                found.append(best(scores * scale, DEPTH)["item"])
        return [float(ndcg(np.concatenate(one).astype(np.int64), held.wanted).mean()) for one in lists]

    def save(self, folder: Path) -> None:
        """Write JSON and an npz."""
        if self.habits is None:
            raise RuntimeError("save before fit")
        state = {"items": self.items, "repeats": self.repeats, "habits": asdict(self.habits)}
        save_file(folder / _STATE, state, "json")
        save_file(folder / _ARRAYS, {**parts(self.next), "prior": self.prior}, "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state, held = load_file(folder / _STATE, "json"), load_file(folder / _ARRAYS, "arrays")
        following = whole(held, state["items"])
        return cls(state["items"], state["repeats"], Habits(**state["habits"]), following, held["prior"])


def pairs(told: Interactions, decay: float, backward: float) -> Any:
    """Count pairs at most 20 steps apart, (items, items) float32 CSR: from, to."""
    from scipy.sparse import csr_matrix

    told = told.ordered()
    item = told.item.astype(np.int32)
    before, after, weights = [], [], []
    for step in range(1, min(_WINDOW, len(told.user) - 1) + 1):
        same = told.user[step:] == told.user[:-step]
        before.append(item[:-step][same])
        after.append(item[step:][same])
        weights.append(np.full(int(same.sum()), decay ** (step - 1), dtype=np.float32))
    shape = (told.items, told.items)
    if not before:
        return csr_matrix(shape, dtype=np.float32)
    places = (np.concatenate(before), np.concatenate(after))
    forward = csr_matrix((np.concatenate(weights), places), shape=shape)
    return (forward + backward * forward.T).tocsr().astype(np.float32)


def normalised(matrix: Any, common: float) -> Any:
    """Divide rows by the root of their sums, columns by a power of theirs."""
    made = matrix.copy()
    out = np.asarray(matrix.sum(axis=1)).ravel()
    made.data = matrix.data * np.repeat(np.maximum(out, 1e-9) ** np.float32(-0.5), np.diff(matrix.indptr))
    made.data *= (into(matrix) ** np.float32(-common))[matrix.indices]
    return made


def into(matrix: Any) -> NDArray[np.float32]:
    """Sums of columns, (items,), never zero."""
    return np.maximum(np.asarray(matrix.sum(axis=0), dtype=np.float32).ravel(), np.float32(1e-9))


def late_matrix(requests: Table, items: int, recency: float) -> Any:
    """Return requests x items, float32 CSR: the last item 1, each one before ``recency`` times less."""
    from scipy.sparse import csr_matrix

    # What weighs less than a thousandth is left out: it moves no list, and long histories stay cheap.
    reach = max(1, int(np.log(_FAINT) / np.log(recency))) if 0.0 < recency < 1.0 else None
    histories = [history if reach is None else history[-reach:] for history in requests["history"]]
    sizes = np.fromiter((len(h) for h in histories), dtype=np.int64, count=len(histories))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    columns = np.concatenate([*histories, np.empty(0, dtype=np.int64)]).astype(np.int64)
    back = np.repeat(starts[1:], sizes) - 1 - np.arange(len(columns))
    weights = np.power(recency, back, dtype=np.float64).astype(np.float32)
    made = csr_matrix((weights, columns, starts), shape=(len(sizes), items))
    made.sum_duplicates()
    return made
