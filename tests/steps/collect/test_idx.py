from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse.errors import BadTable, NotFound
from pilothouse.steps.collect.idx import is_idx, read_idx
from pilothouse.steps.collect.limits import Limits

PIXELS = np.arange(3 * 4 * 5, dtype=np.uint8).reshape(3, 4, 5)


def idx(array: Any) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def test_pictures_and_the_labels_beside_them_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t-images-idx3-ubyte"
    path.write_bytes(idx(PIXELS))
    (tmp_path / "t-labels-idx1-ubyte").write_bytes(idx(np.array([7, 0, 9], dtype=np.uint8)))
    pixels, labels, _ = read_idx(path, Limits())
    assert (pixels == PIXELS).all() and labels is not None and labels.tolist() == [7, 0, 9]
    assert is_idx(path)


def test_packed_files_and_missing_labels(tmp_path: Path) -> None:
    path = tmp_path / "images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(idx(PIXELS)))
    pixels, labels, _ = read_idx(path, Limits())
    assert (pixels == PIXELS).all() and labels is None and is_idx(path)


@pytest.mark.parametrize(
    "content",
    [
        idx(PIXELS)[:-1],
        idx(PIXELS) + b"x",
        idx(PIXELS)[:7],
        idx(PIXELS[0]),
        struct.pack(">IIII", 0x803, 2**31, 2**31, 2**31),
        b"a,b\n1,2\n",
    ],
)
def test_what_the_header_claims_must_be_there(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(BadTable):
        read_idx(path, Limits())


def test_other_number_of_labels_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "images-idx3-ubyte"
    path.write_bytes(idx(PIXELS))
    (tmp_path / "labels-idx1-ubyte").write_bytes(idx(np.zeros(2, dtype=np.uint8)))
    with pytest.raises(BadTable, match="3 pictures and 2 labels"):
        read_idx(path, Limits())
    with pytest.raises(NotFound):
        read_idx(tmp_path / "nothing", Limits())
