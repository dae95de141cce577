"""Pictures of what was found inside: heat over a picture, a sheet of maps.

Both return PNG bytes without metadata and need numpy only. Axes and captions are the
report's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.pictures import as_png

Pixels = NDArray[np.uint8]

_FOR, _AGAINST = np.array([213, 94, 0]), np.array([0, 114, 178])
_GAP = 2


def heat(picture: Pixels, weights: NDArray[Any], size: int = 4) -> bytes:
    """Draw what spoke for an answer (orange) and against it (blue) over a pale picture.

    Parameters
    ----------
    picture
        (height, width) or (height, width, 3).
    weights
        (height, width), or (channels, height, width) which are summed.
    size
        Pixels that each becomes, a side.
    """
    summed = weights.sum(axis=0) if weights.ndim == 3 else weights
    # A single loud pixel must not blind the eye to the others.
    loud = float(np.quantile(np.abs(summed), 0.99)) or float(np.abs(summed).max()) or 1.0
    share = np.clip(np.abs(summed) / loud, 0.0, 1.0)[..., None]
    pale = 255.0 - (255.0 - _colours(picture).astype(np.float64)) * 0.35
    colour = np.where(summed[..., None] > 0, _FOR, _AGAINST)
    mixed = (1.0 - share) * pale + share * colour
    return as_png(_grown(mixed.round().astype(np.uint8), size))


def sheet(tiles: Sequence[NDArray[Any]], across: int, size: int = 2) -> bytes:
    """Lay pictures of one size out in rows.

    Parameters
    ----------
    tiles
        (height, width) or (height, width, 3) each: bytes as they are, other numbers
        stretched from each tile's smallest to its largest.
    across
        Tiles a row.
    size
        Pixels that each becomes, a side.
    """
    drawn = [_grown(_colours(_bytes(one)), size) for one in tiles]
    high, wide = drawn[0].shape[:2]
    down = -(-len(drawn) // across)
    whole = np.full((down * (high + _GAP) - _GAP, across * (wide + _GAP) - _GAP, 3), 255, dtype=np.uint8)
    for number, one in enumerate(drawn):
        top, left = (number // across) * (high + _GAP), (number % across) * (wide + _GAP)
        whole[top : top + high, left : left + wide] = one
    return as_png(whole)


def _bytes(tile: NDArray[Any]) -> Pixels:
    if tile.dtype == np.uint8:
        return tile
    low, high = float(tile.min()), float(tile.max())
    return ((tile - low) / ((high - low) or 1.0) * 255.0).round().astype(np.uint8)


def _colours(picture: Pixels) -> Pixels:
    return np.repeat(picture[..., None], 3, axis=2) if picture.ndim == 2 else picture


def _grown(picture: Pixels, size: int) -> Pixels:
    return picture.repeat(size, axis=0).repeat(size, axis=1)
