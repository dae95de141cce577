"""What a backbone knows of items, for a network that foretells the next one of a history.

Two kinds know items: the network of histories that ``recommend`` keeps, and the network of
events that ``predict`` keeps, of which the item is one part. Words join their items to
those of another catalogue; blocks, norms and places are the same arrays in both. What
``predict`` foretold kinds, gaps and amounts by stays behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadOption
from pilothouse.lazy import require
from pilothouse.messages import say
from pilothouse.models.pasts import FIRST
from pilothouse.models.pretraining.backbone import Backbone, find_backbone

_ITEM, _POSITION = "item.weight", "position.weight"
_FEWEST_KNOWN = 0.5


@dataclass(frozen=True)
class Start:
    """Items that a backbone knows, and its layers under the names of ``networks.sequence``.

    Parameters
    ----------
    words
        The items' own ids.
    vectors
        (words, width) what an item is described by.
    layers
        Arrays of positions, blocks and the last norm.
    size
        ``width``, ``blocks``, ``heads`` and ``wide`` of a network that can take them.
    """

    words: tuple[str, ...]
    vectors: NDArray[np.float32] = field(repr=False)
    layers: Mapping[str, NDArray[np.float32]] = field(repr=False)
    size: Mapping[str, int] = field(default_factory=dict)

    @staticmethod
    def of(backbone: Backbone) -> Start:
        """Take what it knows of items.

        Raises
        ------
        KeyError
            When it knows none.
        ValueError
            When its arrays are of another size than it says.
        """
        shape: Any = backbone.shape
        if backbone.kind == "sequence":
            words, rows, first, prefix = backbone.origin["items"], backbone.weights[_ITEM], 1, ""
        else:
            words, first, prefix = backbone.origin["reading"]["item_words"], FIRST, "trunk."
            # A place of a history is its item alone, scaled; of events, a sum of four unscaled parts.
            rows = backbone.weights[f"parts.{_ITEM}"] / np.float32(shape.width**0.5)
        named = {n.removeprefix(prefix): one for n, one in backbone.weights.items() if n.startswith(prefix)}
        layers = {n: one for n, one in named.items() if n.split(".")[0] in ("position", "blocks", "norm")}
        wide = len(layers["blocks.0.wide.weight"]) // shape.width
        size = {"width": shape.width, "blocks": shape.blocks, "heads": shape.heads, "wide": wide}
        vectors = rows[first : first + len(words)]
        sizes = {"blocks.0.mixed.weight": 3 * shape.width, f"blocks.{shape.blocks - 1}.out.bias": shape.width}
        if vectors.shape != (len(words), shape.width) or any(len(layers[n]) != s for n, s in sizes.items()):
            raise ValueError("arrays and shape do not match")
        return Start(tuple(words), vectors, layers, size)

    def known(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Place of each word among its own, (words,); -1 where it knows none."""
        place = {word: number for number, word in enumerate(self.words)}
        return np.array([place.get(word, -1) for word in words], dtype=np.int64)

    def lend(self, network: Any, words: Sequence[str]) -> None:
        """Give a network of histories over a catalogue's ``words`` what is known here, in place.

        Items and places that are not known here keep what they have.
        """
        torch = require("torch", extra="deep")
        place, own = self.known(words), network.state_dict()
        asked = np.flatnonzero(place >= 0)
        with torch.no_grad():
            own[_ITEM][torch.from_numpy(asked + 1)] = torch.from_numpy(self.vectors[place[asked]])
            for name, array in self.layers.items():
                both = min(len(own[name]), len(array)) if name == _POSITION else len(array)
                own[name][:both] = torch.from_numpy(array[:both].copy())


def read_items(path: Path, words: Sequence[str], taken: NDArray[np.int64]) -> Start:
    """Open a backbone for histories over a catalogue.

    Parameters
    ----------
    path
        Its folder, or a run's or its model's, whose manifest covers it.
    words
        The catalogue's items.
    taken
        (n,) items that were taken, as places among ``words``.

    Raises
    ------
    BadOption
        When there is none that knows items, its arrays are of another size than it says, or
        it knows less than half of what was taken.
    Refused, Corrupt
        See ``guards.modelfile``.
    """
    found, _ = find_backbone(path)
    fix = say("rankers.no_backbone_fix")
    try:
        if found is None:
            raise KeyError(path.name)
        start = Start.of(found)
    except KeyError as fault:
        raise BadOption(say("rankers.no_backbone", path=path.name), fix) from fault
    except ValueError as fault:
        raise BadOption(say("rankers.backbone_size", path=path.name), fix) from fault
    share = float((start.known(words)[taken] >= 0).mean()) if len(taken) else 0.0
    if share < _FEWEST_KNOWN:
        raise BadOption(say("rankers.other_items", path=path.name, share=f"{share:.0%}"), fix)
    return start
