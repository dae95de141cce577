"""Look a question up: BM25 over titles and texts, fused with likeness of meaning where there is any.

Each look returns passages in order and signals that tell how well the first one fits:
how much of what the question says stands in it, how far ahead of the next other passage
it is, whether both rankings agree. It decides nothing (``refusal`` does).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.models.retrieval.bm25 import Bm25, Mask
from pilothouse.models.retrieval.fusion import best, fused
from pilothouse.models.retrieval.passages import Passages
from pilothouse.models.retrieval.spelling import Spelling, letters_shared
from pilothouse.models.texts.embedding import Vectors, embedder
from pilothouse.models.texts.language import simplified
from pilothouse.models.texts.tokens import terms

DEEP = 50
"""Passages that each ranking hands to the fusion."""
LEXICAL = ("score", "reached", "ahead", "covered", "known", "length", "gap", "title", "letters")
SEMANTIC = (*LEXICAL, "alike", "alike_ahead", "agree", "rank")


@dataclass(frozen=True)
class Look:
    """What a question found: passage numbers, best first, their scores, and signals of the first.

    ``signals`` are zeros where nothing was found.
    """

    passage: NDArray[np.int64]
    score: NDArray[np.float64]
    signals: NDArray[np.float64] = field(repr=False)


@dataclass(frozen=True)
class Index:
    """Passages made ready to be looked through.

    Parameters
    ----------
    passages
        What is looked through.
    whole, titles
        Of titles with texts, and of titles alone.
    vectors
        (n, d) of passages, or None without an embedder.
    embedder
        Name of the embedder; "" for none.
    looks
        Looks that may be asked for again, by whoever keeps them here.
    """

    passages: Passages
    whole: Bm25 = field(repr=False)
    titles: Bm25 = field(repr=False)
    vectors: Vectors | None = field(default=None, repr=False)
    embedder: str = ""
    looks: dict[tuple[str, str], Look] = field(default_factory=dict, repr=False, compare=False)

    @staticmethod
    def of(passages: Passages, named: str = "", cache: Path | None = None) -> Index:
        """Index passages; with the embedder ``named`` where one is."""
        titles = [question_terms(title) for title in passages.title]
        whole = [[*title, *question_terms(text)] for title, text in zip(titles, passages.text, strict=True)]
        vectors = None
        if named:
            told = [f"{t}\n{x}" if t else x for t, x in zip(passages.title, passages.text, strict=True)]
            vectors = embedder(named, cache).passages(told)
        return Index(passages, Bm25.of(whole), Bm25.of(titles), vectors, named)

    def look(self, question: str, count: int = 10, allowed: Mask | None = None) -> Look:
        """Look a question up among the passages that are allowed.

        Parameters
        ----------
        question
            As asked.
        count
            Most passages to return.
        allowed
            (n,) what may be seen, None for all; applied before anything is scored.
        """
        asked = self.heard(question)
        lexical = self.whole.scores(asked, allowed) + self.titles.scores(asked, allowed)
        ranked = best(lexical, max(count, DEEP))
        alike = self._alike(question, allowed)
        if alike is None:
            found, score = ranked[:count], lexical
        else:
            near = best(alike + 2.0, DEEP)  # a cosine is never below -1; what may not be seen is -2
            score = fused([ranked, near], len(self.passages))
            found = best(score, count)
        if not len(found):
            return Look(found, np.zeros(0), np.zeros(self.signals))
        signals = self._signals(asked, found, lexical, ranked)
        signals.append(letters_shared(question, self.passages.title[int(found[0])]))
        if alike is not None:
            signals += self._meaning(found, alike, ranked)
        return Look(found, score[found], np.array(signals))

    def heard(self, text: str) -> list[str]:
        """Terms of what somebody typed, slips of the keyboard mended."""
        return self._spelling.mended(question_terms(text))

    def nearest(self, asked: Sequence[str], allowed: Mask | None = None) -> int | None:
        """The allowed passage that shares most with these terms, by words alone; None where none does."""
        scores = self.whole.scores(asked, allowed) + self.titles.scores(asked, allowed)
        first = int(np.argmax(scores)) if len(scores) else 0
        return first if len(scores) and scores[first] > 0 else None

    @property
    def signals(self) -> int:
        """How many signals a look has."""
        return len(LEXICAL if self.vectors is None else SEMANTIC)

    def _alike(self, question: str, allowed: Mask | None) -> NDArray[np.float64] | None:
        if self.vectors is None:
            return None
        found = (self.vectors @ embedder(self.embedder).queries([question])[0]).astype(np.float64)
        return found if allowed is None else np.where(allowed, found, -2.0)

    def _signals(
        self,
        asked: Sequence[str],
        found: NDArray[np.int64],
        lexical: NDArray[np.float64],
        ranked: NDArray[np.int64],
    ) -> list[float]:
        """How well the first passage fits by its words."""
        first = int(found[0])
        idf = {term: self.whole.idf(term) for term in dict.fromkeys(asked)}
        total = max(sum(idf.values()), 1e-9)
        here = {term for term in idf if self.whole.holds(term, first)}
        top, other = lexical[first], self._next_best(first, lexical, ranked)
        return [
            float(np.log1p(top)),
            float(top / (top + total)),
            float((top - other) / max(top, other, 1e-9)),
            sum(idf[term] for term in here) / total,
            sum(told for term, told in idf.items() if self._stands(term)) / total,
            float(np.log1p(len(idf))),
            max((told for term, told in idf.items() if term not in here), default=0.0) / self._rarest,
            self._shared_with_title(idf, first),
        ]

    def _next_best(self, first: int, scores: NDArray[np.float64], ranked: NDArray[np.int64]) -> float:
        """Highest score of a passage that does not answer alike."""
        group = self.passages.group
        others = [scores[one] for one in ranked.tolist() if group[one] != group[first]]
        return float(max(others, default=0.0))

    def _stands(self, term: str) -> bool:
        return self.whole.idf(term) < self._rarest

    @cached_property
    def _spelling(self) -> Spelling:
        return Spelling.of(self.whole)

    @cached_property
    def _rarest(self) -> float:
        """What a term tells that stands nowhere."""
        return self.whole.idf("")

    def _shared_with_title(self, idf: dict[str, float], passage: int) -> float:
        """Weighted Jaccard of the question's terms and the title's."""
        title = set(question_terms(self.passages.title[passage]))
        both = sum(self.whole.idf(term) for term in title & set(idf))
        either = sum(self.whole.idf(term) for term in title | set(idf))
        return both / max(either, 1e-9) if title else 0.0

    def _meaning(
        self, found: NDArray[np.int64], alike: NDArray[np.float64], ranked: NDArray[np.int64]
    ) -> list[float]:
        """How well the first passage fits by its meaning."""
        first, order = int(found[0]), np.argsort(-alike)[:DEEP]
        place = np.flatnonzero(order == first)
        rank = float(1.0 / (1.0 + place[0])) if len(place) else 0.0
        agree = float(len(ranked) > 0 and int(ranked[0]) == first and int(order[0]) == first)
        return [float(alike[first]), float(alike[first] - self._next_best(first, alike, order)), agree, rank]

    def save(self, folder: Path) -> None:
        """Write it as JSON and arrays."""
        told = {
            "passages": self.passages.as_json(),
            "whole": list(self.whole.vocabulary),
            "titles": list(self.titles.vocabulary),
            "embedder": self.embedder,
        }
        save_file(folder / "index.json", told, "json")
        arrays = {f"whole_{n}": a for n, a in self.whole.arrays().items()}
        arrays |= {f"titles_{n}": a for n, a in self.titles.arrays().items()}
        if self.vectors is not None:
            arrays["vectors"] = self.vectors
        save_file(folder / "index.npz", arrays, "arrays")

    @staticmethod
    def load(folder: Path) -> Index:
        """Read back what ``save`` wrote."""
        told, arrays = load_file(folder / "index.json", "json"), load_file(folder / "index.npz", "arrays")
        passages = Passages.read(told["passages"])

        def part(name: str) -> Bm25:
            own = {n.removeprefix(f"{name}_"): a for n, a in arrays.items() if n.startswith(f"{name}_")}
            return Bm25.read(told[name], own, len(passages))

        return Index(passages, part("whole"), part("titles"), arrays.get("vectors"), str(told["embedder"]))


def question_terms(text: str) -> list[str]:
    """Terms of a text in Simplified characters, whatever it is written in."""
    return terms(simplified(text))
