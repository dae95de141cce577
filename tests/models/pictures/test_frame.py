from __future__ import annotations

import numpy as np
import pytest

from pilothouse.models.pictures.frame import Frame, fit, pictures_of, small_grey
from small_pictures import SHAPES, TILES, solid


def test_frame_follows_sizes_and_colours() -> None:
    assert Frame.of(SHAPES) == Frame(12, 1)
    tiles = Frame.of(TILES)
    assert tiles.channels == 3 and tiles.side % 4 == 0 and 16 <= tiles.side <= 24


def test_pictures_of_the_frames_size_stay_as_they_are() -> None:
    pixels = Frame(12, 1).pixels(SHAPES["picture"])
    assert pixels.dtype == np.uint8 and pixels.shape == (SHAPES.rows, 1, 12, 12)
    assert (pixels[3, 0] == SHAPES["picture"][3]).all()


def test_proportions_are_kept_and_the_rest_has_the_rims_colour() -> None:
    wide = np.full((4, 8, 1), 50, dtype=np.uint8)
    wide[1:3, 2:6] = 250
    fitted = fit(wide, 16)
    assert fitted.shape == (16, 16, 1) and fitted[0, 0, 0] == 50 and fitted[8, 8, 0] > 200
    assert fitted[:4].max() <= 50


def test_resizing_keeps_what_is_even_and_the_mean() -> None:
    assert (fit(solid(50)[:, :, None], 16) == 7).all()
    ramp = np.tile(np.arange(0, 240, 4, dtype=np.uint8), (60, 1))[:, :, None]
    assert abs(float(fit(ramp, 12).mean()) - ramp.mean()) < 1.5


def test_colours_become_grey_and_grey_becomes_colours() -> None:
    red = np.zeros((8, 8, 3), dtype=np.uint8)
    red[..., 0] = 200
    held = np.empty(2, dtype=object)
    held[0], held[1] = red, solid(8, 90)
    assert Frame(8, 1).pixels(held)[:, 0, 0, 0].tolist() == [60, 90]
    assert Frame(8, 3).pixels(held)[1, :, 0, 0].tolist() == [90, 90, 90]
    assert small_grey(held, 8).shape == (2, 64)


def test_a_table_without_pictures_is_told() -> None:
    with pytest.raises(KeyError):
        pictures_of(SHAPES.drop(["picture"]))
