"""The Transformer: an encoder that sees the whole sequence, a decoder that sees the past.

References
----------
Vaswani et al., "Attention is all you need", 2017. One matrix for words in and out:
Press and Wolf, "Using the output embedding to improve language models", 2017.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pilothouse.lazy import require
from pilothouse.models.networks.attention import block
from pilothouse.models.networks.weights import NetworkShape


@dataclass(frozen=True)
class TransformerShape(NetworkShape):
    """Size of a Transformer.

    Parameters
    ----------
    words
        Size of the vocabulary; tokens are 1 to ``words``, and 0 is nothing.
    width, blocks, heads
        Numbers a token is described by, attention blocks, and heads in each.
    window
        The longest sequence.
    dropout
        Share of inner numbers dropped while training.
    causal
        Whether a place sees only itself and those before it.
    crossed
        Whether each block looks at a memory as well.
    """

    words: int
    width: int = 64
    blocks: int = 2
    heads: int = 2
    window: int = 64
    dropout: float = 0.1
    causal: bool = False
    crossed: bool = False


def encoder(shape: TransformerShape) -> Any:
    """Make one whose places see each other: tokens (n, length) -> (n, length, width)."""
    return transformer(replace(shape, causal=False, crossed=False))


def decoder(shape: TransformerShape) -> Any:
    """Make one whose places see the past: tokens (n, length) -> (n, length, width).

    Where ``shape.crossed``, it is called with a memory, (n, held, width), and where that
    may be seen, (n, held) bool or None, as well.
    """
    return transformer(replace(shape, causal=True))


def tied(network: Any, hidden: Any) -> Any:
    """Score every word in each place by the words' own embeddings: (..., width) -> (..., words).

    Word 1 stands in column 0: nothing is never foretold.
    """
    return hidden @ network.word.weight[1:].T


def transformer(shape: TransformerShape) -> Any:
    """Make the network that ``shape`` describes; see ``encoder`` and ``decoder``.

    ``over(vectors, present)`` enters below the embeddings of words, for sequences of
    something else; ``features(tokens)`` is one vector a row.
    """
    torch = require("torch", extra="deep")
    nn = torch.nn

    class Transformer(nn.Module):  # type: ignore[misc, name-defined]
        """Embeddings of words and positions, blocks, a last norm."""

        def __init__(self) -> None:
            super().__init__()
            self.word = nn.Embedding(shape.words + 1, shape.width, padding_idx=0)
            self.position = nn.Embedding(shape.window, shape.width)
            made = [
                block(shape.width, shape.heads, shape.dropout, wide=4, crossed=shape.crossed)
                for _ in range(shape.blocks)
            ]
            self.blocks, self.norm = nn.ModuleList(made), nn.LayerNorm(shape.width)
            self.drop = nn.Dropout(shape.dropout)
            with torch.no_grad():
                self.position.weight.normal_(std=0.02)
                self.word.weight.normal_(std=shape.width**-0.5)[0] = 0.0

        def over(self, vectors: Any, present: Any, memory: Any = None, held: Any = None) -> Any:
            """(n, length, width), of which ``present`` (n, length) are something -> the same shape."""
            length = vectors.shape[1]
            seen = present[:, None, None, :]
            if shape.causal:
                past = torch.ones(length, length, dtype=torch.bool, device=vectors.device).tril()
                seen = seen & past
            held = None if held is None else held[:, None, None, :]
            inner = self.drop(vectors + self.position.weight[:length])
            for one in self.blocks:
                inner = one(inner, seen, memory, held)
            return self.norm(inner)

        def forward(self, tokens: Any, memory: Any = None, held: Any = None) -> Any:
            return self.over(self.word(tokens), tokens != 0, memory, held)

        def features(self, tokens: Any) -> Any:
            """Return the mean over what is there, or where only the past is seen, the last of it."""
            hidden, present = self(tokens), tokens != 0
            if not shape.causal:
                share = present / present.sum(dim=1, keepdim=True).clamp(min=1)
                return (hidden * share[:, :, None]).sum(dim=1)
            place = torch.arange(1, tokens.shape[1] + 1, device=tokens.device)
            last = (present * place).argmax(dim=1)
            return hidden[torch.arange(len(tokens), device=tokens.device), last]

    return Transformer()
