from __future__ import annotations

from typing import Any

import numpy as np

from pilothouse.scenarios.images.looking import looked_at, overlaid


def test_it_finds_the_corner_that_the_answer_hangs_on() -> None:
    picture = np.full((20, 28), 40, dtype=np.uint8)
    picture[2:6, 20:24] = 250

    def ask(some: list[Any]) -> Any:
        seen = np.array([one[2:6, 20:24].mean() / 255 for one in some])
        return np.stack([1 - seen, seen], axis=1)

    heat = looked_at(picture, ask)
    assert heat.shape == picture.shape and heat.max() == 1.0
    top, left = np.unravel_index(heat.argmax(), heat.shape)
    assert top < 9 and left > 16 and heat[15:, :10].max() < 0.1
    warm = overlaid(picture, heat)
    assert warm.shape == (20, 28, 3) and warm[top, left, 0] > warm[top, left, 2]
    assert (warm[18, 2] == 40).all()


def test_a_model_that_looks_nowhere_has_no_heat() -> None:
    heat = looked_at(np.zeros((10, 10, 3), dtype=np.uint8), lambda some: np.tile([0.3, 0.7], (len(some), 1)))
    assert heat.max() == 0.0
