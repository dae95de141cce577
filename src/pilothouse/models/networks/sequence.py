"""The network of histories: items in the order they were taken, and the next one (SASRec).

Item and position embeddings, blocks of attention over what came before, and each item's
inner product with what the last place says. Histories may lie side by side in one row;
who owns a cell says what it may look at.

References
----------
Kang and McAuley, "Self-attentive sequential recommendation", 2018.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pilothouse.lazy import require
from pilothouse.models.networks.attention import block
from pilothouse.models.networks.weights import NetworkShape

DRAWN = 2_048
"""Items that each is told apart from while learning, where the catalogue is over twice that."""


@dataclass(frozen=True)
class SequenceShape(NetworkShape):
    """Size of the network.

    Parameters
    ----------
    items
        Size of the catalogue.
    width, blocks, heads
        Numbers an item is described by, attention blocks, and heads in each.
    window
        The most items of a history that are looked at: the latest.
    dropout
        Share of inner numbers dropped while training.
    wide
        Width of the layer between in each block, in widths.
    """

    items: int
    width: int = 64
    blocks: int = 2
    heads: int = 2
    window: int = 64
    dropout: float = 0.5
    wide: int = 2


def sequence(shape: SequenceShape) -> Any:
    """Make the network: (rows, window) tokens, owners, places and targets -> (rows,) losses."""
    torch = require("torch", extra="deep")
    nn, functional = torch.nn, torch.nn.functional

    class Sequence(nn.Module):  # type: ignore[misc, name-defined]
        """Embeddings, blocks, a last norm."""

        def __init__(self) -> None:
            super().__init__()
            self.item = nn.Embedding(shape.items + 1, shape.width, padding_idx=0)
            self.position = nn.Embedding(shape.window, shape.width)
            made = [block(shape.width, shape.heads, shape.dropout, shape.wide) for _ in range(shape.blocks)]
            self.blocks = nn.ModuleList(made)
            self.norm, self.drop = nn.LayerNorm(shape.width), nn.Dropout(shape.dropout)
            for one in (self.item, self.position):
                nn.init.normal_(one.weight, std=0.02)

        def hidden(self, tokens: Any, owner: Any, place: Any) -> Any:
            own = owner[:, :, None] == owner[:, None, :]
            seen = torch.tril(own)[:, None]
            inner = self.drop(self.item(tokens) * shape.width**0.5 + self.position(place))
            for one in self.blocks:
                inner = one(inner, seen)
            return self.norm(inner)

        def forward(self, tokens: Any, owner: Any, place: Any, target: Any) -> Any:
            row, cell = torch.nonzero(target, as_tuple=True)
            losses = self.losses(self.hidden(tokens, owner, place)[row, cell], target[row, cell])
            return torch.zeros(len(tokens)).index_add(0, row, losses.float())

        def losses(self, inner: Any, target: Any) -> Any:
            """Cross-entropy over the catalogue or a shared draw of it; when checking, of the ranks."""
            own = (inner * self.item(target)).sum(dim=1, keepdim=True)
            if not self.training:
                above = (inner @ self.item.weight[1:].T > own).sum(dim=1)
                return 1.0 - 1.0 / torch.log2(2.0 + above)
            if shape.items <= 2 * DRAWN:
                return functional.cross_entropy(inner @ self.item.weight[1:].T, target - 1, reduction="none")
            drawn = torch.randint(1, shape.items + 1, (DRAWN,))
            others = inner @ self.item(drawn).T + float(np.log(shape.items / DRAWN))
            others = others.masked_fill(target[:, None] == drawn[None], -1e9)
            return torch.logsumexp(torch.cat([own, others], dim=1), dim=1) - own[:, 0]

    return Sequence()
