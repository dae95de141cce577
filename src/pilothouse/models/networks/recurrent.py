"""The recurrent network: reads a sequence one place after the other, and remembers.

It reads forwards and, where asked, backwards from the last token; what stands behind a
sequence (token 0) changes nothing.

References
----------
Hochreiter and Schmidhuber, "Long short-term memory", 1997. Cho et al., "Learning phrase
representations using RNN encoder-decoder", 2014 (GRU). Schuster and Paliwal,
"Bidirectional recurrent neural networks", 1997.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pilothouse.lazy import require
from pilothouse.models.networks.weights import NetworkShape


@dataclass(frozen=True)
class RecurrentShape(NetworkShape):
    """Size of a recurrent network.

    Parameters
    ----------
    words
        Size of the vocabulary; tokens are 1 to ``words``, and 0 is nothing.
    outputs
        Margins that leave.
    width, hidden, layers
        Numbers a token is described by, numbers that are remembered, and layers.
    cell
        "lstm" or "gru".
    both_ways
        Whether the sequence is read backwards too.
    dropout
        Share of inner numbers dropped while training.
    numbers
        Numbers that stand beside each token.
    """

    words: int
    outputs: int
    width: int = 64
    hidden: int = 64
    layers: int = 1
    cell: Literal["lstm", "gru"] = "lstm"
    both_ways: bool = True
    dropout: float = 0.2
    numbers: int = 0


def recurrent(shape: RecurrentShape) -> Any:
    """Make the network: tokens (n, length), numbers (n, length, numbers) -> (n, outputs).

    Sequences stand at the start of their row, zeros behind; numbers only where the
    shape has some.
    """
    torch = require("torch", extra="deep")
    nn = torch.nn
    ways = 2 if shape.both_ways else 1

    def reader() -> Any:
        made = nn.LSTM if shape.cell == "lstm" else nn.GRU
        between = shape.dropout if shape.layers > 1 else 0.0
        entering = shape.width + shape.numbers
        return made(entering, shape.hidden, shape.layers, batch_first=True, dropout=between)

    class Recurrent(nn.Module):  # type: ignore[misc, name-defined]
        """Embeddings, a reader each way, their last and largest memories, a linear head."""

        def __init__(self) -> None:
            super().__init__()
            self.word = nn.Embedding(shape.words + 1, shape.width, padding_idx=0)
            self.readers = nn.ModuleList([reader() for _ in range(ways)])
            self.drop = nn.Dropout(shape.dropout)
            self.head = nn.Linear(2 * ways * shape.hidden, shape.outputs)

        def features(self, tokens: Any, *numbers: Any) -> Any:
            present = tokens != 0
            entered = self.drop(torch.cat([self.word(tokens), *numbers], dim=2))
            sizes = present.sum(dim=1, keepdim=True)
            place = torch.arange(tokens.shape[1], device=tokens.device).expand(tokens.shape)
            # Read backwards, a row starts with its last token: place 0 holds the one at size - 1.
            turned = torch.where(place < sizes, sizes - 1 - place, place)
            found = []
            for reader, order in zip(self.readers, (place, turned), strict=False):
                inner, _ = reader(entered.gather(1, order[:, :, None].expand_as(entered)))
                last = (sizes - 1).clamp(min=0)[:, :, None].expand(-1, 1, shape.hidden)
                found.append(inner.gather(1, last)[:, 0])
                found.append(inner.masked_fill(~present[:, :, None], -1.0).amax(dim=1))  # tanh's lowest
            return self.drop(torch.cat(found, dim=1))

        def forward(self, tokens: Any, *numbers: Any) -> Any:
            return self.head(self.features(tokens, *numbers))

    return Recurrent()
