"""An autoencoder: pictures through a narrow code and back.

What the code keeps is what the pictures have in common; its codes serve as features
where there are no labels. It draws nothing new: ``variational`` does.

References
----------
Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks", 2006.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pilothouse.lazy import require
from pilothouse.models.networks.weights import NetworkShape


@dataclass(frozen=True)
class AutoencoderShape(NetworkShape):
    """Size of an autoencoder.

    Parameters
    ----------
    inputs
        Numbers of one picture: channels x side x side.
    width, code
        Hidden layer on either side, and the narrow layer between.
    """

    inputs: int
    width: int = 400
    code: int = 20


def autoencoder(shape: AutoencoderShape) -> Any:
    """Make an autoencoder: (n, ...) of ``inputs`` numbers in [0, 1] -> (n, inputs) logits."""
    torch = require("torch", extra="deep")
    nn = torch.nn

    class Autoencoder(nn.Module):  # type: ignore[misc, name-defined]
        """Two layers down, two layers up."""

        def __init__(self) -> None:
            super().__init__()
            self.down = nn.Sequential(
                nn.Flatten(),
                nn.Linear(shape.inputs, shape.width),
                nn.ReLU(),
                nn.Linear(shape.width, shape.code),
            )
            self.up = nn.Sequential(
                nn.Linear(shape.code, shape.width), nn.ReLU(), nn.Linear(shape.width, shape.inputs)
            )

        def features(self, pictures: Any) -> Any:
            """(n, code): what is kept of each picture."""
            return self.down(pictures)

        def forward(self, pictures: Any) -> Any:
            return self.up(self.down(pictures))

    return Autoencoder()


def rebuilding_loss(logits: Any, pictures: Any) -> Any:
    """Binary cross-entropy of rebuilt pictures, summed over pixels: the mean a picture, in nats."""
    functional = require("torch", extra="deep").nn.functional
    truth = pictures.flatten(1)
    return functional.binary_cross_entropy_with_logits(logits, truth, reduction="sum") / len(truth)
