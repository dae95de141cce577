"""Sorting texts under needs, and how well that is done: what all candidates share.

A candidate learns a ``Sorting``: a rule that puts a text under one of its needs, or under
none. It is judged on texts that it never saw, by two questions that need no labels:

- *match*: a text is cut in two and sorted by its first half alone. The need's words, as the
  learning texts use them, then say how well any second half fits. How often does its own
  second half fit better than that of another text? 0.5 is guessing. One need for everything
  tells nothing (0.5); a need for each text has too few words of its own to fit a new one.
- *agreement*: two sortings learnt from different halves of the learning texts, their needs
  matched one to one, put a text under the same need how often, beyond chance (kappa)? To
  put it under none is no agreement.

References
----------
Wallach, Murray, Salakhutdinov and Mimno (2009), "Evaluation methods for topic models"
(document completion); Cohen (1960), "A coefficient of agreement for nominal scales";
Hennig (2007), "Cluster-wise assessment of cluster stability".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.models.needs.vocabulary import Vocabulary, halves
from pilothouse.types import Answers, Context, Data, Role, Table
from pilothouse.types.contest import Index

Numbers = NDArray[Any]

NONE = -1
"""Under no need."""
MOST_OTHERS, OTHERS_SHARE, FEWEST_OTHERS = 200, 0.1, 10
"""Learning texts that are put aside to be the "other texts"."""
_PRIOR_WORDS = 300.0
"""Words of everyday that a need's own words are mixed with: Dirichlet smoothing."""
_ARRAYS, _PLAIN = "sorter.npz", "sorter.json"


class Sorting(Protocol):
    """A rule that puts texts under needs."""

    @property
    def count(self) -> int:
        """Number of needs."""
        ...

    def assign(self, texts: Sequence[str]) -> Index:
        """Number of each text's need, (n,); -1 for none."""
        ...

    def assign_words(self, lists: Sequence[Sequence[str]]) -> Index:
        """Do the same for texts that are given as their telling words."""
        ...

    def arrays(self) -> dict[str, Numbers]:
        """What a file keeps of it."""
        ...


def lifts(counts: Any, needs: Index, count: int) -> Numbers:
    """How much likelier each word is under each need than anywhere, in nats, (v, count) float32.

    Parameters
    ----------
    counts
        (n, v) sparse.
    needs
        (n,) number of each text's need, -1 for none.
    """
    from scipy import sparse

    known = np.flatnonzero(needs != NONE)
    shape = (count, counts.shape[0])
    member = sparse.csr_matrix((np.ones(len(known)), (needs[known], known)), shape=shape)
    own = np.asarray((member @ counts).todense())
    every = np.asarray(counts.sum(axis=0)).ravel() + 0.1
    common = every / every.sum()
    mixed = (own + _PRIOR_WORDS * common) / (own.sum(axis=1, keepdims=True) + _PRIOR_WORDS)
    return np.asarray(np.log(mixed / common).T, dtype=np.float32)


def fit_of(counts: Any, table: Numbers) -> Numbers:
    """Mean lift of the words of each text under each need, (n, k); 0 where it has none."""
    words = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1.0)
    return np.asarray(np.asarray(counts @ table.astype(np.float64)) / words[:, None])


