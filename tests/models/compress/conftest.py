"""A network that tells a bright left half from a bright right half, and its ONNX file."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from pilothouse.models.networks.convolution import ConvolutionShape, convolution
from pilothouse.models.training import Lesson, TrainingPlan, train
from pilothouse.types import Context

SHAPE = ConvolutionShape(1, 8, 3, filters=(8, 16), width=16, dropout=0.0)


class Small(NamedTuple):
    """A trained network, its file, and pictures with labels: to learn from and to judge by."""

    network: Any
    content: bytes
    lesson: Any
    judged: tuple[np.ndarray, np.ndarray]


def halves(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noisy pictures (n, 1, 8, 8) uint8: brighter left (0), right (1) or nowhere (2)."""
    drawn = np.random.default_rng(seed)
    labels = drawn.integers(0, 3, rows)
    pictures = drawn.integers(0, 120, (rows, 1, 8, 8))
    for label, columns in ((0, slice(0, 4)), (1, slice(4, 8))):
        pictures[labels == label, :, :, columns] += 60
    return pictures.astype(np.uint8), labels.astype(np.int64)


def loss(said: Any, told: Any) -> Any:
    """Cross-entropy, where torch is there."""
    import torch

    return torch.nn.functional.cross_entropy(said, told)


@pytest.fixture(scope="session")
def small() -> Small:
    """Nobody may change it."""
    torch = pytest.importorskip("torch", reason="needs the extra deep")
    pytest.importorskip("onnxruntime", reason="needs the extra deep")
    from pilothouse.models.compress.onnx import exported

    learn = tuple(torch.from_numpy(one) for one in halves(600, 1))
    torch.manual_seed(0)
    network = convolution(SHAPE)
    lesson = Lesson(learn, None, loss)
    train(network, lesson, TrainingPlan(epochs=6, batch=32, rate=1e-2, patience=None), Context())
    return Small(network, exported(network, [learn[0][:4]]), lesson, halves(300, 2))


def accuracy(margin: np.ndarray, labels: np.ndarray) -> float:
    """Share of rows whose largest margin is their label's."""
    return float((margin.argmax(1) == labels).mean())
