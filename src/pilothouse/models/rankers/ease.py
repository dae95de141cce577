"""EASE: a linear autoencoder over histories, solved in closed form.

Each item is predicted from the others of the same history by one ridge regression for
all; the diagonal is held at zero, so an item never predicts itself. The penalty grows
with an item's count, as if items were dropped from histories at random. It does not
read attributes, and it reads order only as a discount of what is long ago.

References
----------
Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019;
Steck, "Autoencoders that don't overfit towards the identity", NeurIPS 2020.
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
from pilothouse.models.ranking import Codes, Interactions, Matrix, Ranker, history_matrix
from pilothouse.types import Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

_MOST_GB = 3.0
_LEAN = 1e-3
_STATE, _ARRAYS = "ease.json", "ease.npz"


@dataclass(frozen=True)
class Ease(Candidate):
    """EASE over the ``most_items`` items of most interactions.

    Rarer items are left to the popularity that everything leans on a little: their
    regressions would rest on a handful of histories.
    """

    items: int
    repeats: bool
    most_items: int = 8_000
    name: ClassVar[str] = "ease"
    label: ClassVar[Message] = say("rankers.ease")
    rank: ClassVar[int] = 11

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline where the matrix of items by items does not fit, or beyond time."""
        needed = 2 * 4e-9 * min(shape.items, self.most_items) ** 2
        if needed > _MOST_GB:
            return say("rankers.too_many_items", items=shape.items, gb=round(needed, 1))
        return decline(self.cost(shape), budget_s)

    def cost(self, shape: Shape) -> Cost:
        """Grow with the cube of the items: one factorisation and its inverse."""
        kept = min(shape.items, self.most_items)
        return Cost(0.1 + 2e-6 * shape.rows + 1.4e-11 * kept**3, 8e-6 * kept**2)

    def build(self, parameters: Parameters) -> EaseModel:
        """Make an unfitted model."""
        return EaseModel(self.items, self.repeats, self.most_items, dict(parameters))


@dataclass(frozen=True)
class EaseModel(Ranker):
    """Scores are history x weights.

    Parameters
    ----------
    kept
        (k,) codes of the items in the regression, ascending.
    weights
        (k, k) float32.
    prior
        (items,) popularity; all there is for an empty history.
    """

    most_items: int = 8_000
    parameters: dict[str, Any] = field(default_factory=dict)
    kept: Codes | None = field(default=None, repr=False)
    weights: Matrix | None = field(default=None, repr=False)
    prior: NDArray[np.float32] | None = field(default=None, repr=False)
    kind: ClassVar[str] = "ease"

    def fit(self, data: Data, context: Context) -> Self:
        """Solve."""
        told = Interactions.of(data)
        counts = np.bincount(told.item, minlength=self.items)
        kept = np.sort(np.argsort(-counts, kind="stable")[: self.most_items])
        kept = kept[counts[kept] > 0]
        taken = told.matrix()[:, kept]
        gram = np.asarray((taken.T @ taken).todense(), dtype=np.float32)
        # The constants of the papers, the first scaled with the size of the data: a penalty of 300 suits
        # histories of a hundred items, one of 20 suits those of eight.
        size = float(taken.nnz) / max(1, len(kept))
        penalty = float(self.parameters.get("penalty", 6.0 * size))
        dropped = float(self.parameters.get("dropped", 1.0))
        weights = solve(gram, penalty, dropped)
        lean = prior(data, repeats=self.repeats, seed=context.seed)
        return replace(self, kept=kept, weights=weights, prior=lean)

    def scores(self, requests: Table) -> Matrix:
        """Score all items."""
        if self.kept is None or self.weights is None or self.prior is None:
            raise RuntimeError("scores before fit")
        found = np.tile(_LEAN * self.prior, (requests.rows, 1))
        taken = history_matrix(requests, self.items)[:, self.kept]
        found[:, self.kept] += np.asarray(taken @ self.weights, dtype=np.float32)
        return found

    def save(self, folder: Path) -> None:
        """Write JSON and an npz."""
        state = {
            "items": self.items,
            "repeats": self.repeats,
            "most_items": self.most_items,
            "parameters": self.parameters,
        }
        save_file(folder / _STATE, state, "json")
        arrays = {"kept": self.kept, "weights": self.weights, "prior": self.prior}
        save_file(folder / _ARRAYS, arrays, "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state, held = load_file(folder / _STATE, "json"), load_file(folder / _ARRAYS, "arrays")
        return cls(**state, kept=held["kept"], weights=held["weights"], prior=held["prior"])


def solve(gram: Matrix, penalty: float, dropped: float) -> Matrix:
    """Weights that predict each item from the others.

    Parameters
    ----------
    gram
        (k, k) float32, how often two items share a history; overwritten.
    penalty
        Added to the diagonal.
    dropped
        Share of an item's count that is added to its place in the diagonal: p / (1 - p)
        of the chance p at which an item is dropped.

    Returns
    -------
    ndarray
        (k, k) float32 with a zero diagonal.
    """
    from scipy.linalg import lapack

    if not len(gram):
        return gram
    diagonal = np.diag_indices_from(gram)
    gram[diagonal] += penalty + dropped * gram[diagonal] + 1e-3
    # A symmetric matrix is its own transpose, which LAPACK overwrites without a copy.
    factor, failed = lapack.spotrf(gram.T, lower=1, clean=0, overwrite_a=1)
    inverse, failed_too = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed or failed_too:
        raise ArithmeticError("the Gram matrix is not positive definite")
    made: Matrix = np.ascontiguousarray(inverse.T)
    for start in range(0, len(made), 512):
        end = min(start + 512, len(made))
        block = made[start:end, start:end]
        block[:] = np.triu(block) + np.triu(block, 1).T
        made[end:, start:end] = made[start:end, end:].T
    made /= -made[diagonal][None, :]
    made[diagonal] = 0.0
    return made
