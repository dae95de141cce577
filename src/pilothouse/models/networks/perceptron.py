"""The multilayer perceptron: layers, each fully connected to the one before.

References
----------
Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors",
1986. Srivastava et al., "Dropout", 2014.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pilothouse.lazy import require
from pilothouse.models.networks.weights import NetworkShape


@dataclass(frozen=True)
class PerceptronShape(NetworkShape):
    """Size of a perceptron.

    Parameters
    ----------
    inputs, outputs
        Numbers that enter and margins that leave.
    widths
        Units of each hidden layer.
    dropout
        Share of hidden units dropped while training.
    """

    inputs: int
    outputs: int
    widths: tuple[int, ...] = (512, 512)
    dropout: float = 0.2


def perceptron(shape: PerceptronShape) -> Any:
    """Make a perceptron: (n, inputs), or pictures (n, c, h, w) laid flat -> (n, outputs)."""
    torch = require("torch", extra="deep")
    nn = torch.nn

    class Perceptron(nn.Module):  # type: ignore[misc, name-defined]
        """Linear, ReLU and dropout for each hidden layer, then a linear head."""

        def __init__(self) -> None:
            super().__init__()
            layers, entering = [], shape.inputs
            for width in shape.widths:
                layers += [nn.Linear(entering, width), nn.ReLU(), nn.Dropout(shape.dropout)]
                entering = width
            self.body = nn.Sequential(*layers)
            self.head = nn.Linear(entering, shape.outputs)

        def features(self, inputs: Any) -> Any:
            if not inputs.is_floating_point():  # pictures as bytes
                inputs = inputs.float() / 255.0
            return self.body(inputs.flatten(1))

        def forward(self, inputs: Any) -> Any:
            return self.head(self.features(inputs))

    return Perceptron()
