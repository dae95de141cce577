"""The convolutional network: small filters slid over the picture, then fewer pixels.

References
----------
LeCun et al., "Gradient-based learning applied to document recognition", 1998. Ioffe and
Szegedy, "Batch normalization", 2015.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pilothouse.lazy import require
from pilothouse.models.networks.pictures import centred
from pilothouse.models.networks.weights import NetworkShape


@dataclass(frozen=True)
class ConvolutionShape(NetworkShape):
    """Size of a convolutional network.

    Parameters
    ----------
    channels, side
        Of the square pictures: 1 for grey and 3 for colours, and pixels a side.
    outputs
        Margins that leave.
    filters
        Filters of each stage, each of which halves the sides: at least one pixel must
        be left.
    width
        Numbers that a picture is described by before the last layer.
    dropout
        Share of those dropped while training.
    normalise
        Whether each stage is centred and scaled over the batch while training.
    """

    channels: int
    side: int
    outputs: int
    filters: tuple[int, ...] = (16, 32)
    width: int = 128
    dropout: float = 0.2
    normalise: bool = True


def convolution(shape: ConvolutionShape) -> Any:
    """Make the network: pictures (n, channels, side, side), 0 to 1 or bytes -> (n, outputs)."""
    torch = require("torch", extra="deep")
    nn = torch.nn

    def stage(entering: int, leaving: int) -> Any:
        """Filters of 3 x 3, the largest answer of each 2 x 2, ReLU."""
        layers = [nn.Conv2d(entering, leaving, 3, padding=1, bias=not shape.normalise), nn.MaxPool2d(2)]
        if shape.normalise:
            layers.append(nn.BatchNorm2d(leaving))
        return nn.Sequential(*layers, nn.ReLU())

    class Convolution(nn.Module):  # type: ignore[misc, name-defined]
        """Stages, a layer that describes the picture, a linear head."""

        def __init__(self) -> None:
            super().__init__()
            ends = (shape.channels, *shape.filters)
            self.stages = nn.Sequential(*(stage(a, b) for a, b in zip(ends, shape.filters, strict=False)))
            left = shape.side // 2 ** len(shape.filters)
            self.wide = nn.Linear(ends[-1] * left * left, shape.width)
            self.drop = nn.Dropout(shape.dropout)
            self.head = nn.Linear(shape.width, shape.outputs)

        def features(self, pictures: Any) -> Any:
            return self.drop(torch.relu(self.wide(self.stages(centred(pictures)).flatten(1))))

        def forward(self, pictures: Any) -> Any:
            return self.head(self.features(pictures))

    return Convolution()
