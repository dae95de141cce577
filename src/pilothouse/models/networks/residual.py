"""The residual network: each block adds a correction to what came in.

References
----------
He et al., "Deep residual learning for image recognition", 2016. The last norm of each
block starts at zero, so that a block starts as nothing: Goyal et al., "Accurate, large
minibatch SGD", 2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pilothouse.lazy import require
from pilothouse.models.networks.pictures import centred
from pilothouse.models.networks.weights import NetworkShape


@dataclass(frozen=True)
class ResidualShape(NetworkShape):
    """Size of a residual network.

    Parameters
    ----------
    channels, side
        Of the square pictures: 1 for grey and 3 for colours, and pixels a side.
    outputs
        Margins that leave.
    filters
        Filters of each stage; all but the first halve the sides.
    blocks
        Blocks of a stage.
    dropout
        Share of the last numbers dropped while training.
    """

    channels: int
    side: int
    outputs: int
    filters: tuple[int, ...] = (32, 64, 128)
    blocks: int = 1
    dropout: float = 0.1


def residual(shape: ResidualShape) -> Any:
    """Make the network: pictures (n, channels, side, side), 0 to 1 or bytes -> (n, outputs)."""
    torch = require("torch", extra="deep")
    nn = torch.nn

    class Residual(nn.Module):  # type: ignore[misc, name-defined]
        """A first convolution, stages of blocks, the mean over the picture, a linear head."""

        def __init__(self) -> None:
            super().__init__()
            first, stages = shape.filters[0], []
            self.first = nn.Sequential(
                nn.Conv2d(shape.channels, first, 3, padding=1, bias=False), nn.BatchNorm2d(first), nn.ReLU()
            )
            for number, (entering, leaving) in enumerate(
                zip((first, *shape.filters), shape.filters, strict=False)
            ):
                stage = [_residual_block(entering, leaving, 2 if number else 1)]
                stage += [_residual_block(leaving, leaving, 1) for _ in range(shape.blocks - 1)]
                stages.append(nn.Sequential(*stage))
            self.stages = nn.Sequential(*stages)
            self.drop = nn.Dropout(shape.dropout)
            self.head = nn.Linear(shape.filters[-1], shape.outputs)

        def features(self, pictures: Any) -> Any:
            return self.drop(self.stages(self.first(centred(pictures))).mean(dim=(2, 3)))

        def forward(self, pictures: Any) -> Any:
            return self.head(self.features(pictures))

    return Residual()


def _residual_block(entering: int, leaving: int, stride: int) -> Any:
    """Make one block: (n, entering, h, w) -> (n, leaving, h / stride, w / stride)."""
    torch = require("torch", extra="deep")
    nn = torch.nn

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        """Two convolutions, and a way past them."""

        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(entering, leaving, 3, stride=stride, padding=1, bias=False),
                nn.BatchNorm2d(leaving),
                nn.ReLU(),
                nn.Conv2d(leaving, leaving, 3, padding=1, bias=False),
                nn.BatchNorm2d(leaving),
            )
            nn.init.zeros_(self.body[-1].weight)
            self.past = nn.Identity()
            if stride != 1 or entering != leaving:
                self.past = nn.Sequential(
                    nn.Conv2d(entering, leaving, 1, stride=stride, bias=False), nn.BatchNorm2d(leaving)
                )

        def forward(self, inner: Any) -> Any:
            return torch.relu(self.past(inner) + self.body(inner))

    return Block()
