from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse.errors import BadTable, TooLarge
from pilothouse.guards.pictures import PictureLimits, as_png, open_picture, read_picture, shrink

image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

COLOURS = np.arange(30 * 20 * 3, dtype=np.uint8).reshape(30, 20, 3)

NOISE = np.random.default_rng(1).integers(0, 256, (60, 60, 3), dtype=np.uint8)


def packed(pixels: Any, kind: str, **more: Any) -> bytes:
    file = io.BytesIO()
    image.fromarray(pixels).save(file, kind, **more)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP"])
def test_pixels_come_back_as_they_were(kind: str) -> None:
    assert (open_picture(packed(COLOURS, kind)).pixels == COLOURS).all()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF"])
def test_other_formats_open_too(kind: str) -> None:
    assert open_picture(packed(COLOURS, kind)).pixels.shape == (30, 20, 3)


def test_png_written_here_is_read_back_by_pillow() -> None:
    for pixels in (COLOURS, COLOURS[..., 0]):
        found = np.asarray(image.open(io.BytesIO(as_png(pixels))))
        assert (found == pixels).all()


def test_large_picture_becomes_small_and_keeps_its_proportions() -> None:
    wide = np.zeros((300, 900, 3), dtype=np.uint8)
    wide[:, 450:] = (255, 0, 0)
    found = open_picture(packed(wide, "PNG")).pixels
    assert found.shape[1] == 64 and found.shape[0] in (21, 22)
    assert found[10, 5].tolist() == [0, 0, 0] and found[10, 60].tolist() == [255, 0, 0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_limits_may_keep_more_of_a_picture(kind: str) -> None:
    wide = packed(np.zeros((300, 900, 3), dtype=np.uint8), kind)
    assert open_picture(wide, limits=PictureLimits(side=450)).pixels.shape == (150, 450)
    assert open_picture(wide, limits=PictureLimits(side=2_000)).pixels.shape == (300, 900)


def test_picture_without_colours_is_grey() -> None:
    assert open_picture(packed(np.repeat(COLOURS[..., :1], 3, axis=2), "PNG")).pixels.shape == (30, 20)


def test_sixteen_bits_become_eight() -> None:
    deep = np.array([[0, 32_768], [65_535, 257]], dtype=np.uint16)
    assert open_picture(packed(deep, "PNG")).pixels.tolist() == [[0, 127], [255, 1]]


def test_see_through_lies_on_white() -> None:
    layered = np.zeros((4, 4, 4), dtype=np.uint8)
    layered[:2, :, 3] = 255
    found = open_picture(packed(layered, "PNG")).pixels
    assert found[0, 0] == 0 and found[3, 3] == 255


def test_picture_is_turned_upright_and_its_metadata_stays_behind() -> None:
    exif = image.Exif()
    exif[0x0112] = 6  # the camera was turned: rows are columns
    exif.get_ifd(0x8825)[2] = (31.0, 13.0, 49.0)
    tall = np.zeros((40, 20, 3), dtype=np.uint8)
    tall[:20] = 255
    opened = open_picture(packed(tall, "JPEG", exif=exif, quality=95))
    assert opened.pixels.shape[:2] == (20, 40)
    assert opened.pixels[10, 35].mean() > 200 > 50 > opened.pixels[10, 5].mean()
    assert set(vars(opened)) == {"pixels", "note"}


def test_content_decides_and_a_wrong_ending_is_noted() -> None:
    opened = open_picture(packed(COLOURS, "JPEG"), "cat.png")
    assert opened.note is not None and "JPEG" in opened.note.text("en")
    assert open_picture(packed(COLOURS, "PNG"), "cat.png").note is None


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "not a picture"),
        (b"hello, I am text", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (packed(COLOURS, "TIFF"), "not a picture"),
        (packed(NOISE, "PNG")[:2_000], "cut short"),
        (packed(NOISE, "JPEG")[:1_500], "cut short"),
    ],
)
def test_what_is_no_whole_picture_is_refused_with_a_reason(content: bytes, word: str) -> None:
    with pytest.raises(BadTable) as refused:
        open_picture(content, "a.png")
    assert word in refused.value.text("en")


def test_moving_pictures_are_refused() -> None:
    frames = [image.fromarray(COLOURS + n) for n in range(3)]
    for kind in ("GIF", "PNG", "WEBP"):
        file = io.BytesIO()
        frames[0].save(file, kind, save_all=True, append_images=frames[1:])
        with pytest.raises(BadTable, match="several frames"):
            open_picture(file.getvalue())


def test_caps_hold() -> None:
    with pytest.raises(TooLarge):
        open_picture(packed(COLOURS, "BMP"), limits=PictureLimits(file_bytes=100))
    with pytest.raises(TooLarge):
        open_picture(packed(COLOURS, "PNG"), limits=PictureLimits(pixels=500))


def test_only_plain_files_are_read(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.png", tmp_path):
        with pytest.raises(BadTable):
            read_picture(path)


def test_shrink_takes_means_of_blocks() -> None:
    large = np.repeat(np.repeat(np.array([[0, 100], [200, 50]], dtype=np.uint8), 50, 0), 50, 1)
    assert shrink(large, 2).tolist() == [[0, 100], [200, 50]]
    assert shrink(large, 100) is large
    assert shrink(np.zeros((1, 300), dtype=np.uint8), 64).shape[1] <= 64
