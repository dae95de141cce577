"""What recommenders share: who took what, the histories that requests bring, the best of many scores.

A recommender answers from the *history* that a request carries, never from a user's
number: so a user who was not there while learning, and an event of a second ago, need
nothing special. ``Ranker`` turns scores of all items into a list; a model only scores.

It reads these tables of ``Data`` (made by ``steps.prepare.interactions``): ``rows``
with the codes ``user`` and ``item`` (positions in the tables ``users`` and ``items``),
optional ``time`` and ``value``; ``items`` and ``users`` with an id and attributes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.types import Answers, Context, Data, Table

Codes = NDArray[np.int64]
Matrix = NDArray[np.float32]

DEPTH = 100
"""Items in an answer, best first: deeper than any list shown, so that rules can take some out."""
NOTHING = -1
"""Stands in an answer where there is no further item."""
_CELLS_AT_ONCE = 20_000_000


@dataclass(frozen=True)
class Interactions:
    """Who took what, in the order of the file.

    Parameters
    ----------
    user, item
        (n,) codes below ``users`` and ``items``.
    value
        (n,) what the user gave (a rating, a quantity), or None.
    time
        (n,) microseconds since 1970, or None.
    """

    user: Codes = field(repr=False)
    item: Codes = field(repr=False)
    users: int
    items: int
    value: NDArray[np.float64] | None = field(default=None, repr=False)
    time: Codes | None = field(default=None, repr=False)

    @staticmethod
    def of(data: Data) -> Interactions:
        """Read the main table of ``data``."""
        table = data.table
        return Interactions(
            user=table["user"].astype(np.int64),
            item=table["item"].astype(np.int64),
            users=data.tables["users"].rows,
            items=data.tables["items"].rows,
            value=table.values.get("value"),
            time=table["time"].astype("datetime64[us]").astype(np.int64) if "time" in table else None,
        )

    def take(self, index: NDArray[Any]) -> Interactions:
        """Return the interactions at ``index``; codes keep their meaning."""
        return Interactions(
            self.user[index],
            self.item[index],
            self.users,
            self.items,
            None if self.value is None else self.value[index],
            None if self.time is None else self.time[index],
        )

    def ordered(self) -> Interactions:
        """Sort by user, each user's interactions by time where it is known, else as in the file."""
        if self.time is None:
            return self.take(np.argsort(self.user, kind="stable"))
        return self.take(np.lexsort((np.arange(len(self.user)), self.time, self.user)))

    def matrix(self) -> Any:
        """Return users x items, float32 CSR: 1 where the user took the item."""
        from scipy.sparse import csr_matrix

        ones = np.ones(len(self.user), dtype=np.float32)
        made = csr_matrix((ones, (self.user, self.item)), shape=(self.users, self.items))
        made.data[:] = 1.0
        return made


def history_matrix(requests: Table, items: int) -> Any:
    """Return requests x items, float32 CSR: 1 where the request's history holds the item."""
    from scipy.sparse import csr_matrix

    histories = requests["history"]
    sizes = np.fromiter((len(h) for h in histories), dtype=np.int64, count=len(histories))
    columns = np.concatenate([*histories, np.empty(0, dtype=np.int64)]).astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    made = csr_matrix((np.ones(len(columns), dtype=np.float32), columns, starts), shape=(len(sizes), items))
    made.sum_duplicates()
    made.data[:] = 1.0
    return made


@dataclass(frozen=True)
class Ranker(ABC):
    """A recommender: scores every item for each request, and lists the best.

    Parameters
    ----------
    items
        Size of the catalogue.
    repeats
        Whether an item of the history may be shown again.
    """

    items: int
    repeats: bool
    kind: ClassVar[str]

    @abstractmethod
    def fit(self, data: Data, context: Context) -> Self:
        """Learn from the interactions of ``data``."""

    @abstractmethod
    def scores(self, requests: Table) -> Matrix:
        """Score all items, (requests, items) float32; higher is better, all finite."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write npz without objects, safetensors or JSON."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""

    def predict(self, requests: Table, context: Context) -> Answers:
        """List the best ``DEPTH`` items of each request.

        Returns
        -------
        Answers
            ``item`` (n, DEPTH) codes, best first, ``NOTHING`` at the end where there are
            fewer; ``score`` (n, DEPTH).
        """
        found = [self._best(part) for part in self._parts(requests)]
        if not found:
            return Answers({"item": np.empty((0, DEPTH)), "score": np.empty((0, DEPTH))})
        return Answers({name: np.concatenate([one[name] for one in found]) for name in ("item", "score")})

    def _parts(self, requests: Table) -> Iterator[Table]:
        size = max(1, _CELLS_AT_ONCE // max(1, self.items))
        for start in range(0, requests.rows, size):
            yield requests.take(slice(start, start + size))

    def _best(self, requests: Table) -> dict[str, NDArray[Any]]:
        scores = np.array(self.scores(requests), dtype=np.float32)
        if not self.repeats:
            for row, history in enumerate(requests["history"]):
                scores[row, history] = -np.inf
        return best(scores)


def best(scores: Matrix, depth: int = DEPTH) -> dict[str, NDArray[Any]]:
    """List the best items of each row of scores; ties go to the lower code.

    Parameters
    ----------
    scores
        (n, items); -inf where an item may not be shown.

    Returns
    -------
    dict
        ``item`` and ``score``, both (n, depth) float64.
    """
    rows, items = scores.shape
    depth_here = min(depth, items)
    item = np.full((rows, depth), float(NOTHING))
    score = np.full((rows, depth), -np.inf)
    if items > depth_here:
        kept = np.sort(np.argpartition(-scores, depth_here - 1, axis=1)[:, :depth_here], axis=1)
    else:
        kept = np.tile(np.arange(items), (rows, 1))
    own = np.take_along_axis(scores, kept, axis=1)
    order = np.argsort(-own, axis=1, kind="stable")
    item[:, :depth_here] = np.take_along_axis(kept, order, axis=1)
    score[:, :depth_here] = np.take_along_axis(own, order, axis=1)
    item[~np.isfinite(score)] = NOTHING
    score[~np.isfinite(score)] = 0.0
    return {"item": item, "score": score}
