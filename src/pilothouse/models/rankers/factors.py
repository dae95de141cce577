"""Matrix factorisation by the library ``implicit``: alternating least squares, and pairwise ranking.

Only what is learnt of the items is kept. A user's vector is made from the history of
the request: by the normal equations of the learning itself (``AlsModel``), or by the
sum of the items taken (``BprModel``). Needs the extra ``recommend``.

References
----------
Hu, Koren and Volinsky, "Collaborative filtering for implicit feedback datasets", 2008.
Rendle, Freudenthaler, Gantner and Schmidt-Thieme, "BPR: Bayesian personalized ranking
from implicit feedback", 2009. The noise edge of a matrix: Bai and Yin, 1993. The start:
Halko, Martinsson and Tropp, "Finding structure with randomness", 2011.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.lazy import require
from pilothouse.messages import Message, say
from pilothouse.models.costs import decline
from pilothouse.models.ranking import Interactions, Matrix, Ranker, history_matrix
from pilothouse.types import Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

_SOLVED_AT_ONCE = 256
_MOST_SEED = 2**31
_EMBER = 0.02
_START_ROUNDS = 2
# CPU seconds measured with 100 factors on tables of 75,000 and 176,000 interactions.
_ALS_EVENT_S, _ALS_ROW_S = 2.1e-9, 5.5e-10
_BPR_EVENT_S = 2.0e-9


@dataclass(frozen=True)
class Als(Candidate):
    """Weighted factorisation by alternating least squares.

    Parameters
    ----------
    items, repeats
        As ``Ranker`` has them.
    factors, rounds
        Numbers an item is described by, and alternations. From leading singular vectors
        three do what twenty do from random numbers.
    weight
        How much a cell that was taken counts, against 1 for one that was not.
    shrink
        Regularisation as a multiple of the interaction matrix's noise edge, so that
        it means the same on every table. On MovieLens 100k it is the 20 at which
        the library does best.
    """

    items: int
    repeats: bool
    factors: int = 100
    rounds: int = 3
    weight: float = 2.0
    shrink: float = 1.3
    name: ClassVar[str] = "als"
    label: ClassVar[Message] = say("rankers.als")
    rank: ClassVar[int] = 12
    extra: ClassVar[str | None] = "recommend"
    needs_module: ClassVar[str | None] = "implicit"

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline beyond memory or time."""
        return decline(self.cost(shape), budget_s)

    def cost(self, shape: Shape) -> Cost:
        """Grow with interactions x factors and with (users + items) x factors squared."""
        sides = shape.users + shape.items
        each = _ALS_EVENT_S * shape.rows * self.factors + _ALS_ROW_S * sides * self.factors**2
        return Cost(0.3 + (self.rounds + _START_ROUNDS) * each, _memory_mb(shape, self.factors))

    def build(self, parameters: Parameters) -> AlsModel:
        """Make an unfitted model."""
        given = {"factors": self.factors, "rounds": self.rounds, "weight": self.weight, "shrink": self.shrink}
        return AlsModel(self.items, self.repeats, settings={**given, **parameters})


