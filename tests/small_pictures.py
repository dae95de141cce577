"""Small pictures for tests: drawn shapes as a table, a folder by label, a product."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pilothouse.guards.pictures import as_png
from pilothouse.product import Product, ProductSettings, TableSettings, UseCaseSettings, create
from pilothouse.scenarios.images import Images
from pilothouse.types import Table

SHAPES, TILES = (example.table for example in Images.examples())


def labelled(table: Table = SHAPES) -> Table:
    """The example with its labels in order, as preparation leaves them."""
    column = table.column("label")
    classes = tuple(sorted(set(table["label"].tolist())))
    return table.describe([replace(column, classes=classes)])


def as_folder(path: Path, table: Table = SHAPES) -> Path:
    """Write one PNG file a picture, by label."""
    for row in range(table.rows):
        folder = path / table["label"][row]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{row:04d}.png").write_bytes(as_png(table["picture"][row]))
    return path


def make_product(folder: Path, table: Table = SHAPES, **options: Any) -> Product:
    """A product with a folder of pictures and the use case ``shapes``."""
    product = create(folder, ProductSettings(name="pictures", language="en"))
    as_folder(folder / "data" / "pictures", table)
    product.declare("tables", "pictures", TableSettings(source="data/pictures"))
    use = UseCaseSettings(scenario="images", table="pictures", options={"time_budget_s": 5.0, **options})
    product.declare("use_cases", "shapes", use)
    return product


def solid(side: int, value: int = 7) -> Any:
    """A picture of one grey."""
    return np.full((side, side), value, dtype=np.uint8)
