"""BM25 over an inverted index in arrays.

A filter goes into the query: postings of passages that may not be seen are left out before
a score is made, so that nothing of them can come back, whatever else goes wrong.

References
----------
Robertson and Zaragoza (2009), "The probabilistic relevance framework: BM25 and beyond",
with the idf of Lucene, which is never below 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

K1, B = 1.2, 0.75

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Bm25:
    """See the module.

    Parameters
    ----------
    vocabulary
        Terms in order.
    start
        (terms + 1,) where each term's postings begin.
    passage, weight
        (postings,) passage numbers, and what the term adds to their score.
    size
        Number of passages.
    """

    vocabulary: tuple[str, ...] = field(repr=False)
    start: NDArray[np.int64] = field(repr=False)
    passage: NDArray[np.int32] = field(repr=False)
    weight: NDArray[np.float32] = field(repr=False)
    size: int

    @staticmethod
    def of(passages: Sequence[Sequence[str]]) -> Bm25:
        """Index passages that are lists of terms."""
        counts = [Counter(terms) for terms in passages]
        vocabulary = tuple(sorted({term for found in counts for term in found}))
        number = {term: i for i, term in enumerate(vocabulary)}
        sizes = [len(found) for found in counts]
        total = sum(sizes)
        term = np.fromiter((number[t] for found in counts for t in found), dtype=np.int64, count=total)
        often = np.fromiter((n for found in counts for n in found.values()), dtype=np.float64, count=total)
        passage = np.repeat(np.arange(len(counts), dtype=np.int32), sizes)
        length = np.array([len(terms) for terms in passages], dtype=np.float64)
        mean = max(float(length.mean()) if len(length) else 1.0, 1e-9)
        documents = np.bincount(term, minlength=len(vocabulary))
        idf = np.log1p((len(counts) - documents + 0.5) / (documents + 0.5))
        norm = K1 * (1.0 - B + B * length / mean)
        weight = idf[term] * often * (K1 + 1.0) / (often + norm[passage])
        order = np.argsort(term, kind="stable")
        start = np.concatenate([[0], np.cumsum(documents)]).astype(np.int64)
        return Bm25(vocabulary, start, passage[order], weight[order].astype(np.float32), len(counts))

    @cached_property
    def _number(self) -> Mapping[str, int]:
        return {term: i for i, term in enumerate(self.vocabulary)}

    def scores(self, terms: Sequence[str], allowed: Mask | None = None) -> NDArray[np.float64]:
        """Score every passage for a query.

        Parameters
        ----------
        terms
            Of the query; a term that comes twice counts twice.
        allowed
            (passages,) what may be seen; None for all.

        Returns
        -------
        (passages,)
            0 where no term is shared or the passage may not be seen.
        """
        found = np.zeros(self.size)
        for term, times in Counter(terms).items():
            own = self._postings(term)
            passage, weight = self.passage[own], self.weight[own]
            if allowed is not None:
                kept = allowed[passage]
                passage, weight = passage[kept], weight[kept]
            found[passage] += times * weight.astype(np.float64)  # a term names a passage once
        return found

    def idf(self, term: str) -> float:
        """How much a term tells: that of a term in no passage is the highest."""
        own = self._postings(term)
        documents = own.stop - own.start
        return float(np.log1p((self.size - documents + 0.5) / (documents + 0.5)))

    def holds(self, term: str, passage: int) -> bool:
        """Whether a passage holds a term."""
        own = self.passage[self._postings(term)]
        place = int(np.searchsorted(own, passage))
        return place < len(own) and int(own[place]) == passage

    def _postings(self, term: str) -> slice:
        number = self._number.get(term)
        return slice(0, 0) if number is None else slice(int(self.start[number]), int(self.start[number + 1]))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what a file keeps, without the vocabulary."""
        return {"start": self.start, "passage": self.passage, "weight": self.weight}

    @staticmethod
    def read(vocabulary: Sequence[str], arrays: Mapping[str, NDArray[Any]], size: int) -> Bm25:
        """Read back what ``arrays`` returned."""
        return Bm25(tuple(vocabulary), arrays["start"], arrays["passage"], arrays["weight"], size)
