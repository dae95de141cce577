"""The one door through which a picture is opened: PNG, JPEG, WebP, BMP or a still GIF.

What a file is, is found from its content and never from its name. Bytes are counted
before anything is parsed and pixels before anything is unfolded; animations, cut files
and everything else are refused with a reason. What comes out is a small array of uint8:
turned upright as the camera noted, at most 64 pixels on a side unless the limits say
more, grey where every pixel is. Metadata (place, time, device, owner) is left behind.

It decides nothing about what a picture shows. Needs Pillow, from the extra ``deep``;
``as_png`` and ``shrink`` need numpy only.

References
----------
PNG: ISO/IEC 15948, for ``as_png``. Orientation: Exif 2.32, tag 0x0112.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadTable, TooLarge
from pilothouse.lazy import require
from pilothouse.messages import Message, say

Pixels = NDArray[np.uint8]

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
SIDE = 64
_ENDINGS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".webp": "WEBP",
    ".bmp": "BMP",
    ".gif": "GIF",
}
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    ArithmeticError,
    AttributeError,
    struct.error,
    zlib.error,
)
"""What Pillow raises on files that are cut, altered or never were pictures."""


@dataclass(frozen=True)
class PictureLimits:
    """Caps on one picture: bytes of the file, pixels that it unfolds to, and kept ones on a side."""

    file_bytes: int = 20 << 20
    pixels: int = 36_000_000
    side: int = SIDE


@dataclass(frozen=True)
class Opened:
    """A picture as models see it, and what was odd about its file."""

    pixels: Pixels
    note: Message | None = None


_DEFAULT = PictureLimits()


def read_picture(path: Path, limits: PictureLimits = _DEFAULT) -> Opened:
    """Open the picture in a file; see ``open_picture``.

    Raises
    ------
    BadTable
        Not a plain file, or not a picture that is welcome.
    TooLarge
        Over a limit; nothing was unfolded.
    """
    try:
        if not path.is_file():  # a pipe or a device is never opened
            raise BadTable(say("images.no_file"), say("images.check_file"))
        with path.open("rb") as file:
            content = file.read(limits.file_bytes + 1)
    except OSError as fault:
        raise BadTable(say("images.no_file"), say("images.check_file")) from fault
    return open_picture(content, path.name, limits)


def open_picture(content: bytes, name: str = "", limits: PictureLimits = _DEFAULT) -> Opened:
    """Open a picture.

    Parameters
    ----------
    content
        The whole file.
    name
        What it is called; an ending that tells another format is noted.
    limits
        Caps.

    Raises
    ------
    BadTable
        Not a picture, of another format, animated, cut short or broken.
    TooLarge
        Too many bytes or pixels.
    """
    if len(content) > limits.file_bytes:
        most = limits.file_bytes >> 20
        raise TooLarge(say("images.too_many_bytes", most=most), say("images.make_smaller"))
    image = require("PIL.Image", extra="deep")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own words for what is refused here
        try:
            found = image.open(io.BytesIO(content), formats=FORMATS)
        except image.DecompressionBombError as fault:
            raise _too_many_pixels(limits) from fault
        except _BROKEN as fault:
            raise BadTable(say("images.not_a_picture"), say("images.formats_are")) from fault
        with found:
            kind = {"MPO": "JPEG"}.get(str(found.format), str(found.format))  # a phone's two in one
            if found.width * found.height > limits.pixels:
                raise _too_many_pixels(limits)
            pixels = _unfolded(found, limits.side)
    told = _ENDINGS.get(Path(name).suffix.lower())
    odd = told is not None and told != kind
    return Opened(pixels, say("images.other_ending", name=Path(name).name, format=kind) if odd else None)


def _too_many_pixels(limits: PictureLimits) -> TooLarge:
    most = limits.pixels // 1_000_000
    return TooLarge(say("images.too_many_pixels", most=most), say("images.make_smaller"))


def _unfolded(found: Any, side: int) -> Pixels:
    """Decode, turn upright, make small; ``found`` was checked for size."""
    operations = require("PIL.ImageOps", extra="deep")
    try:
        if found.format != "MPO" and getattr(found, "is_animated", False):
            raise BadTable(say("images.animated"), say("images.one_frame"))
        found.draft("RGB", (side, side))  # a JPEG is then decoded at down to an eighth of its size
        found.load()
        upright = operations.exif_transpose(found)
        plain = _plain(upright)
        plain.thumbnail((side, side), reducing_gap=2.0)
        return _grey(np.asarray(plain, dtype=np.uint8))
    except _BROKEN as fault:
        raise BadTable(say("images.broken"), say("images.save_again")) from fault


def _plain(found: Any) -> Any:
    """Bring any mode to grey or RGB: what is see-through lies on white, 16 bits become 8."""
    image = require("PIL.Image", extra="deep")
    if found.mode.startswith("I") or found.mode == "F":
        deep = np.asarray(found, dtype=np.float64)
        scale = 65_535.0 if deep.max(initial=0.0) > 255 else 255.0
        return image.fromarray((np.clip(deep / scale, 0, 1) * 255).astype(np.uint8))
    if "transparency" in found.info or found.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        layered = found.convert("RGBA")
        ground = image.new("RGBA", layered.size, (255, 255, 255, 255))
        return image.alpha_composite(ground, layered).convert("RGB")
    return found if found.mode in ("L", "RGB") else found.convert("L" if found.mode == "1" else "RGB")


def _grey(pixels: Pixels) -> Pixels:
    """Drop the colours of a picture that has none."""
    if pixels.ndim == 3 and bool((pixels == pixels[..., :1]).all()):
        pixels = pixels[..., 0]
    return np.ascontiguousarray(pixels)


def shrink(pixels: Pixels, side: int = SIDE) -> Pixels:
    """Make a picture at most ``side`` pixels on a side by the mean of blocks; a small one stays."""
    step = -(-max(pixels.shape[:2]) // side)
    if step == 1:
        return pixels
    tall, broad = (min(size, step) for size in pixels.shape[:2])
    high, wide = pixels.shape[0] // tall, pixels.shape[1] // broad
    cut = pixels[: high * tall, : wide * broad]
    blocks = cut.reshape(high, tall, wide, broad, *pixels.shape[2:])
    return np.asarray(blocks.mean(axis=(1, 3)).round(), dtype=np.uint8)


def as_png(pixels: Pixels) -> bytes:
    """Write (height, width) or (height, width, 3) uint8 as a PNG file without metadata."""
    high, wide = pixels.shape[:2]
    rows = np.ascontiguousarray(pixels).reshape(high, -1)
    lines = np.concatenate([np.zeros((high, 1), dtype=np.uint8), rows], axis=1)  # filter 0: as it is
    head = struct.pack(">IIBBBBB", wide, high, 8, 0 if pixels.ndim == 2 else 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
