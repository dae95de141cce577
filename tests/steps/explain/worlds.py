"""Models whose working is known, so that what is said about them can be checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pilothouse.steps.evaluate.metrics import measure_binary, measure_number
from pilothouse.types import Answers, Column, Context, Kind, Questions, Role, Scores, Table

N = 1_000


def table(seed: int = 0, rows: int = N) -> Table:
    rng = np.random.default_rng(seed)
    contract = np.array(["monthly", "yearly", "two years"], dtype=object)[rng.integers(0, 3, rows)]
    tenure = np.round(rng.uniform(0, 70, rows))
    tenure[rng.random(rows) < 0.05] = np.nan
    joined = np.datetime64("2024-01-01", "us") + rng.integers(0, 365, rows) * np.timedelta64(1, "D")
    return Table(
        (
            Column("customer", Kind.TEXT, Role.ID),
            Column("contract", Kind.CATEGORY),
            Column("tenure", Kind.NUMBER),
            Column("joined", Kind.TIME),
            Column("idle", Kind.NUMBER),
        ),
        {
            "customer": np.array([f"c{k}" for k in range(rows)], dtype=object),
            "contract": contract,
            "tenure": tenure,
            "joined": joined,
            "idle": rng.normal(size=rows),
        },
    )


@dataclass
class Known:
    """Answers a known function of contract and tenure: as chances, classes or a number."""

    kind: str = "binary"

    def chance(self, requests: Table) -> Any:
        monthly = requests["contract"] == "monthly"
        short = np.nan_to_num(requests["tenure"], nan=35.0) < 20
        return 0.1 + 0.5 * monthly + 0.3 * short

    def predict(self, requests: Table, context: Context) -> Answers:
        p = self.chance(requests)
        if self.kind == "number":
            return Answers({"prediction": 1000 * p})
        if self.kind == "classes":
            return Answers({"probability": np.column_stack([p, (1 - p) * 0.7, (1 - p) * 0.3])})
        return Answers({"probability": np.column_stack([1 - p, p])})


def questions(seed: int = 1, kind: str = "binary") -> Questions:
    asked, rng = table(seed), np.random.default_rng(seed)
    p = Known().chance(asked)
    if kind == "number":
        return Questions(asked, 1000 * p + rng.normal(0, 20, N), np.arange(N))
    return Questions(asked, (rng.random(N) < p).astype(np.int64), np.arange(N), ("stay", "leave"))


def measure(asked: Questions, answers: Answers) -> Scores:
    if asked.classes:
        return measure_binary(asked.truth, answers["probability"][:, 1])
    return measure_number(asked.truth, answers["prediction"])


def one(contract: str | None, tenure: float) -> Table:
    row = table(9, 1)
    values = {**row.values, "contract": np.array([contract], dtype=object), "tenure": np.array([tenure])}
    return Table(row.columns, values)
