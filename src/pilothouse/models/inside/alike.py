"""What a network takes for alike: nearest learning examples, and a plane of all of them.

Both start from the vectors of ``layers.vectors``. Near means near to this network; it
is no proof that the label is right.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_AT_ONCE = 512


def nearest(known: Matrix, asked: Matrix, most: int = 5) -> tuple[NDArray[np.int64], Matrix]:
    """Find the learning examples nearest to each vector.

    Parameters
    ----------
    known
        (examples, width).
    asked
        (n, width).
    most
        Examples a vector.

    Returns
    -------
    rows, distances
        (n, most) numbers of examples, nearest first, and Euclidean distances; fewer
        columns where there are fewer examples. Of equals the earlier comes first.
    """
    most = min(most, len(known))
    length = np.einsum("ij,ij->i", known, known)
    rows = np.empty((len(asked), most), dtype=np.int64)
    away = np.empty((len(asked), most))
    for start in range(0, len(asked), _AT_ONCE):
        part = asked[start : start + _AT_ONCE]
        square = length - 2.0 * part @ known.T + np.einsum("ij,ij->i", part, part)[:, None]
        order = np.argsort(square, axis=1, kind="stable")[:, :most]
        rows[start : start + len(part)] = order
        away[start : start + len(part)] = np.sqrt(np.maximum(np.take_along_axis(square, order, 1), 0.0))
    return rows, away


def plane(vectors: Matrix) -> tuple[Matrix, Any]:
    """Lay vectors out on the plane on which they differ most (principal components).

    Parameters
    ----------
    vectors
        (n, width).

    Returns
    -------
    points, shares
        (n, 2), and how much of all difference each direction shows, (2,). A direction
        points to where its largest weight is positive, so that the picture does not
        flip from run to run.
    """
    away = vectors - vectors.mean(axis=0)
    _, strength, directions = np.linalg.svd(away, full_matrices=False)
    first = np.zeros((2, vectors.shape[1]))
    first[: len(directions[:2])] = directions[:2]
    sign = np.sign(first[np.arange(2), np.abs(first).argmax(axis=1)])
    total = float((strength**2).sum()) or 1.0
    shares = np.zeros(2)
    shares[: len(strength[:2])] = strength[:2] ** 2 / total
    return away @ (first * sign[:, None]).T, shares
