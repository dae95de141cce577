"""Small changes that leave a picture's label as it is, drawn anew for every batch.

Shift, turn and size, over tensors, in one pass; no mirror unless the caller says that
mirrored pictures keep their labels: a mirrored digit or letter is another one.

References
----------
Simard, Steinkraus and Platt, "Best practices for convolutional neural networks applied to
visual document analysis", 2003.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pilothouse.lazy import require

SHIFT, TURN, SIZE = 0.07, 0.17, 0.07
"""Of the side; radians, about 10 degrees; share."""


def changer(mirror: bool = False) -> Callable[[Sequence[Any], Any], tuple[Any]]:
    """Return ``augment(inputs, generator)`` for ``Lesson``: pictures (n, c, s, s) as bytes or 0 to 1."""
    torch = require("torch", extra="deep")
    functional = torch.nn.functional

    def change(inputs: Sequence[Any], generator: Any) -> tuple[Any]:
        (pictures,) = inputs
        if not pictures.is_floating_point():
            pictures = pictures.float() / 255.0
        drawn = torch.rand((len(pictures), 5), generator=generator) * 2.0 - 1.0
        angle, size = drawn[:, 0] * TURN, 1.0 + drawn[:, 1] * SIZE
        side = torch.ones(len(pictures)) if not mirror else torch.sign(drawn[:, 4])
        turn, lean = torch.cos(angle) * size, torch.sin(angle) * size
        shift = 2.0 * drawn[:, 2:4] * SHIFT  # a side is two units of the grid
        rows = [
            torch.stack([turn * side, -lean, shift[:, 0]], 1),
            torch.stack([lean * side, turn, shift[:, 1]], 1),
        ]
        grid = functional.affine_grid(torch.stack(rows, 1), list(pictures.shape), align_corners=False)
        moved = functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
        return (moved,)

    return change
