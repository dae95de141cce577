"""A product with a use case of ``recommend`` over an example's table; its items may be renamed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from pilothouse.product import Product, ProductSettings, TableSettings, UseCaseSettings, create
from pilothouse.scenario import Example
from pilothouse.types import Role


def make_films(
    folder: Path, example: Example, name_item: Callable[[str], str] = str, **options: Any
) -> Product:
    """Declare the table ``taken`` and the use case ``films``."""
    product = create(folder, ProductSettings(name=folder.name, language="en"))
    held = dict(example.table.values)
    item = example.table.of_role(Role.ITEM)[0].name
    held[item] = np.array([name_item(v) for v in held[item].tolist()], dtype=object)
    with duckdb.connect() as connection:
        connection.sql("select * from held").write_parquet(str(product.folder / "data" / "taken.parquet"))
    columns = {c.name: c.role for c in example.table.columns}
    product.declare("tables", "taken", TableSettings(source="data/taken.parquet", columns=columns))
    use = UseCaseSettings(
        scenario="recommend",
        table="taken",
        options={**example.options, **options},
        value=dict(example.value),
    )
    product.declare("use_cases", "films", use)
    return product


def everything_in(path: Path) -> bytes:
    """All that a file says: its bytes, and what stands packed in arrays and parquet."""
    said = path.read_bytes()
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as kept:
            for name in kept.files:
                if kept[name].dtype.kind in "US":
                    said += "\n".join(map(str, kept[name].ravel().tolist())).encode()
    elif path.suffix == ".parquet":
        with duckdb.connect() as connection:
            said += repr(connection.sql(f"select * from '{path}'").fetchall()).encode()
    return said
