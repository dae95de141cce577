"""What all generators share: fit on pictures, draw one picture for each seed, say how near it is.

It reads these tables of ``Data`` (made by ``steps.prepare.drawings``): the main one with
the column ``picture``, and ``eye``. Requests have a column ``seed``; the same seed gives the same
picture, alone or among others, so drawing is done in double precision.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message
from pilothouse.models.generators.eye import Eye
from pilothouse.models.generators.recall import Bytes, Recall
from pilothouse.types import Answers, Context, Data, Table

Arrays = dict[str, NDArray[Any]]

_STATE, _ARRAYS, _EYE, _PICTURES = "generator.json", "generator.npz", "eye.npz", "pictures.npz"


@dataclass(frozen=True)
class Drawer(ABC):
    """A generator; what it learnt is ``arrays``, and ``told`` what it says of its training.

    Parameters
    ----------
    arrays
        Numbers by name; empty before ``fit``.
    told
        Plain values: curves, the bound.
    recall, eye
        What was learnt from, and what describes pictures.
    """

    arrays: Arrays = field(default_factory=dict, repr=False)
    told: dict[str, Any] = field(default_factory=dict, repr=False)
    recall: Recall | None = field(default=None, repr=False)
    eye: Eye | None = field(default=None, repr=False)
    kind: ClassVar[str]

    @abstractmethod
    def learn(self, pictures: Bytes, context: Context) -> tuple[Arrays, dict[str, Any]]:
        """Learn from (n, channels, side, side); return ``arrays`` and ``told``."""

    @abstractmethod
    def draw(self, seeds: NDArray[np.int64]) -> Bytes:
        """Draw (m, channels, side, side), one picture for each of (m,) seeds."""

    @abstractmethod
    def sentence(self) -> Message:
        """Say what it does in words a PM can say."""

    def fit(self, data: Data, context: Context) -> Self:
        """Learn from the pictures of ``data``, and remember them."""
        recall = Recall.of(data)
        arrays, told = self.learn(recall.pictures, context)
        return replace(self, arrays=arrays, told=told, recall=recall, eye=Eye.of(data.tables["eye"]))

    def predict(self, requests: Table, context: Context) -> Answers:
        """Draw a picture for each seed: its features, and how far off the nearest learnt one is."""
        if self.eye is None:
            raise RuntimeError("predict before fit")
        pictures = self.draw(requests["seed"].astype(np.int64))
        return Answers({"features": self.eye.features(pictures), "gap": self.nearest(pictures)[1]})

    def nearest(self, pictures: Bytes) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the nearest learnt picture of each: its position, and how far off it is."""
        if self.recall is None:
            raise RuntimeError("nearest before fit")
        return self.recall.nearest(pictures)

    def save(self, folder: Path) -> None:
        """Write JSON and npz files."""
        assert self.recall is not None and self.eye is not None
        save_file(folder / _STATE, {"told": self.told, "settings": self.settings()}, "json")
        save_file(folder / _ARRAYS, self.arrays, "arrays")
        save_file(folder / _EYE, self.eye.arrays(), "arrays")
        save_file(folder / _PICTURES, {"pictures": self.recall.pictures}, "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / _STATE, "json")
        return cls(
            arrays=load_file(folder / _ARRAYS, "arrays"),
            told=state["told"],
            recall=Recall(load_file(folder / _PICTURES, "arrays")["pictures"]),
            eye=Eye.restore(load_file(folder / _EYE, "arrays")),
            **state["settings"],
        )

    def settings(self) -> dict[str, Any]:
        """Return the generator's own fields as JSON keeps them."""
        return {}


def noise(seeds: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """Return (m, size) standard normal numbers; each line depends on its own seed only."""
    lines = [np.random.default_rng(seed).standard_normal(size) for seed in np.abs(seeds).tolist()]
    return np.array(lines).reshape(len(seeds), size)


def as_bytes(pictures: NDArray[np.floating[Any]]) -> Bytes:
    """Turn pictures in [0, 1] into bytes."""
    return np.asarray(np.clip(np.round(pictures * 255.0), 0, 255), dtype=np.uint8)
