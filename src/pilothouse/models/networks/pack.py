"""A pack of small perceptrons trained as one, for tables.

References
----------
Laurent et al., "Packed-ensembles for efficient uncertainty estimation", 2023;
Gorishniy, Kotelnikov and Babenko, "TabM", 2024.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pilothouse.lazy import require
from pilothouse.models.networks.weights import NetworkShape


@dataclass(frozen=True)
class PackShape(NetworkShape):
    """Size of a pack: ``members`` separate perceptrons side by side.

    Parameters
    ----------
    numbers
        Numbers that enter each member.
    places
        One-hot places; each has an embedding of the first layer's width.
    categories
        Places that are hot in one row.
    outputs
        Margins that leave each member.
    members, width, layers
        Perceptrons, their hidden width and their hidden layers.
    dropout
        Share of hidden units dropped while training.
    """

    numbers: int
    places: int
    categories: int
    outputs: int
    members: int = 8
    width: int = 96
    layers: int = 2
    dropout: float = 0.2


def pack(shape: PackShape) -> Any:
    """Make a pack of perceptrons: (n, numbers) and (n, categories) -> (members, n, outputs)."""
    torch = require("torch", extra="deep")
    nn = torch.nn

    class Packed(nn.Module):  # type: ignore[misc, name-defined]
        """Perceptrons whose layers are stacked along a first axis."""

        def __init__(self) -> None:
            super().__init__()
            members, width = shape.members, shape.width
            self.first = nn.Parameter(torch.empty(shape.numbers, members * width))
            self.places = nn.EmbeddingBag(max(1, shape.places), members * width, mode="sum")
            widths = [width] * shape.layers
            ends = [*widths[1:], shape.outputs]
            self.bias = nn.Parameter(torch.zeros(members, 1, width))
            self.inner = nn.ParameterList(
                [nn.Parameter(torch.empty(members, a, b)) for a, b in zip(widths, ends, strict=True)]
            )
            self.biases = nn.ParameterList([nn.Parameter(torch.zeros(members, 1, b)) for b in ends])
            bound = (1.0 / max(1, shape.numbers + shape.categories)) ** 0.5
            nn.init.uniform_(self.first, -bound, bound)
            nn.init.uniform_(self.places.weight, -bound, bound)
            for one in self.inner:
                nn.init.uniform_(one, -(one.shape[1] ** -0.5), one.shape[1] ** -0.5)
            self.drop = nn.Dropout(shape.dropout)

        def forward(self, numbers: Any, hot: Any) -> Any:
            entered = numbers @ self.first
            if shape.categories:
                entered = entered + self.places(hot)
            hidden = entered.view(len(numbers), shape.members, shape.width).transpose(0, 1) + self.bias
            for weights, bias in zip(self.inner, self.biases, strict=True):
                hidden = torch.baddbmm(bias, self.drop(torch.relu(hidden)), weights)
            return hidden

    return Packed()
