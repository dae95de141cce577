"""A small shop whose leavers can be told a little, and what of a run must not change when it is repeated."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from pilothouse.product import Product, ProductSettings, TableSettings, UseCaseSettings, create

OPTIONS: dict[str, Any] = {"target": "churned", "time_budget_s": 5.0}
VALUE: dict[str, Any] = {"true_positive": [300, 600, 900], "contact": 20, "success": 0.1, "capacity": 100}
HEADER = ["customer", "months", "plan", "visits", "city", "churned"]


def write_shop(path: Path, rows: int = 1400, seed: int = 3) -> Path:
    """Write a CSV file; its ids look like numbers with leading zeros."""
    random = np.random.default_rng(seed)
    months = random.gamma(2, 10, rows).round()
    plan = random.choice(["monthly", "yearly"], rows, p=[0.7, 0.3])
    visits = random.poisson(4, rows)
    pull = 1.2 * (plan == "monthly") - 0.06 * months - 0.2 * visits + 0.9
    left = random.random(rows) < 1 / (1 + np.exp(-pull))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for i in range(rows):
            city = random.choice(["north", "south", "west"])
            row = [f"{i:06d}", int(months[i]), plan[i], visits[i], city, "yes" if left[i] else "no"]
            writer.writerow(row)
    return path


def make_product(folder: Path, rows: int = 1400, seed: int = 3, **settings: Any) -> Product:
    """A product with one table and the use case ``churn``."""
    product = create(folder, ProductSettings(name="shop", language="en", **settings))
    write_shop(folder / "data" / "shop.csv", rows, seed)
    product.declare("tables", "customers", TableSettings(source="data/shop.csv"))
    use = UseCaseSettings(scenario="predict", table="customers", options=OPTIONS, value=VALUE)
    product.declare("use_cases", "churn", use)
    return product


def figures(record: dict[str, Any]) -> dict[str, Any]:
    """A run's record without what the clock and the place put into it."""
    told = {"run_id", "started_at", "seconds", "peak_rss_mb", "candidates", "language", "source"}
    kept = {name: value for name, value in record.items() if name not in told}
    kept["candidates"] = [{n: v for n, v in c.items() if n != "seconds"} for c in record["candidates"]]
    shown = dict(record["explanation"])  # rows are told by pseudonyms, and each product has its own key
    shown["examples"] = [{n: v for n, v in e.items() if n != "row"} for e in shown["examples"]]
    return kept | {"explanation": shown}