@dataclass(frozen=True)
class Bpr(Candidate):
    """Pairwise ranking: what was taken above what was not.

    The settings are the library's own defaults.
    """

    items: int
    repeats: bool
    factors: int = 100
    rounds: int = 100
    rate: float = 0.01
    shrink: float = 0.01
    name: ClassVar[str] = "bpr"
    label: ClassVar[Message] = say("rankers.bpr")
    rank: ClassVar[int] = 13
    extra: ClassVar[str | None] = "recommend"
    needs_module: ClassVar[str | None] = "implicit"

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline beyond memory or time."""
        return decline(self.cost(shape), budget_s)

    def cost(self, shape: Shape) -> Cost:
        """Grow with interactions x factors x rounds."""
        return Cost(
            0.3 + _BPR_EVENT_S * self.rounds * shape.rows * self.factors, _memory_mb(shape, self.factors)
        )

    def build(self, parameters: Parameters) -> BprModel:
        """Make an unfitted model."""
        given = {"factors": self.factors, "rounds": self.rounds, "rate": self.rate, "shrink": self.shrink}
        return BprModel(self.items, self.repeats, settings={**given, **parameters})


@dataclass(frozen=True)
class Factors(Ranker):
    """Vectors of items, and how to make a user's vector from a history.

    Parameters
    ----------
    settings
        Numbers by name; learning adds what answering needs.
    vectors
        (items, factors) float32.
    offsets
        (items,) float32, added to every score.
    popularity
        (items,) float32, share of users who took it: the answer to an empty history.
    """

    settings: dict[str, float] = field(default_factory=dict)
    vectors: Matrix | None = field(default=None, repr=False)
    offsets: NDArray[np.float32] | None = field(default=None, repr=False)
    popularity: NDArray[np.float32] | None = field(default=None, repr=False)
    kind: ClassVar[str]

    @abstractmethod
    def users(self, taken: Any) -> NDArray[np.floating[Any]]:
        """Make users' vectors, (n, factors), from a CSR matrix requests x items."""

    def scores(self, requests: Table) -> Matrix:
        """Score all items, (n, items); an empty history is answered by popularity."""
        if self.vectors is None or self.offsets is None or self.popularity is None:
            raise RuntimeError("scores before fit")
        taken = history_matrix(requests, self.items)
        made = self.users(taken).astype(np.float32) @ self.vectors.T + self.offsets
        made[np.diff(taken.indptr) == 0] = self.popularity
        return made

    def save(self, folder: Path) -> None:
        """Write JSON and npz."""
        if self.vectors is None or self.offsets is None or self.popularity is None:
            raise RuntimeError("save before fit")
        state = {"items": self.items, "repeats": self.repeats, "settings": self.settings}
        save_file(folder / f"{self.kind}.json", state, "json")
        arrays = {"vectors": self.vectors, "offsets": self.offsets, "popularity": self.popularity}
        save_file(folder / f"{self.kind}.npz", arrays, "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / f"{cls.kind}.json", "json")
        arrays = load_file(folder / f"{cls.kind}.npz", "arrays")
        return cls(state["items"], state["repeats"], state["settings"], **arrays)


@dataclass(frozen=True)
class AlsModel(Factors):
    """Least squares over all cells, those taken weighing more."""

    kind: ClassVar[str] = "als"

    def fit(self, data: Data, context: Context) -> Self:
        """Learn the items' vectors; the same on any number of threads."""
        als = require("implicit.cpu.als", extra="recommend")
        taken = Interactions.of(data).matrix()
        rounds = int(self.settings["rounds"])
        penalty = self.settings["shrink"] * noise_edge(taken)
        with _one_blas_thread():
            made = als.AlternatingLeastSquares(
                factors=int(self.settings["factors"]),
                regularization=penalty,
                alpha=self.settings["weight"],
                iterations=rounds,
                num_threads=max(1, context.threads),
                random_state=context.seed % _MOST_SEED,
            )
            made.user_factors, made.item_factors = _leading(taken, made.factors, penalty, context.seed)
            made.fit(taken, show_progress=False, callback=_teller(context, rounds))
        return replace(
            self,
            settings={**self.settings, "penalty": penalty},
            vectors=made.item_factors.astype(np.float32),
            offsets=np.zeros(self.items, dtype=np.float32),
            popularity=popularity(taken),
        )

    def users(self, taken: Any) -> NDArray[np.floating[Any]]:
        """Solve each user's normal equations as learning does, exactly."""
        if self.vectors is None:
            raise RuntimeError("scores before fit")
        vectors, weight = self.vectors.astype(np.float64), float(self.settings["weight"])
        width = vectors.shape[1]
        common = vectors.T @ vectors + float(self.settings["penalty"]) * np.eye(width)
        right = weight * (taken @ vectors)
        found: NDArray[np.float64] = np.empty_like(right)
        for start in range(0, len(right), _SOLVED_AT_ONCE):
            rows = range(start, min(start + _SOLVED_AT_ONCE, len(right)))
            left = np.empty((len(rows), width, width))
            for place, row in enumerate(rows):
                own = vectors[taken.indices[taken.indptr[row] : taken.indptr[row + 1]]]
                left[place] = common + (weight - 1.0) * (own.T @ own)
            found[start : rows.stop] = np.linalg.solve(left, right[start : rows.stop, :, None])[:, :, 0]
        return found


@dataclass(frozen=True)
class BprModel(Factors):
    """Vectors and offsets that put items taken above others.

    The vectors learnt for users fit their own items too closely. The sum of the
    vectors of the items taken, over the square root of their number and half as long
    as the learnt ones, ranks unseen items much better (MovieLens 100k, a random
    quarter held out: nDCG@10 .45 against .20), and needs no table of users.
    """

    kind: ClassVar[str] = "bpr"

    def fit(self, data: Data, context: Context) -> Self:
        """Learn by stochastic gradients on one thread: several would race."""
        bpr = require("implicit.cpu.bpr", extra="recommend")
        taken = Interactions.of(data).matrix()
        rounds = int(self.settings["rounds"])
        with _one_blas_thread():
            made = bpr.BayesianPersonalizedRanking(
                factors=int(self.settings["factors"]),
                learning_rate=self.settings["rate"],
                regularization=self.settings["shrink"],
                iterations=rounds,
                num_threads=1,
                random_state=context.seed % _MOST_SEED,
            )
            made.fit(taken, show_progress=False, callback=_teller(context, rounds))
        vectors = made.item_factors[:, :-1].astype(np.float32)
        learnt = np.linalg.norm(made.user_factors[:, :-1], axis=1)
        seen = np.diff(taken.indptr) > 0
        raw = np.linalg.norm(_pooled(taken[seen], vectors), axis=1).mean() if seen.any() else 0.0
        length = 0.5 * float(learnt[seen].mean()) / float(raw) if raw > 0 else 0.0
        return replace(
            self,
            settings={**self.settings, "length": length},
            vectors=vectors,
            offsets=made.item_factors[:, -1].astype(np.float32),
            popularity=popularity(taken),
        )

    def users(self, taken: Any) -> NDArray[np.floating[Any]]:
        """Pool the vectors of the items taken."""
        if self.vectors is None:
            raise RuntimeError("scores before fit")
        return self.settings["length"] * _pooled(taken, self.vectors)


def noise_edge(taken: Any) -> float:
    """Largest singular value that chance alone gives a 0-1 matrix of this size and filling."""
    users, items = taken.shape
    return float(np.sqrt(max(1, taken.nnz)) * (users**-0.5 + items**-0.5))


def _leading(taken: Any, factors: int, penalty: float, seed: int) -> tuple[Matrix, Matrix]:
    """Where least squares would end if all cells weighed alike, nearly: (users, factors), (items, factors).

    That is singular vectors, their values less the penalty, from one random sketch. A
    direction that falls to nothing is kept alight, for the weights may revive it.
    """
    width = min(factors, *taken.shape)
    drawn = np.random.default_rng(seed).standard_normal((taken.shape[0], width), dtype=np.float32)
    basis = np.linalg.qr(taken.T @ drawn)[0]
    basis = np.linalg.qr(taken.T @ (taken @ basis))[0]
    left, values, turned = np.linalg.svd(taken @ basis, full_matrices=False)
    size = np.sqrt(np.maximum(values - 0.5 * penalty, _EMBER * values))
    sides = (left * size, (basis @ turned.T) * size)
    padded = (np.pad(side, ((0, 0), (0, factors - side.shape[1]))) for side in sides)
    users, items = (np.ascontiguousarray(side, dtype=np.float32) for side in padded)
    return users, items


def popularity(taken: Any) -> NDArray[np.float32]:
    """Share of users who took each item, (items,)."""
    counts: NDArray[np.int64] = np.bincount(taken.indices, minlength=taken.shape[1])
    share: NDArray[np.float32] = (counts / max(1, taken.shape[0])).astype(np.float32)
    return share


def _pooled(taken: Any, vectors: Matrix) -> NDArray[np.float64]:
    """Sum the vectors of each row's items, over the square root of their number."""
    sizes = np.maximum(1, np.diff(taken.indptr))
    pooled: NDArray[np.float64] = (taken @ vectors.astype(np.float64)) / np.sqrt(sizes)[:, None]
    return pooled


def _memory_mb(shape: Shape, factors: int) -> float:
    """Both sides' vectors and two copies of the matrix."""
    return 50.0 + 8e-6 * factors * (shape.users + shape.items) + 4e-5 * shape.rows


def _teller(context: Context, rounds: int) -> Any:
    """Turn the library's callback into progress."""
    return lambda done, *_: context.progress(min(1.0, (done + 1) / rounds))


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread: the library wants it, and figures must not depend on it.

    The library's progress bar would take a semaphore of the system and never give it back.
    """
    require("tqdm.std", extra="recommend").tqdm.set_lock(RLock())
    with require("threadpoolctl", extra="recommend").threadpool_limits(1, "blas"):
        yield
