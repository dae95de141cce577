"""The frame that all pictures of a table are brought into: one side, grey or colours.

Learnt from sizes and colours alone, never from labels. A picture keeps its proportions;
what is left free has the colour of its rim.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.pictures import SIDE
from pilothouse.types import Kind, Role, Table

Pixels = NDArray[np.uint8]

_SMALLEST = 8
_LUMINANCE = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True)
class Frame:
    """Side in pixels, a multiple of 4 from 8 to 64, and channels: 1 for grey, 3 for colours."""

    side: int
    channels: int

    @staticmethod
    def of(table: Table) -> Frame:
        """Choose the frame: the usual longest side; grey where nearly all pictures are."""
        pictures = pictures_of(table)
        longest = np.array([max(p.shape[:2]) for p in pictures])
        side = int(np.clip(-(-np.median(longest) // 4) * 4, _SMALLEST, SIDE))
        colours = np.mean([p.ndim == 3 for p in pictures])
        return Frame(side, 3 if colours > 0.02 else 1)

    def pixels(self, pictures: Any) -> Pixels:
        """Return pictures as (n, channels, side, side) uint8."""
        laid = np.empty((len(pictures), self.channels, self.side, self.side), dtype=np.uint8)
        for place, picture in enumerate(pictures):
            fitted = fit(_in_channels(picture, self.channels), self.side)
            laid[place] = fitted.transpose(2, 0, 1)
        return laid

    def state(self) -> dict[str, int]:
        """Return it as JSON keeps it."""
        return asdict(self)


def pictures_of(table: Table) -> Any:
    """Return the pictures of a table: (n,) objects."""
    for column in table.of_role(Role.IMAGE):
        if column.kind is Kind.PICTURE:
            return table[column.name]
    raise KeyError("no column of pictures")


def small_grey(pictures: Any, side: int) -> NDArray[np.float64]:
    """Return pictures as (n, side x side) grey numbers from 0 to 1."""
    laid = np.empty((len(pictures), side * side))
    for place, picture in enumerate(pictures):
        laid[place] = fit(_in_channels(picture, 1), side).ravel() / 255.0
    return laid


def fit(picture: Pixels, side: int) -> Pixels:
    """Bring (h, w, c) to (side, side, c), proportions kept, the rim's colour around it."""
    high, wide = picture.shape[:2]
    if (high, wide) == (side, side):
        return picture
    scale = side / max(high, wide)
    new = max(1, round(high * scale)), max(1, round(wide * scale))
    resized = _resized(picture.astype(np.float64), *new)
    rim = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    whole = np.empty((side, side, picture.shape[2]))
    whole[:] = np.median(rim, axis=0)
    top, left = (side - new[0]) // 2, (side - new[1]) // 2
    whole[top : top + new[0], left : left + new[1]] = resized
    return np.clip(whole.round(), 0, 255).astype(np.uint8)


def _resized(picture: NDArray[np.float64], high: int, wide: int) -> NDArray[np.float64]:
    """Weigh pixels by how much of each new pixel they cover, or stand nearest: rows, then columns."""
    rows, columns = _weights(picture.shape[0], high), _weights(picture.shape[1], wide)
    return np.asarray((rows @ picture.transpose(2, 0, 1) @ columns.T).transpose(1, 2, 0))


@lru_cache(maxsize=512)
def _weights(old: int, new: int) -> NDArray[np.float64]:
    """(new, old) shares, rows summing to 1: a triangle as wide as a new pixel, at least an old one."""
    centre = (np.arange(new) + 0.5) * old / new - 0.5
    reach = max(1.0, old / new)
    shares = np.maximum(0.0, 1.0 - np.abs(np.arange(old)[None, :] - centre[:, None]) / reach)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _in_channels(picture: Pixels, channels: int) -> Pixels:
    """Return (h, w, channels): grey repeated, or colours as luminance."""
    if picture.ndim == 2:
        return np.repeat(picture[:, :, None], channels, axis=2)
    if channels == 3:
        return picture
    return np.asarray((picture @ _LUMINANCE).round()[:, :, None], dtype=np.uint8)
