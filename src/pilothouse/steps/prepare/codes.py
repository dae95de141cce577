"""Columns as whole numbers: equal values get equal numbers, missing is a value too.

For telling rows and columns apart only: nothing here orders values or is a feature.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.types import Table

Index = NDArray[np.int64]


def is_missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell where a column is None, NaN or NaT: (n,) bool."""
    if values.dtype == object:
        return np.asarray(values == np.array(None), dtype=bool)
    return np.asarray(np.isnan(values), dtype=bool)


def code(values: NDArray[Any]) -> Index:
    """Number values by first appearance, so that renaming them changes nothing.

    Parameters
    ----------
    values
        (n,) objects, float64 or datetime64; NaN, NaT and None are one value each.

    Returns
    -------
    (n,) int64 from 0.
    """
    if values.dtype == object:
        listed = values.tolist()
        seen = {value: number for number, value in enumerate(dict.fromkeys(listed))}
        return np.fromiter(map(seen.__getitem__, listed), dtype=np.int64, count=len(listed))
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def row_hashes(table: Table, names: tuple[str, ...]) -> NDArray[np.uint64]:
    """Hash the named columns row by row: (n,) uint64, equal for equal rows.

    64 bits: among five million rows two different ones meet with a chance of 1e-6.
    The hash is the XOR of ``column_hashes``.
    """
    total = np.zeros(table.rows, dtype=np.uint64)
    for position, name in enumerate(names):
        total ^= column_hashes(table[name], position)
    return total


def column_hashes(values: NDArray[Any], position: int) -> NDArray[np.uint64]:
    """Hash one column's values, salted by its position: (n,) uint64."""
    if values.dtype == object:
        bits = code(values).view(np.uint64)
    elif values.dtype.kind == "M":
        bits = values.astype("datetime64[us]").view(np.uint64)
    else:
        bits = np.where(np.isnan(values), np.nan, values + 0.0).view(np.uint64)
    return _mix(bits + np.uint64((position + 1) * 0x9E3779B97F4A7C15 % 2**64))


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Finalizer of splitmix64 (Steele, Lea and Flood 2014)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
