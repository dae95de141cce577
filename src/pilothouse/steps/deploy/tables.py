"""A small table beside a model: as arrays without objects, and back.

For what a release must know besides weights (names and attributes of items, of people).
A word that is missing is told apart from an empty one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.types import Column, Kind, Table


def table_arrays(table: Table) -> dict[str, NDArray[Any]]:
    """Return the columns under numbered names, words as text of fixed width."""
    found: dict[str, NDArray[Any]] = {}
    for place, column in enumerate(table.columns):
        values = table[column.name]
        if values.dtype == object:
            found[f"there_{place}"] = np.array([v is not None for v in values.tolist()], dtype=bool)
            values = np.array(["" if v is None else str(v) for v in values.tolist()], dtype=np.str_)
        elif values.dtype.kind == "M":
            values = values.astype("datetime64[us]").astype(np.int64)
        found[f"column_{place}"] = values
    return found


def table_of(columns: tuple[Column, ...], arrays: Mapping[str, NDArray[Any]]) -> Table:
    """Read back what ``table_arrays`` returned."""
    values: dict[str, NDArray[Any]] = {}
    for place, column in enumerate(columns):
        held = arrays[f"column_{place}"]
        if column.kind is Kind.TIME:
            held = held.astype("datetime64[us]")
        elif column.kind is not Kind.NUMBER:
            held = held.astype(object)
            held[~arrays[f"there_{place}"]] = None
        values[column.name] = held
    return Table(columns, values)
