"""The network of a user's events: a causal Transformer over what, which, how long after, how much.

An event is the sum of the embeddings of its kind, its item, the time since the event
before it and its amount. Behind the last event stands a mark of the moment at which it is
asked, with the time that has passed by then.

References
----------
Kang and McAuley, "Self-attentive sequential recommendation", 2018. Time and amounts
beside words: Padhi et al., "Tabular transformers for modeling multivariate time series", 2021.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pilothouse.lazy import require
from pilothouse.models.networks.transformer import TransformerShape, decoder
from pilothouse.models.networks.weights import NetworkShape

PARTS = ("kind", "item", "gap", "amount")


@dataclass(frozen=True)
class EventsShape(NetworkShape):
    """Size of the network.

    Parameters
    ----------
    kinds, items, gaps, amounts
        Largest number of each part of an event; 0 is nothing. The mark of the moment is
        the kind after the last.
    width, blocks, heads
        Numbers an event is described by, attention blocks, and heads in each.
    window
        The longest sequence, the mark included.
    dropout
        Share of inner numbers dropped while training.
    """

    kinds: int
    items: int
    gaps: int
    amounts: int
    width: int = 48
    blocks: int = 2
    heads: int = 2
    window: int = 65
    dropout: float = 0.1

    @property
    def sizes(self) -> dict[str, int]:
        """Largest number of each part, the mark among the kinds."""
        return {"kind": self.kinds + 1, "item": self.items, "gap": self.gaps, "amount": self.amounts}

    @property
    def described(self) -> int:
        """Numbers that ``features`` gives a row."""
        return 2 * self.width


def events(shape: EventsShape) -> Any:
    """Make the network: kind, item, gap, amount, each (n, length) -> (n, length, width)."""
    torch = require("torch", extra="deep")
    nn = torch.nn

    class Events(nn.Module):  # type: ignore[misc, name-defined]
        """Embeddings of the parts, then the decoder."""

        def __init__(self) -> None:
            super().__init__()
            self.parts = nn.ModuleDict(
                {
                    name: nn.Embedding(size + 1, shape.width, padding_idx=0)
                    for name, size in shape.sizes.items()
                }
            )
            trunk = TransformerShape(
                words=1,
                width=shape.width,
                blocks=shape.blocks,
                heads=shape.heads,
                window=shape.window,
                dropout=shape.dropout,
            )
            self.trunk = decoder(trunk)
            with torch.no_grad():
                for one in self.parts.values():
                    one.weight.normal_(std=(len(PARTS) * shape.width) ** -0.5)[0] = 0.0

        def forward(self, *parts: Any) -> Any:
            vectors = sum(self.parts[name](one) for name, one in zip(PARTS, parts, strict=True))
            return self.trunk.over(vectors, parts[0] != 0)

        def features(self, *parts: Any) -> Any:
            """Return what the mark of the moment says, and the mean over the events, (n, 2 x width)."""
            hidden, happened = self(*parts), (parts[0] != 0) & (parts[0] <= shape.kinds)
            last = (parts[0] != 0).sum(dim=1) - 1
            share = happened / happened.sum(dim=1, keepdim=True).clamp(min=1)
            mean = (hidden * share[:, :, None]).sum(dim=1)
            return torch.cat([hidden[torch.arange(len(last), device=last.device), last], mean], dim=1)

    return Events()
