"""What needs no network: the most frequent label, linear on small grey pixels, nearest means.

The first two are what stands there if nothing is built. Nearest means are for very few
labelled pictures: each label is the mean of its pictures in a space of few directions,
and a picture has the label whose mean is nearest.

References
----------
Snell, Swersky and Zemel, "Prototypical networks for few-shot learning", 2017: class
means as prototypes. The space here is principal components of the pixels, or what a
backbone says (see ``transfer``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.baselines import ConstantModel
from pilothouse.models.pictures.frame import pictures_of, small_grey
from pilothouse.models.pictures.head import Head, Matrix, softmax
from pilothouse.models.target import Target
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

SIDE = 16
_STRENGTH = 0.02
_MOST_ROWS, _MOST_DIRECTIONS = 20_000, 32


@dataclass(frozen=True)
class Commonest(Candidate):
    """The label that most pictures have."""

    target: Target
    name: ClassVar[str] = "commonest"
    label: ClassVar[Message] = say("images.commonest")
    rank: ClassVar[int] = 0
    is_stand_in: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        """Take no time worth naming."""
        return Cost(0.01)

    def build(self, parameters: Parameters) -> ConstantModel:
        """Make the model that always says the same."""
        return ConstantModel(self.target, "mean", say("images.commonest_sentence"))


@dataclass(frozen=True)
class Pixels(Candidate):
    """Logistic regression on grey pixels, 16 a side."""

    target: Target
    name: ClassVar[str] = "pixels"
    label: ClassVar[Message] = say("images.pixels")
    rank: ClassVar[int] = 1
    is_stand_in: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        """Grow with pictures and labels, up to 20,000 pictures."""
        rows = min(shape.rows, _MOST_ROWS)
        return Cost(0.1 + 5e-5 * shape.rows + 8.0e-5 * rows * max(2, shape.classes), 50.0 + 4e-3 * rows)

    def build(self, parameters: Parameters) -> PixelsModel:
        """Make an unfitted model."""
        return PixelsModel(self.target)


@dataclass(frozen=True)
class PixelsModel:
    """A head over small grey pixels."""

    target: Target
    head: Head | None = None
    kind: ClassVar[str] = "pixels"

    def fit(self, data: Data, context: Context) -> Self:
        """Learn from the rows of ``data``, or a sample of many."""
        table = _drawn(data.table, context.seed)
        parts = small_grey(pictures_of(table), SIDE)
        head = Head.learn(parts, self.target.truth(table), len(self.target.classes), _STRENGTH)
        return replace(self, head=head)

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each picture."""
        if self.head is None:
            raise RuntimeError("predict before fit")
        return self.target.answers(self.head.answer(small_grey(pictures_of(requests), SIDE)))

    def sentence(self) -> Message:
        """Say the rule in words a PM can say."""
        return say("images.pixels_sentence", side=SIDE)

    def save(self, folder: Path) -> None:
        """Write JSON and arrays."""
        if self.head is None:
            raise RuntimeError("save before fit")
        save_file(folder / "pixels.json", {"target": self.target.state()}, "json")
        save_file(folder / "pixels.npz", self.head.arrays(), "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / "pixels.json", "json")
        return cls(Target.restore(state["target"]), Head.restore(load_file(folder / "pixels.npz", "arrays")))


@dataclass(frozen=True)
class Nearest(Candidate):
    """Nearest mean of a label's pictures, in the main directions of their pixels."""

    target: Target
    name: ClassVar[str] = "nearest"
    label: ClassVar[Message] = say("images.nearest")
    rank: ClassVar[int] = 10

    def cost(self, shape: Shape) -> Cost:
        """Grow with pictures, up to 20,000 of them."""
        return Cost(0.1 + 1.0e-4 * shape.rows, 50.0 + 4e-3 * min(shape.rows, _MOST_ROWS))

    def build(self, parameters: Parameters) -> NearestModel:
        """Make an unfitted model."""
        return NearestModel(self.target)


@dataclass(frozen=True)
class NearestModel:
    """Means of labels along principal directions.

    Parameters
    ----------
    centre, directions
        (pixels,) and (pixels, directions), each divided by its deviation within labels.
    means
        (labels, directions); NaN for a label that no learning row has.
    """

    target: Target
    centre: Matrix | None = None
    directions: Matrix | None = None
    means: Matrix | None = None
    kind: ClassVar[str] = "nearest"

    def fit(self, data: Data, context: Context) -> Self:
        """Learn directions and means."""
        table = _drawn(data.table, context.seed)
        parts, truth = small_grey(pictures_of(table), SIDE), self.target.truth(table)
        centre = parts.mean(axis=0)
        spread, axes = np.linalg.eigh(np.cov(parts, rowvar=False))
        most = max(1, min(_MOST_DIRECTIONS, table.rows // 2, int((spread > 1e-9).sum())))
        directions = axes[:, ::-1][:, :most]
        means, inside = class_means((parts - centre) @ directions, truth, len(self.target.classes))
        return replace(self, centre=centre, directions=directions / inside, means=means / inside)

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each picture."""
        if self.centre is None or self.directions is None or self.means is None:
            raise RuntimeError("predict before fit")
        parts = (small_grey(pictures_of(requests), SIDE) - self.centre) @ self.directions
        return self.target.answers(nearest(parts, self.means))

    def save(self, folder: Path) -> None:
        """Write JSON and arrays."""
        arrays: dict[str, Any] = {n: getattr(self, n) for n in ("centre", "directions", "means")}
        if any(one is None for one in arrays.values()):
            raise RuntimeError("save before fit")
        save_file(folder / "nearest.json", {"target": self.target.state()}, "json")
        save_file(folder / "nearest.npz", arrays, "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / "nearest.json", "json")
        arrays = load_file(folder / "nearest.npz", "arrays")
        return cls(Target.restore(state["target"]), arrays["centre"], arrays["directions"], arrays["means"])


def class_means(parts: Matrix, truth: Any, labels: int) -> tuple[Matrix, Matrix]:
    """Return each label's mean, (labels, numbers), and the deviation within labels, (numbers,)."""
    means = np.full((labels, parts.shape[1]), np.nan)
    for number in np.unique(truth):
        means[number] = parts[truth == number].mean(axis=0)
    inside = np.sqrt(((parts - means[truth]) ** 2).mean(axis=0))
    # Few pictures lie near their own mean by construction; the spread of all keeps that in bounds.
    return means, np.maximum(inside, 0.1 * parts.std(axis=0) + 1e-9)


def nearest(parts: Matrix, means: Matrix) -> Matrix:
    """Return probabilities by distance: parts (n, numbers) and means, both in deviations within labels."""
    away = ((parts[:, None, :] - means[None, :, :]) ** 2).sum(axis=2) / 2.0
    return softmax(np.where(np.isnan(away), -1e3, -away))


def _drawn(table: Table, seed: int) -> Table:
    """At most 20,000 rows, drawn by the seed."""
    if table.rows <= _MOST_ROWS:
        return table
    return table.take(np.sort(np.random.default_rng(seed).permutation(table.rows)[:_MOST_ROWS]))
