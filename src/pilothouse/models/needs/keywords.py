"""Keyword counts: the most frequent telling words are the needs. What a PM does in a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import Message, say
from pilothouse.models.needs.sorting import NONE, Sorter, Sorting
from pilothouse.models.needs.vocabulary import Vocabulary, telling
from pilothouse.types import Candidate, Context, Cost, Shape
from pilothouse.types.candidate import Parameters
from pilothouse.types.contest import Index

_ROW_S = 4e-4


@dataclass(frozen=True)
class Keywords(Candidate):
    """The most frequent telling words."""

    most: int = 20
    name: ClassVar[str] = "keywords"
    label: ClassVar[Message] = say("needs.keywords")
    rank: ClassVar[int] = 0
    is_stand_in: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        """Count words."""
        return Cost(0.2 + _ROW_S * shape.rows, 60.0 + 0.01 * shape.rows)

    def build(self, parameters: Parameters) -> KeywordsModel:
        """Make an unfitted model."""
        return KeywordsModel(most=self.most)


@dataclass(frozen=True)
class ByKeyword:
    """A text is put under the keyword that it holds most often, of equals under the commonest.

    ``places`` are those of the keywords in the vocabulary.
    """

    keywords: tuple[str, ...]
    places: Index = field(repr=False)

    @property
    def count(self) -> int:
        """Number of keywords."""
        return len(self.keywords)

    def assign(self, texts: Sequence[str]) -> Index:
        """Find each text's keyword."""
        return self.assign_words([[word for word, _ in telling(text)] for text in texts])

    def assign_words(self, lists: Sequence[Sequence[str]]) -> Index:
        """Find each text's keyword."""
        place = {word: number for number, word in enumerate(self.keywords)}
        found = np.full(len(lists), NONE, dtype=np.int64)
        for row, own in enumerate(lists):
            times: dict[int, int] = {}
            for word in own:
                if word in place:
                    times[place[word]] = times.get(place[word], 0) + 1
            if times:
                found[row] = min(times, key=lambda k: (-times[k], k))
        return found

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Where its words stand in the vocabulary."""
        return {"places": self.places}


@dataclass(frozen=True)
class KeywordsModel(Sorter):
    """See ``Keywords``."""

    most: int = 20
    kind: ClassVar[str] = "need_keywords"

    def learn(
        self, texts: Sequence[str], vocabulary: Vocabulary, context: Context, count: int | None
    ) -> Sorting:
        """Take the words that most of these texts hold."""
        seen = np.asarray((vocabulary.counts_of(texts) > 0).sum(axis=0)).ravel()
        chosen = np.argsort(-seen, kind="stable")[: count or self.most]
        return ByKeyword(tuple(vocabulary.words[i] for i in chosen), chosen)

    def read(self, vocabulary: Vocabulary, arrays: dict[str, NDArray[Any]]) -> Sorting:
        """Read keywords back."""
        return ByKeyword(tuple(vocabulary.words[i] for i in arrays["places"]), arrays["places"])

    def own(self) -> dict[str, Any]:
        """How many it takes."""
        return {"most": self.most}

    def with_own(self, kept: dict[str, Any]) -> Self:
        """Take the number back."""
        return type(self)(most=kept["most"])

    def sentence(self) -> Message:
        """Say it in plain words."""
        assert isinstance(self.sorting, ByKeyword) and self.vocabulary is not None
        shown = dict(zip(self.vocabulary.words, self.vocabulary.shown, strict=True))
        words = ", ".join(shown[w] for w in self.sorting.keywords[:5])
        return say("needs.keywords_sentence", words=words)
