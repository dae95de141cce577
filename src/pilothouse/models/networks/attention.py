"""Scaled dot-product attention, to be read and to be run, and the block built on it.

``attention`` is written out for a reader; ``fused`` is PyTorch's kernel, which the
networks use; a test holds them equal.

References
----------
Vaswani et al., "Attention is all you need", 2017. Norms before instead of after: Xiong
et al., "On layer normalization in the transformer architecture", 2020.
"""

from __future__ import annotations

import math
from typing import Any

from pilothouse.lazy import require


def attention(query: Any, key: Any, value: Any, seen: Any = None) -> Any:
    """Answer each query by the values, mixed by how well their keys fit it.

    Parameters
    ----------
    query
        (..., asked, width) what each place looks for.
    key
        (..., held, width) what each place offers.
    value
        (..., held, any width) what each place says when it is looked at.
    seen
        (..., asked, held) bool, True where a query may look; None lets all see all.

    Returns
    -------
    tensor
        (..., asked, any width); zeros for a query that may look nowhere.
    """
    return shares(query, key, seen) @ value


def shares(query: Any, key: Any, seen: Any = None) -> Any:
    """Return how each query divides its look over the keys: (..., asked, held), rows sum to 1."""
    torch = require("torch", extra="deep")
    # 1. How well does each key fit each query? Their inner product: a table, asked x held.
    fit = query @ key.transpose(-2, -1)
    # 2. A sum over many numbers is large by itself: divided by the root of their count,
    #    it has the same spread at every width.
    fit = fit / math.sqrt(query.shape[-1])
    # 3. What must not be seen fits infinitely badly.
    if seen is not None:
        fit = fit.masked_fill(~seen, -math.inf)
    # 4. From fits to shares: e^fit, divided by the sum over the row.
    divided = torch.softmax(fit, dim=-1)
    # 5. Who may look nowhere divides nothing by nothing, and gets nothing.
    return divided if seen is None else divided.masked_fill(~seen, 0.0)


def fused(query: Any, key: Any, value: Any, seen: Any = None) -> Any:
    """Do what ``attention`` does by PyTorch's kernel, which never writes the table down."""
    torch = require("torch", extra="deep")
    return torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)


def block(width: int, heads: int, dropout: float = 0.1, wide: int = 2, crossed: bool = False) -> Any:
    """Make one block: (n, length, width) and what each place may see -> the same shape.

    Parameters
    ----------
    width, heads
        Numbers of a place, and lookouts among which they are divided.
    dropout
        Share of each correction dropped while training.
    wide
        Width of the layer between, in widths.
    crossed
        Whether it looks at a memory, (n, held, width), as well.
    """
    torch = require("torch", extra="deep")
    nn, functional = torch.nn, torch.nn.functional

    def apart(mixed: Any, parts: int) -> Any:
        """(n, length, parts x width) -> parts of (n, heads, length, width / heads)."""
        return mixed.unflatten(2, (parts, heads, -1)).permute(2, 0, 3, 1, 4)

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        """Attention and two layers, each behind a norm and added to what came in."""

        def __init__(self) -> None:
            super().__init__()
            self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
            self.mixed, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.wide, self.narrow = nn.Linear(width, wide * width), nn.Linear(wide * width, width)
            self.drop = nn.Dropout(dropout)
            if crossed:
                self.asking, self.across = nn.LayerNorm(width), nn.Linear(width, width)
                self.told, self.taken = nn.Linear(width, 2 * width), nn.Linear(width, width)

        def forward(self, inner: Any, seen: Any = None, memory: Any = None, held: Any = None) -> Any:
            query, key, value = apart(self.mixed(self.before(inner)), 3)
            looked = fused(query, key, value, seen)
            inner = inner + self.drop(self.out(looked.transpose(1, 2).flatten(2)))
            if crossed:
                key, value = apart(self.told(memory), 2)
                looked = fused(apart(self.across(self.asking(inner)), 1)[0], key, value, held)
                inner = inner + self.drop(self.taken(looked.transpose(1, 2).flatten(2)))
            return inner + self.drop(self.narrow(functional.gelu(self.wide(self.between(inner)))))

        def shares(self, inner: Any, seen: Any = None) -> Any:
            """Return where each head looks, (n, heads, length, length): for pictures of it."""
            query, key, _ = apart(self.mixed(self.before(inner)), 3)
            return shares(query, key, seen)

    return Block()
