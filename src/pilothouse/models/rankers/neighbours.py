"""Item neighbours: what people who took the same items also took.

The similarity is the cosine between the sets of users of two items, shrunk towards
zero where few users took both. A baseline: what most shops run.

References
----------
Sarwar et al., "Item-based collaborative filtering recommendation algorithms", 2001;
the shrinkage is that of Bell and Koren, "Scalable collaborative filtering", 2007.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.costs import decline
from pilothouse.models.rankers.popularity import prior
from pilothouse.models.ranking import Interactions, Matrix, Ranker, history_matrix
from pilothouse.types import Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

_NEAREST = 100
_SHRINK = 10.0
_LEAN = 1e-3
_STATE, _ARRAYS = "neighbours.json", "neighbours.npz"


@dataclass(frozen=True)
class Neighbours(Candidate):
    """The sum of similarities to the items of the history."""

    items: int
    repeats: bool
    name: ClassVar[str] = "neighbours"
    label: ClassVar[Message] = say("rankers.neighbours")
    rank: ClassVar[int] = 2
    is_stand_in: ClassVar[bool] = True

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline beyond memory or time."""
        return decline(self.cost(shape), budget_s)

    def cost(self, shape: Shape) -> Cost:
        """Grow with the pairs inside histories."""
        pairs = min(shape.rows * shape.rows / max(1, shape.users), float(shape.items) ** 2)
        return Cost(0.1 + 5e-8 * pairs + 5e-5 * shape.items, 20.0 + 2.4e-5 * pairs)

    def build(self, parameters: Parameters) -> NeighboursModel:
        """Make an unfitted model."""
        return NeighboursModel(self.items, self.repeats)


@dataclass(frozen=True)
class NeighboursModel(Ranker):
    """A sparse matrix of similarities and the popularity of items.

    Parameters
    ----------
    near
        (items, items) float32 CSR, at most 100 a row; its rows are the items of a
        history.
    prior
        (items,) popularity; all there is for an empty history.
    """

    near: Any = field(default=None, repr=False)
    prior: NDArray[np.float32] | None = field(default=None, repr=False)
    kind: ClassVar[str] = "neighbours"

    def fit(self, data: Data, context: Context) -> Self:
        """Count who took both, and keep the nearest."""
        taken = Interactions.of(data).matrix()
        both = (taken.T @ taken).tocsr()
        counts = both.diagonal()
        rows = np.repeat(np.arange(self.items), np.diff(both.indptr))
        length = np.sqrt(counts[rows] * counts[both.indices])
        both.data *= both.data / (both.data + np.float32(_SHRINK)) / np.maximum(length, 1e-9)
        both.data[rows == both.indices] = 0.0
        both.eliminate_zeros()
        lean = prior(data, repeats=self.repeats, seed=context.seed)
        return replace(self, near=nearest(both, _NEAREST), prior=lean)

    def scores(self, requests: Table) -> Matrix:
        """Score all items."""
        if self.near is None or self.prior is None:
            raise RuntimeError("scores before fit")
        found = product(history_matrix(requests, self.items), self.near)
        return np.asarray(found + _LEAN * self.prior, dtype=np.float32)

    def sentence(self) -> Message:
        """Say the rule in words a PM can say."""
        return say("rankers.neighbours_sentence")

    def save(self, folder: Path) -> None:
        """Write JSON and an npz."""
        save_file(folder / _STATE, {"items": self.items, "repeats": self.repeats}, "json")
        save_file(folder / _ARRAYS, {**parts(self.near), "prior": self.prior}, "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state, held = load_file(folder / _STATE, "json"), load_file(folder / _ARRAYS, "arrays")
        return cls(state["items"], state["repeats"], whole(held, state["items"]), held["prior"])


def product(left: Any, right: Any) -> Matrix:
    """Multiply two CSR matrices into a dense one; ``right`` is made dense first where a quarter is filled."""
    dense = 4 * right.nnz >= right.shape[0] * right.shape[1]
    made = left @ (right.toarray() if dense else right)
    return np.asarray(made if dense else made.toarray(), dtype=np.float32)


def nearest(matrix: Any, most: int) -> Any:
    """Keep the ``most`` largest entries of each row of a CSR matrix; ties go to the lower column."""
    from scipy.sparse import csr_matrix

    kept = []
    for start, end in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
        own = np.arange(start, end)
        if end - start > most:
            values = matrix.data[start:end]
            bar = np.partition(values, -most)[-most]
            stays = values > bar
            stays[np.flatnonzero(values == bar)[: most - int(stays.sum())]] = True
            own = own[stays]
        kept.append(own)
    sizes = np.array([len(one) for one in kept])
    places = np.concatenate([*kept, np.empty(0, dtype=np.int64)]).astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    found = (matrix.data[places].astype(np.float32), matrix.indices[places], starts)
    return csr_matrix(found, shape=matrix.shape)


def parts(matrix: Any) -> dict[str, NDArray[Any]]:
    """Return the arrays of a CSR matrix under the names that ``whole`` reads."""
    return {
        "data": matrix.data,
        "indices": matrix.indices.astype(np.int64),
        "starts": matrix.indptr.astype(np.int64),
    }


def whole(held: dict[str, NDArray[Any]], items: int) -> Any:
    """Put together what ``parts`` took apart; checked, for it comes from a file."""
    from scipy.sparse import csr_matrix

    made = csr_matrix((held["data"], held["indices"], held["starts"]), shape=(items, items))
    made.check_format(full_check=True)
    return made
