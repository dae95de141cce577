"""What a generator learnt from, so that copies of it are found.

The nearest learning picture of a drawn one, pixel by pixel. How near is too near is told
by real pictures: ``gaps`` of pictures that were kept aside.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pilothouse.types import Data

Bytes = NDArray[np.uint8]
_ASKED_AT_ONCE, _KNOWN_AT_ONCE = 512, 8_192
_LOOKED_AT = 4


@dataclass(frozen=True)
class Recall:
    """Pictures (n, channels, side, side)."""

    pictures: Bytes = field(repr=False)

    @staticmethod
    def of(data: Data) -> Recall:
        """Read the main table's pictures, all of one size."""
        return Recall(as_array(list(data.table["picture"])))

    def nearest(self, pictures: Bytes, skip: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find for each picture the nearest of those learnt from.

        Parameters
        ----------
        pictures
            (m, channels, side, side).
        skip
            Nearest ones to pass over: 1 where the pictures are among those learnt from.

        Returns
        -------
        places, gaps
            (m,) position, and root of the mean squared difference of pixels in [0, 1].
        """
        places, gaps = [np.empty(0, dtype=np.int64)], [np.empty(0)]
        own = self.pictures.reshape(len(self.pictures), -1)
        for start in range(0, len(pictures), _ASKED_AT_ONCE):
            asked = pictures[start : start + _ASKED_AT_ONCE].reshape(-1, own.shape[1])
            close = _closest(asked.astype(np.float32), own, min(skip + _LOOKED_AT, len(own)))
            exact = (own[close].astype(np.float64) - asked[:, None]) / 255.0
            root = np.sqrt(np.square(exact).mean(axis=2))
            order = np.lexsort((close, root), axis=1)[:, skip]  # single precision may swap the closest
            line = np.arange(len(asked))
            places.append(close[line, order])
            gaps.append(root[line, order])
        return np.concatenate(places), np.concatenate(gaps)


def _closest(asked: NDArray[np.float32], own: Bytes, count: int) -> NDArray[np.int64]:
    """Positions (m, count) of the closest of ``own``, in no order, block by block."""
    best = np.empty((len(asked), 0), dtype=np.int64)
    far = np.empty((len(asked), 0), dtype=np.float32)
    for start in range(0, len(own), _KNOWN_AT_ONCE):
        block = own[start : start + _KNOWN_AT_ONCE].astype(np.float32)
        own_far = np.einsum("ij,ij->i", block, block) - 2.0 * asked @ block.T
        here = np.broadcast_to(np.arange(start, start + len(block)), own_far.shape)
        best, far = np.concatenate([best, here], axis=1), np.concatenate([far, own_far], axis=1)
        if best.shape[1] > count:
            kept = np.argpartition(far, count - 1, axis=1)[:, :count]
            best, far = np.take_along_axis(best, kept, axis=1), np.take_along_axis(far, kept, axis=1)
    return best


def as_array(cells: list[Bytes]) -> Bytes:
    """Stack pictures of one size, (side, side) or (side, side, 3), as (n, channels, side, side)."""
    stacked = np.stack(cells)
    return stacked[:, None] if stacked.ndim == 3 else np.ascontiguousarray(stacked.transpose(0, 3, 1, 2))


def as_cell(picture: Bytes) -> Bytes:
    """Turn one (channels, side, side) picture into (side, side) or (side, side, 3)."""
    return picture[0] if len(picture) == 1 else np.ascontiguousarray(picture.transpose(1, 2, 0))
