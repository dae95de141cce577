"""Pictures in IDX files: the format of MNIST and of every set made to its shape.

The file of pictures is named; its labels stand beside it under the same name with
``labels`` for ``images`` and ``idx1`` for ``idx3``. Both may be packed by gzip. Files
without labels give pictures without labels. What a header claims is held against the
bytes that are there.

References
----------
LeCun, Cortes and Burges, "The MNIST database of handwritten digits": the format.
"""

from __future__ import annotations

import hashlib
import struct
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadTable, NotFound
from pilothouse.messages import say
from pilothouse.steps.collect.limits import Limits, unfold_gzip

_GZIP = b"\x1f\x8b"
_PICTURES, _LABELS = b"\x00\x00\x08\x03", b"\x00\x00\x08\x01"


def is_idx(path: Path) -> bool:
    """Tell from its first bytes whether a file holds pictures of bytes, packed or not."""
    with path.open("rb") as file:
        head = file.read(4)
    return head == _PICTURES or (head[:2] == _GZIP and "idx3" in path.name)


def read_idx(path: Path, limits: Limits) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None, str]:
    """Read pictures, their labels, and the SHA-256 of both files.

    Returns
    -------
    pictures, labels, sha256
        (n, height, width) and (n,), or None where there is no file of labels.

    Raises
    ------
    NotFound, BadTable, TooLarge
        No such file; not IDX, cut short, or other numbers of pictures and labels; over
        a cap.
    """
    if not path.is_file():
        raise NotFound(say("collect.no_file", path=path.name), say("collect.check_path"))
    content, seen = _content(path, limits), hashlib.sha256()
    pictures = _array(content, _PICTURES, 3, path.name)
    seen.update(content)
    beside = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
    if beside == path or not beside.is_file():
        return pictures, None, seen.hexdigest()
    content = _content(beside, limits)
    labels = _array(content, _LABELS, 1, beside.name)
    seen.update(content)
    if len(labels) != len(pictures):
        raise BadTable(
            say("images.idx_differs", pictures=len(pictures), labels=len(labels)), say("collect.save_again")
        )
    return pictures, labels, seen.hexdigest()


def _content(path: Path, limits: Limits) -> bytes:
    """Return the bytes of a file, unfolded where it is packed, within the caps."""
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    if packed:
        with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
            inner = Path(folder) / "inner"
            unfold_gzip(path, inner, limits)
            return _content(inner, limits)
    limits.check(path.stat().st_size, path.stat().st_size, limits.text_bytes)
    return path.read_bytes()


def _array(content: bytes, magic: bytes, dimensions: int, name: str) -> NDArray[np.uint8]:
    start = 4 + 4 * dimensions
    if content[:4] != magic or len(content) < start:
        raise BadTable(say("images.not_idx", file=name), say("collect.save_again"))
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    size = 1
    for one in shape:
        size *= one
    if size != len(content) - start or size == 0:
        raise BadTable(say("images.idx_cut", file=name), say("collect.save_again"))
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)
