"""Where a model looks: how far the answer falls when a part of the picture is covered.

A square of the picture's middle grey is laid over every part in turn; what lowers the
probability of the label told is what it looked at. It works for any model, and asks
nothing of its inside.

References
----------
Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2014.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pilothouse.types.contest import Array

PARTS = 9
_HEAT = np.array([214.0, 69.0, 20.0])


def looked_at(picture: NDArray[np.uint8], ask: Callable[[list[NDArray[np.uint8]]], Array]) -> Array:
    """Return (height, width) from 0 to 1: how much each place held the answer up.

    Parameters
    ----------
    picture
        (height, width) or (height, width, 3).
    ask
        Pictures to probabilities, (n, labels).
    """
    high, wide = picture.shape[:2]
    size = max(2, round(max(high, wide) / PARTS * 1.6))
    tops, lefts = (_places(length, size) for length in (high, wide))
    covers = [(top, left) for top in tops for left in lefts]
    middle = np.median(picture.reshape(high * wide, -1), axis=0)
    covered = []
    for top, left in covers:
        changed = picture.copy()
        changed[top : top + size, left : left + size] = middle if picture.ndim == 3 else middle[0]
        covered.append(changed)
    said = ask([picture, *covered])
    label = int(said[0].argmax())
    falls = np.maximum(0.0, said[0, label] - said[1:, label])
    total, counted = np.zeros((high, wide)), np.zeros((high, wide))
    for fall, (top, left) in zip(falls, covers, strict=True):
        total[top : top + size, left : left + size] += fall
        counted[top : top + size, left : left + size] += 1
    heat = total / np.maximum(counted, 1)
    return heat / heat.max() if heat.max() > 1e-9 else heat


def overlaid(picture: NDArray[np.uint8], heat: Array) -> NDArray[np.uint8]:
    """Lay the heat over a picture: (height, width, 3)."""
    base = np.repeat(picture[:, :, None], 3, axis=2) if picture.ndim == 2 else picture
    share = 0.75 * heat[:, :, None]
    return np.asarray((base * (1 - share) + _HEAT * share).round(), dtype=np.uint8)


def _places(length: int, size: int) -> list[int]:
    """Where squares begin along one side, the last at its end."""
    steps = max(1, min(PARTS, length))
    return sorted({round(step * max(0, length - size) / max(1, steps - 1)) for step in range(steps)})