@dataclass(frozen=True)
class Sorter(ABC):
    """A model of needs, fitted or not; the candidates differ in ``learn``.

    Parameters
    ----------
    vocabulary, sorting
        What it sorts by.
    table
        (v, k) lifts of words under needs: what its needs say.
    others
        (m, k) fits of the second halves of texts that it did not learn from.
    twins
        Two sortings from different halves of the learning texts.
    partner, chance
        The first twin's need for each of the second's (-1 for none), and how often the two
        would agree by chance.
    steady
        (k,) for each need, the share of its texts that both twins keep together, 0 to 1.
    """

    vocabulary: Vocabulary | None = field(default=None, repr=False)
    sorting: Sorting | None = field(default=None, repr=False)
    table: Numbers = field(default_factory=lambda: np.empty((0, 0)), repr=False)
    others: Numbers = field(default_factory=lambda: np.empty((0, 0)), repr=False)
    twins: tuple[Sorting, ...] = field(default=(), repr=False)
    partner: Index = field(default_factory=lambda: np.empty(0, dtype=np.int64), repr=False)
    chance: float = 1.0
    steady: Numbers = field(default_factory=lambda: np.empty(0), repr=False)
    kind: ClassVar[str]

    @abstractmethod
    def learn(
        self, texts: Sequence[str], vocabulary: Vocabulary, context: Context, count: int | None
    ) -> Sorting:
        """Learn a sorting with ``count`` needs, or as many as it finds right."""

    @abstractmethod
    def read(self, vocabulary: Vocabulary, arrays: dict[str, Numbers]) -> Sorting:
        """Make a sorting of what a file keeps of it."""

    def own(self) -> dict[str, Any]:
        """Plain values that a file keeps besides: names, settings."""
        return {}

    def with_own(self, kept: dict[str, Any]) -> Self:
        """Take back what ``own`` gave."""
        return self

    def fit(self, data: Data, context: Context) -> Self:
        """Learn needs from the texts, then two more times from halves of them."""
        texts = texts_of(data.table)
        order = np.random.default_rng(context.seed).permutation(len(texts))
        aside = min(MOST_OTHERS, max(FEWEST_OTHERS, round(OTHERS_SHARE * len(texts))))
        others, learnt = order[:aside], np.sort(order[aside:])
        vocabulary = Vocabulary.of([texts[i] for i in learnt])
        known = [texts[i] for i in learnt]
        sorting = self.learn(known, vocabulary, context, None)
        needs = sorting.assign(known)
        table = lifts(vocabulary.counts_of(known), needs, sorting.count)
        seconds = vocabulary.counts([halves(texts[i])[1] for i in others])
        shuffled = np.random.default_rng(context.seed + 1).permutation(len(known))
        parts = np.array_split(shuffled, 2)
        first, second = (
            self.learn([known[i] for i in np.sort(part)], vocabulary, context, sorting.count)
            for part in parts
        )
        told = np.stack([needs, first.assign(known), second.assign(known)])
        partner = matched(told[1], told[2], first.count, second.count)
        same = _renamed(told[2], partner)
        return replace(
            self,
            vocabulary=vocabulary,
            sorting=sorting,
            table=table,
            others=fit_of(seconds, table),
            twins=(first, second),
            partner=partner,
            chance=_by_chance(told[1], same, first.count),
            steady=_steadiness(told[0], told[1], told[2], sorting.count),
        )

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer ``need``, ``match``, ``agreement`` and ``sorted`` for each text."""
        texts = texts_of(requests)
        assert self.sorting is not None
        needs = self.sorting.assign(texts)
        first, second = (twin.assign(texts) for twin in self.twins)
        agreed = ((first == _renamed(second, self.partner)) & (first != NONE)).astype(float)
        beyond = (agreed - self.chance) / (1.0 - self.chance) if self.chance < 1 else np.zeros(len(texts))
        return Answers(
            {
                "need": needs.astype(float),
                "match": self.match(texts),
                "agreement": beyond,
                "sorted": (needs != NONE).astype(float),
            }
        )

    def match(self, texts: Sequence[str]) -> Numbers:
        """Share of other texts whose second half fits the need of the first half less well, (n,)."""
        assert self.sorting is not None and self.vocabulary is not None
        cut = [halves(text) for text in texts]
        needs = self.sorting.assign_words([first for first, _ in cut])
        own = fit_of(self.vocabulary.counts([second for _, second in cut]), self.table)
        found = np.full(len(texts), 0.5)
        for row in np.flatnonzero(needs != NONE).tolist():
            mine, theirs = own[row, needs[row]], self.others[:, needs[row]]
            found[row] = np.mean(theirs < mine) + 0.5 * np.mean(theirs == mine)
        return found

    def save(self, folder: Path) -> None:
        """Write one file of arrays and one of plain values."""
        assert self.sorting is not None and self.vocabulary is not None
        arrays = {"table": self.table, "others": self.others, "partner": self.partner, "steady": self.steady}
        for name, sorting in zip(("sorting", "first", "second"), (self.sorting, *self.twins), strict=True):
            arrays |= {f"{name}_{key}": values for key, values in sorting.arrays().items()}
        save_file(folder / _ARRAYS, arrays, "arrays")
        plain = {"vocabulary": self.vocabulary.as_plain(), "chance": self.chance, "own": self.own()}
        save_file(folder / _PLAIN, plain, "json")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        arrays, plain = load_file(folder / _ARRAYS, "arrays"), load_file(folder / _PLAIN, "json")
        vocabulary = Vocabulary.of_plain(plain["vocabulary"])
        made = cls().with_own(plain["own"])

        def part(name: str) -> Sorting:
            own = {k.removeprefix(f"{name}_"): v for k, v in arrays.items() if k.startswith(f"{name}_")}
            return made.read(vocabulary, own)

        return replace(
            made,
            vocabulary=vocabulary,
            sorting=part("sorting"),
            table=arrays["table"],
            others=arrays["others"],
            twins=(part("first"), part("second")),
            partner=arrays["partner"],
            chance=plain["chance"],
            steady=arrays["steady"],
        )


def texts_of(table: Table) -> list[str]:
    """The texts of a table: its column in the role text."""
    (column,) = table.of_role(Role.TEXT)
    return [text or "" for text in table[column.name].tolist()]


def matched(first: Index, second: Index, firsts: int, seconds: int) -> Index:
    """Match the needs of two sortings one to one so that most texts agree (Kuhn 1955), (seconds,)."""
    from scipy.optimize import linear_sum_assignment

    both = (first != NONE) & (second != NONE)
    together = np.zeros((seconds, firsts))
    np.add.at(together, (second[both], first[both]), 1.0)
    found = np.full(seconds, NONE, dtype=np.int64)
    rows, columns = linear_sum_assignment(-together)
    found[rows] = columns
    return found


def _renamed(needs: Index, partner: Index) -> Index:
    """The first twin's names for the second's needs; a need without a partner gets a name of its own."""
    names = np.where(partner == NONE, -2 - np.arange(len(partner)), partner)
    return np.where(needs == NONE, NONE, names[needs])


def _by_chance(first: Index, second: Index, count: int) -> float:
    """How often two sortings name the same need if they know nothing of each other."""
    shares = [np.array([np.mean(told == k) for k in range(count)]) for told in (first, second)]
    return float(shares[0] @ shares[1])


def _steadiness(needs: Index, first: Index, second: Index, count: int) -> Numbers:
    """Mean Jaccard likeness of each need to its best match among each twin's, (count,)."""
    found = np.zeros((2, count))
    for line, told in zip(found, (first, second), strict=True):
        for k in range(count):
            own = needs == k
            near = [told == j for j in np.unique(told[own & (told != NONE)])]
            line[k] = max((float((own & n).sum() / (own | n).sum()) for n in near), default=0.0)
    return np.asarray(found.mean(axis=0))
