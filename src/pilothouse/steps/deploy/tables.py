"""A small table outside a process: as arrays without objects and back, as JSON, as files.

For what a release must know besides weights (names and attributes of items, of people).
A word that is missing is told apart from an empty one. A picture is written as PNG.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.pictures import as_png
from pilothouse.types import Column, Kind, Role, Table


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


def json_rows(table: Table) -> list[dict[str, Any]]:
    """Return the rows as requests hold them: plain values, pictures in base64."""
    pictured = {c.name for c in table.columns if c.kind is Kind.PICTURE}
    told = {n: [_png(v) if n in pictured else _plain(v) for v in table[n]] for n in table.names}
    return [{name: values[row] for name, values in told.items()} for row in range(table.rows)]


def _png(picture: NDArray[np.uint8]) -> str:
    return base64.b64encode(as_png(picture)).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    return None if value is None or value != value else value.item() if hasattr(value, "item") else value


def write_table(table: Table, path: Path) -> dict[str, Role]:
    """Write a table as a Parquet file, its pictures beside it; return the roles of its columns.

    A column of pictures becomes one of file names.
    """
    import duckdb

    held = dict(table.values)
    for column in table.columns:
        if column.kind is Kind.PICTURE:
            (path.parent / column.name).mkdir(parents=True, exist_ok=True)
            names = [f"{column.name}/{row}.png" for row in range(table.rows)]
            for name, picture in zip(names, table[column.name], strict=True):
                (path.parent / name).write_bytes(as_png(picture))
            held[column.name] = np.array(names, dtype=object)
    with duckdb.connect() as connection:
        connection.sql("select * from held").write_parquet(str(path))
    return {c.name: c.role for c in table.columns if c.role is not Role.TARGET}
