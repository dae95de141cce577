"""Weighed pieces of words: the linear model of texts.

A support vector machine over ``pieces``. Where labels are few, half of it sees every
piece multiplied by how much likelier the piece is under the label (the log-count ratio of
naive Bayes); both halves are linear in the pieces, so that they are added up into one
table of weights, and what each word adds to an answer is exact. It sees no order beyond
pairs of words.

References
----------
Wang and Manning, "Baselines and bigrams: simple, good sentiment and topic
classification", 2012. Fan et al., "LIBLINEAR", 2008.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.costs import decline
from pilothouse.models.labels.pieces import Pieces
from pilothouse.models.labels.simple import texts_of
from pilothouse.models.target import Target
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

Matrix = NDArray[np.float64]

_STRENGTH, _BAYES_STRENGTH, _SMOOTH = 0.5, 1.0, 0.3
_FEW_LABELS = 10
_SHARP = 4.0
_ABSENT = -3.0
"""Margin of a label that no learning text has."""


@dataclass(frozen=True)
class Weighed(Candidate):
    """TF-IDF and a linear machine; ``length`` is the mean number of characters of a text."""

    target: Target
    length: float
    name: ClassVar[str] = "weighed"
    label: ClassVar[Message] = say("classify.weighed")
    rank: ClassVar[int] = 10

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline beyond memory or time."""
        return decline(self.cost(shape), budget_s)

    def cost(self, shape: Shape) -> Cost:
        """Grow with characters, and with characters x labels."""
        characters, labels = shape.rows * min(self.length, 4_000.0), max(2, shape.classes)
        return Cost(0.3 + 4e-6 * characters + 6e-8 * characters * labels, 150.0 + 4e-4 * characters)

    def build(self, parameters: Parameters) -> WeighedModel:
        """Make an unfitted model."""
        return WeighedModel(self.target)


@dataclass(frozen=True)
class WeighedModel:
    """Weights of pieces.

    Parameters
    ----------
    weights, base
        (pieces, labels) and (labels,).
    """

    target: Target
    pieces: Pieces | None = None
    weights: Matrix | None = None
    base: Matrix | None = None
    kind: ClassVar[str] = "weighed"

    def fit(self, data: Data, context: Context) -> Self:
        """Learn vocabulary and weights from the rows of ``data``."""
        truth, labels = self.target.truth(data.table), len(self.target.classes)
        pieces, numbers = Pieces.learn(texts_of(data.table), labels)
        context.progress(0.5)
        present = np.unique(truth)
        weights, base = np.zeros((numbers.shape[1], labels)), np.full(labels, _ABSENT)
        base[present] = 1.0
        if len(present) > 1:
            weights[:, present], base[present] = _learnt(numbers, truth, present, context.seed)
        context.progress(1.0)
        return replace(self, pieces=pieces, weights=weights.astype(np.float32).astype(np.float64), base=base)

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each text."""
        return self.target.answers(softmax(_SHARP * self.margins(texts_of(requests))))

    def margins(self, texts: list[str]) -> Matrix:
        """Return how much speaks for each label, (n, labels)."""
        if self.pieces is None or self.weights is None or self.base is None:
            raise RuntimeError("predict before fit")
        return np.asarray(self.pieces.numbers(texts) @ self.weights + self.base)

    def save(self, folder: Path) -> None:
        """Write JSON and arrays."""
        if self.pieces is None or self.weights is None or self.base is None:
            raise RuntimeError("save before fit")
        save_file(folder / "weighed.json", {"target": self.target.state()}, "json")
        arrays = {"weights": self.weights.astype(np.float32), "base": self.base}
        save_file(folder / "weighed.npz", {**arrays, **self.pieces.arrays()}, "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        arrays = load_file(folder / "weighed.npz", "arrays")
        target = Target.restore(load_file(folder / "weighed.json", "json")["target"])
        weights = arrays["weights"].astype(np.float64)
        return cls(target, Pieces.restore(arrays), weights, arrays["base"])


def _learnt(
    numbers: Any, truth: NDArray[np.int64], present: NDArray[np.int64], seed: int
) -> tuple[Matrix, Matrix]:
    """Weights (pieces, present labels) and base of the halves together, each of like size."""
    weights, base = _machine(numbers, truth, _STRENGTH, seed)
    if len(present) > _FEW_LABELS:
        return weights, base
    ratios = _ratios(numbers, truth, present)
    bent, beside = np.empty_like(weights), np.empty_like(base)
    for place, label in enumerate(present):
        own = numbers.multiply(ratios[:, place]).tocsr()
        one, height = _machine(own, (truth == label).astype(np.int64), _BAYES_STRENGTH, seed)
        bent[:, place], beside[place] = one[:, 1] * ratios[:, place], height[1]
        if len(present) == 2:  # the other label is its mirror
            bent[:, 1 - place], beside[1 - place] = -bent[:, place], -beside[place]
            break
    parts = []
    for one, height in ((weights, base), (bent, beside)):
        spread = float((numbers @ one + height).std()) or 1.0
        parts.append((one / spread, height / spread))
    return (parts[0][0] + parts[1][0]) / 2.0, (parts[0][1] + parts[1][1]) / 2.0


def _machine(numbers: Any, truth: NDArray[np.int64], strength: float, seed: int) -> tuple[Matrix, Matrix]:
    """One machine a label against the rest: (pieces, labels) and (labels,)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    solver = LinearSVC(C=strength, dual=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        solver.fit(numbers, truth)
    weights, base = solver.coef_.T, solver.intercept_
    if weights.shape[1] == 1:
        weights, base = np.concatenate([-weights, weights], axis=1), np.concatenate([-base, base])
    return np.asarray(weights), np.asarray(base)


def _ratios(numbers: Any, truth: NDArray[np.int64], present: NDArray[np.int64]) -> Matrix:
    """Log of how much likelier each piece is under each label than under the others."""
    whole = np.asarray(numbers.sum(axis=0)).ravel()
    found = np.empty((numbers.shape[1], len(present)))
    for place, label in enumerate(present):
        own = np.asarray(numbers[truth == label].sum(axis=0)).ravel()
        mine, others = own + _SMOOTH, whole - own + _SMOOTH
        found[:, place] = np.log(mine / mine.sum()) - np.log(others / others.sum())
    return found


def softmax(margin: Matrix) -> Matrix:
    """Turn margins, (n, labels), into probabilities."""
    away = np.exp(margin - margin.max(axis=1, keepdims=True))
    return np.asarray(away / away.sum(axis=1, keepdims=True))
