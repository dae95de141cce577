"""Customers with events, made: shared by tests of everything that reads a past."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.personal import Pseudonyms
from pilothouse.product import Product
from pilothouse.steps.prepare.pasts import prepare_eventful
from pilothouse.steps.prepare.supervise import Prepared, Wish
from pilothouse.types import Column, Kind, Role, Table

PSEUDONYMS = Pseudonyms(b"0123456789abcdef")
START = np.datetime64("2025-01-01T00:00:00", "us")
DAY = np.timedelta64(86_400_000_000, "us")
EVENTS = (
    Column("who", Kind.CATEGORY, Role.USER),
    Column("at", Kind.TIME, Role.TIME),
    Column("action", Kind.CATEGORY, distinct=3),
    Column("sku", Kind.CATEGORY, Role.ITEM),
    Column("amount", Kind.NUMBER, Role.VALUE),
)


def words(values: Any) -> NDArray[Any]:
    made = np.empty(len(values), dtype=object)
    made[:] = list(values)
    return made


def events(lines: list[tuple[str, float, str, str | None, float]]) -> Table:
    """(who, days after the start, action, item, amount), one an event."""
    who, at, action, sku, amount = zip(*lines, strict=True) if lines else ((), (), (), (), ())
    micros = np.round(np.array(at, dtype=float) * 86_400e6).astype("timedelta64[us]")
    values = {
        "who": words(who),
        "at": START + micros,
        "action": words(action),
        "sku": words(sku),
        "amount": np.array(amount, dtype=float),
    }
    return Table(EVENTS, values, "events")


def rows(ids: list[str], days: list[float] | None = None, **more: NDArray[Any]) -> Table:
    """Customers, the day they are asked, and other columns."""
    columns = [Column("customer", Kind.CATEGORY, Role.ID)]
    values: dict[str, NDArray[Any]] = {"customer": words(ids)}
    if days is not None:
        columns.append(Column("asked", Kind.TIME, Role.TIME))
        values["asked"] = START + np.round(np.array(days) * 86_400e6).astype("timedelta64[us]")
    for name, given in more.items():
        columns.append(Column(name, Kind.NUMBER if given.dtype.kind == "f" else Kind.CATEGORY))
        values[name] = given
    return Table(tuple(columns), values)


def town(customers: int = 240, seed: int = 0, known: float = 1.0) -> tuple[Table, Table]:
    """Who leaves is told by the order of their last two actions, which no count shows."""
    random = np.random.default_rng(seed)
    lines, left = [], []
    for number in range(customers):
        name = f"K{number:04d}"
        size = int(random.integers(5, 12))
        at = np.sort(random.uniform(0, 80, size))
        actions = random.choice(["view", "buy", "ask"], size).tolist()
        bad = bool(random.random() < 0.5)
        actions[-2:] = ["buy", "ask"] if bad else ["ask", "buy"]
        for when, action in zip(at.tolist(), actions, strict=True):
            lines.append((name, when, action, f"I{int(random.integers(12))}", float(random.gamma(2.0, 10.0))))
        left.append("yes" if bad else "no")
    truth = words(left)
    truth[random.random(customers) > known] = None
    told = rows([f"K{n:04d}" for n in range(customers)], age=random.normal(40, 9, customers).round(1))
    return told.put(Column("left", Kind.CATEGORY, Role.TARGET, distinct=2), truth), events(lines)


def prepared(customers: int = 240, seed: int = 0, known: float = 1.0) -> Prepared:
    told, happened = town(customers, seed, known)
    return prepare_eventful(told, happened, Wish("left"), PSEUDONYMS)


def write_town(folder: Path, customers: int = 240, budget_s: float = 30.0) -> Product:
    """Write the town as a product with two tables."""
    told, happened = town(customers)
    (folder / "data").mkdir(parents=True)
    for name, table in (("customers.csv", told), ("events.csv", happened)):
        write_table(folder / "data" / name, table)
    (folder / "product.toml").write_text(
        f"""
[product]
name = "town"
[tables.customers]
source = "data/customers.csv"
columns = {{ customer = "id" }}
[tables.events]
source = "data/events.csv"
columns = {{ who = "user", at = "time", sku = "item", amount = "value", action = "feature" }}
[use_cases.leaving]
scenario = "predict"
tables = {{ rows = "customers", events = "events" }}
options = {{ target = "left", time_budget_s = {budget_s} }}
""",
        encoding="utf-8",
    )
    return Product(folder)


def write_table(path: Path, table: Table) -> None:
    listed = [
        table[n].astype(str).tolist() if table[n].dtype.kind == "M" else table[n].tolist()
        for n in table.names
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.names)
        writer.writerows([["" if v is None else v for v in line] for line in zip(*listed, strict=True)])
