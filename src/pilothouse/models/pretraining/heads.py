"""Heads: an answer on top of a network's features, learnt with it or on top of it as it is.

With few labels a network held still is hard to spoil; with more, learning on pays.
``teach`` does both by one call.
"""

from __future__ import annotations

from typing import Any

from pilothouse.lazy import require
from pilothouse.models.training import Lesson, Tensors, Trained, TrainingPlan, train
from pilothouse.types import Context


def attach(
    network: Any, described: int, outputs: int, *, beside: int = 0, frozen: bool = False, dropout: float = 0.1
) -> Any:
    """Put a linear head on ``network.features``: inputs -> (n, outputs) margins.

    Parameters
    ----------
    network
        A backbone's network, or a fresh one of the same shape.
    described
        Numbers of its features.
    outputs
        Classes, or 1 for a number.
    beside
        Numbers of each row that stand beside the features, (n, beside), given as the
        last input; 0 for none.
    frozen
        Hold the network still, its batch statistics too, and learn the head only.
    dropout
        Share of what enters the head that is dropped while training.
    """
    torch = require("torch", extra="deep")
    nn = torch.nn

    class Headed(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.network = network
            self.norm = nn.LayerNorm(described)
            self.drop = nn.Dropout(dropout)
            self.head = nn.Linear(described + beside, outputs)
            nn.init.zeros_(self.head.bias)
            for one in network.parameters():
                one.requires_grad_(not frozen)

        def train(self, mode: bool = True) -> Any:
            super().train(mode)
            if frozen:
                self.network.train(False)
            return self

        def forward(self, *inputs: Any) -> Any:
            own = inputs[:-1] if beside else inputs
            told = self.drop(self.norm(self.network.features(*own)))
            return self.head(torch.cat([told, inputs[-1]], dim=1) if beside else told)

    return Headed()


def teach(headed: Any, rows: tuple[Tensors, Tensors | None], plan: TrainingPlan, context: Context) -> Trained:
    """Train a head, and its network where that is not held still, on rows with labels.

    Parameters
    ----------
    headed
        From ``attach``.
    rows
        Tensors to learn from and to stop by (or None), the truth last: int64 class
        numbers, or float32 numbers.
    """
    torch = require("torch", extra="deep")
    functional = torch.nn.functional
    truth = rows[0][-1]
    if truth.dtype.is_floating_point:
        return train(
            headed,
            Lesson(*rows, loss=lambda out, aim: functional.smooth_l1_loss(out[:, 0], aim)),
            plan,
            context,
        )
    return train(headed, Lesson(*rows, loss=functional.cross_entropy), plan, context)
