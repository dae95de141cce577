"""The nearest learnt picture, against a plain search."""

from __future__ import annotations

import numpy as np

from pilothouse.models.generators import recall
from pilothouse.models.generators.recall import Recall, as_array, as_cell

RANDOM = np.random.default_rng(2)
KNOWN = RANDOM.integers(0, 256, (70, 3, 4, 4)).astype(np.uint8)
ASKED = RANDOM.integers(0, 256, (30, 3, 4, 4)).astype(np.uint8)


def plain(asked: np.ndarray, known: np.ndarray) -> np.ndarray:
    apart = (asked[:, None].astype(float) - known[None]) / 255
    return np.sqrt(np.square(apart).mean(axis=(2, 3, 4)))


def test_nearest_equals_a_plain_search(monkeypatch) -> None:
    far = plain(ASKED, KNOWN)
    for asked, known in ((512, 8_192), (7, 11), (30, 3)):
        monkeypatch.setattr(recall, "_ASKED_AT_ONCE", asked)
        monkeypatch.setattr(recall, "_KNOWN_AT_ONCE", known)
        places, gaps = Recall(KNOWN).nearest(ASKED)
        assert places.tolist() == far.argmin(axis=1).tolist()
        np.testing.assert_allclose(gaps, far.min(axis=1), rtol=1e-12)


def test_learnt_pictures_are_their_own_nearest_unless_passed_over() -> None:
    places, gaps = Recall(KNOWN).nearest(KNOWN[:9])
    assert places.tolist() == list(range(9)) and gaps.max() == 0.0
    places, gaps = Recall(KNOWN).nearest(KNOWN[:9], skip=1)
    far = plain(KNOWN[:9], KNOWN) + 9.0 * np.eye(9, 70)
    assert places.tolist() == far.argmin(axis=1).tolist() and gaps.min() > 0.0


def test_cells_and_arrays_are_two_ways_to_say_the_same() -> None:
    grey = [one[0] for one in KNOWN]
    assert np.array_equal(as_array(grey), KNOWN[:, :1])
    colour = [as_cell(one) for one in KNOWN]
    assert colour[0].shape == (4, 4, 3) and np.array_equal(as_array(colour), KNOWN)
