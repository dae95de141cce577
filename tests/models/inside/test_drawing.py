import struct
import zlib

import numpy as np
import pytest

from pilothouse.models.inside.drawing import heat, sheet


def pixels(png):
    """(height, width, 3) of a PNG that uses no filters."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    wide, high = struct.unpack(">II", png[16:24])
    start = png.index(b"IDAT") + 4
    length = int.from_bytes(png[start - 8 : start - 4], "big")
    raw = np.frombuffer(zlib.decompress(png[start : start + length]), np.uint8).reshape(high, 1 + 3 * wide)
    assert not raw[:, 0].any()
    return raw[:, 1:].reshape(high, wide, 3)


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 3)])
def test_heat_is_orange_for_and_blue_against(shape):
    weights = np.zeros((4, 4))
    weights[0, 0], weights[3, 3] = 1.0, -1.0
    drawn = pixels(heat(np.full(shape, 200, dtype=np.uint8), weights, size=3))
    assert drawn.shape == (12, 12, 3)
    red, blue = drawn[1, 1], drawn[10, 10]
    assert red[0] > red[2] and blue[2] > blue[0]
    assert len({tuple(one) for one in drawn[5:7, 5:7].reshape(-1, 3)}) == 1
    assert drawn[6, 6].min() > 200, "what says nothing stays pale"


def test_heat_of_nothing_is_the_pale_picture_and_channels_are_summed():
    picture = np.arange(16, dtype=np.uint8).reshape(4, 4)
    plain = pixels(heat(picture, np.zeros((4, 4)), size=1))
    assert (plain[..., 0] == plain[..., 2]).all()
    apart = np.stack([np.eye(4), -np.eye(4)])
    assert heat(picture, apart) == heat(picture, np.zeros((4, 4)))


def test_sheet_lays_tiles_out_in_rows():
    tiles = [np.full((3, 3), value, dtype=np.uint8) for value in (0, 100, 200)]
    drawn = pixels(sheet(tiles, across=2, size=1))
    assert drawn.shape == (8, 8, 3)
    assert [int(drawn[1, 1, 0]), int(drawn[1, 6, 0]), int(drawn[6, 1, 0]), int(drawn[6, 6, 0])] == [
        0,
        100,
        200,
        255,
    ]


def test_sheet_stretches_numbers_and_bears_a_flat_map():
    drawn = pixels(sheet([np.array([[-1.0, 3.0]]), np.array([[2.0, 2.0]])], across=2, size=1))
    assert drawn[0, :2, 0].tolist() == [0, 255] and drawn[0, 4:, 0].tolist() == [0, 0]
