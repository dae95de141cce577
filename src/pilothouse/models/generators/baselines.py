"""Two baselines: every pixel by itself, and copying.

``Gaussian`` draws each pixel from a normal distribution of its own: what one gets without
knowing that pixels belong together. ``Copier`` returns a learnt picture with noise that
nobody sees. Its pictures are perfect and worth nothing: it stands there so that a reader
sees what a copy check is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import Message, say
from pilothouse.models.generators.drawing import Arrays, Drawer, as_bytes, noise
from pilothouse.models.generators.recall import Bytes
from pilothouse.types import Candidate, Context, Cost, Shape
from pilothouse.types.candidate import Parameters

_UNSEEN = 2.0 / 255.0
_DRAW_S, _ROW_S = 2.0, 3e-5
"""Seconds for drawing, judging and looking for copies; and for each learnt picture among them."""


@dataclass(frozen=True)
class Gaussian(Candidate):
    """Each pixel by itself."""

    name: ClassVar[str] = "gaussian"
    label: ClassVar[Message] = say("generators.gaussian")
    rank: ClassVar[int] = 0
    is_stand_in: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        """Take a mean and a spread."""
        return drawing_cost(shape)

    def build(self, parameters: Parameters) -> GaussianModel:
        """Make an unfitted model."""
        return GaussianModel()


@dataclass(frozen=True)
class Copier(Candidate):
    """A learnt picture again."""

    name: ClassVar[str] = "copier"
    label: ClassVar[Message] = say("generators.copier")
    rank: ClassVar[int] = 1
    is_stand_in: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        """Take nothing but the search for copies."""
        return drawing_cost(shape)

    def build(self, parameters: Parameters) -> CopierModel:
        """Make an unfitted model."""
        return CopierModel()


def drawing_cost(shape: Shape) -> Cost:
    """What every generator takes besides learning."""
    return Cost(_DRAW_S + _ROW_S * shape.rows, 200.0 + 0.02 * shape.rows)


@dataclass(frozen=True)
class GaussianModel(Drawer):
    """Mean and spread of each pixel, (channels, side, side)."""

    kind: ClassVar[str] = "gaussian"

    def learn(self, pictures: Bytes, context: Context) -> tuple[Arrays, dict[str, Any]]:
        """Take mean and spread."""
        return {"mean": pictures.mean(axis=0) / 255.0, "spread": pictures.std(axis=0) / 255.0}, {}

    def draw(self, seeds: NDArray[np.int64]) -> Bytes:
        """Draw each pixel by itself."""
        mean, spread = self.arrays["mean"], self.arrays["spread"]
        return as_bytes(mean + spread * noise(seeds, mean.size).reshape(-1, *mean.shape))

    def sentence(self) -> Message:
        """Say it in plain words."""
        return say("generators.gaussian_sentence")


@dataclass(frozen=True)
class CopierModel(Drawer):
    """Nothing but what it remembers."""

    kind: ClassVar[str] = "copier"

    def learn(self, pictures: Bytes, context: Context) -> tuple[Arrays, dict[str, Any]]:
        """Count the pictures."""
        return {"count": np.array([len(pictures)])}, {}

    def draw(self, seeds: NDArray[np.int64]) -> Bytes:
        """Pick a learnt picture and add a little noise."""
        assert self.recall is not None
        known = self.recall.pictures
        chosen = [int(np.random.default_rng(seed).integers(len(known))) for seed in np.abs(seeds).tolist()]
        picked = known[np.array(chosen, dtype=np.int64)] / 255.0
        return as_bytes(picked + _UNSEEN * noise(seeds, known[0].size).reshape(picked.shape))

    def sentence(self) -> Message:
        """Say it in plain words."""
        return say("generators.copier_sentence")
