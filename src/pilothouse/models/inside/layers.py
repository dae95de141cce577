"""What a network makes of its input on the way: vectors, feature maps, shares of attention.

Each is read off while the network answers as usual. Nothing is learnt or changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.lazy import require

_AT_ONCE = 512


def vectors(network: Any, inputs: Sequence[Any]) -> NDArray[np.float64]:
    """Describe each row by the numbers before the last layer.

    Parameters
    ----------
    network
        A torch module with ``features(*inputs)`` -> (n, width), in evaluation mode.
    inputs
        Its tensors, one row for each example.
    """
    torch = require("torch", extra="deep")
    found = []
    with torch.no_grad():
        for start in range(0, max(1, len(inputs[0])), _AT_ONCE):
            part = network.features(*(one[start : start + _AT_ONCE] for one in inputs))
            found.append(part.double().numpy())
    return np.concatenate(found)


def feature_maps(network: Any, pictures: Any) -> dict[str, NDArray[np.float64]]:
    """Return what each convolution makes of ``pictures``.

    Parameters
    ----------
    network
        A torch module in evaluation mode.
    pictures
        (n, channels, height, width) tensor; a few, since every map is kept.

    Returns
    -------
    dict
        Name of the layer -> (n, filters, height, width), in the order they answered.
    """
    torch = require("torch", extra="deep")
    found: dict[str, NDArray[np.float64]] = {}
    watched = []
    for name, layer in network.named_modules():
        if isinstance(layer, torch.nn.Conv2d):

            def keep(_: Any, __: Any, said: Any, name: str = name) -> None:
                found[name] = said.detach().double().numpy()

            watched.append(layer.register_forward_hook(keep))
    try:
        with torch.no_grad():
            network(pictures)
    finally:
        for one in watched:
            one.remove()
    return found


def attention_maps(network: Any, inputs: Sequence[Any]) -> list[NDArray[np.float64]]:
    """Return where each block of attention looks while ``network`` answers ``inputs``.

    Parameters
    ----------
    network
        A torch module, in evaluation mode, whose blocks have ``shares`` (see
        ``networks.attention.block``).
    inputs
        Its tensors, one row for each example; a few, since every map is kept.

    Returns
    -------
    list
        One a block, first block first: (n, heads, asked, held), rows summing to 1, or
        to 0 where nothing may be seen.
    """
    torch = require("torch", extra="deep")
    found: list[NDArray[np.float64]] = []

    def keep(block: Any, given: Any, named: Any) -> None:
        seen = given[1] if len(given) > 1 else named.get("seen")
        found.append(block.shares(given[0], seen).double().numpy())

    watched = [
        layer.register_forward_pre_hook(keep, with_kwargs=True)
        for layer in network.modules()
        if callable(getattr(layer, "shares", None))
    ]
    try:
        with torch.no_grad():
            network(*inputs)
    finally:
        for one in watched:
            one.remove()
    return found
