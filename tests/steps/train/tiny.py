"""A small, real candidate and the data it learns from: fast, exact, picklable."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from pilothouse.messages import Message, say
from pilothouse.steps.train.crew import make_crew
from pilothouse.types import (
    Answers,
    Candidate,
    Column,
    Context,
    Cost,
    Data,
    Fit,
    Kind,
    Questions,
    Role,
    Shape,
    Table,
)

LABEL = say("train.contest")


@dataclass
class Logistic:
    """One step of regularised least squares, squashed: depends on every row learnt from."""

    tiny: Tiny
    ridge: float
    weights: Any = None

    def fit(self, data: Data, context: Context) -> Self:
        self.tiny.happen()
        x, y = matrix(data.table), data.table["y"].astype(np.float64)
        noise = np.random.default_rng(context.seed).normal(0, 1e-3, x.shape[1])
        gram = x.T @ x + self.ridge * np.eye(x.shape[1])
        self.weights = np.linalg.solve(gram, x.T @ (2 * y - 1)) + noise
        return self

    def predict(self, requests: Table, context: Context) -> Answers:
        p = 1 / (1 + np.exp(-matrix(requests) @ self.weights))
        return Answers({"probability": np.column_stack([1 - p, p])})

    def save(self, folder: Path) -> None:
        np.save(folder / "weights.npy", self.weights)

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(Tiny(), 1.0, np.load(folder / "weights.npy", allow_pickle=False))


@dataclass(frozen=True)
class Tiny(Candidate):
    """What may happen during a fit is a setting: a pause, a mark on disk, an end."""

    name: ClassVar[str] = "tiny"
    label: ClassVar[Message] = say("train.contest")
    rank: ClassVar[int] = 5

    pause_s: float = 0.0
    marks: str | None = None
    kills: int | None = None
    eats_gb: float = 0.0
    fails: str | None = None
    seconds: float = 10.0

    def cost(self, shape: Shape) -> Cost:
        return Cost(seconds=self.seconds, memory_mb=self.eats_gb * 1024)

    def space(self, trial: Any) -> dict[str, Any]:
        return {"ridge": trial.suggest_float("ridge", 1e-3, 1e3, log=True)}

    def build(self, parameters: Any) -> Logistic:
        return Logistic(self, parameters.get("ridge", 1.0))

    def happen(self) -> None:
        if self.marks is not None:
            with (Path(self.marks) / "fits").open("a") as file:
                file.write(f"{os.getpid()}\n")
        time.sleep(self.pause_s)
        if self.kills is not None:
            os.kill(os.getpid(), self.kills)
        if self.fails is not None:
            raise ValueError(self.fails)
        if self.eats_gb:
            raise MemoryError


def matrix(table: Table) -> Any:
    return np.column_stack([table[c.name] for c in table.columns if c.role is Role.FEATURE])


def ask(part: Data) -> Questions:
    table = part.table
    return Questions(
        table.drop(["y"]), table["y"].astype(np.int64), np.arange(table.rows, dtype=np.int64), ("0", "1")
    )


def make_data(rows: int = 200, seed: int = 0) -> Data:
    random = np.random.default_rng(seed)
    a, b = random.normal(size=rows), random.normal(size=rows)
    y = np.array([str(int(v)) for v in a + random.normal(size=rows) > 0], dtype=object)
    columns = (
        Column("id", Kind.CATEGORY, Role.ID),
        Column("a", Kind.NUMBER, distinct=rows),
        Column("b", Kind.NUMBER, distinct=rows),
        Column("y", Kind.CATEGORY, Role.TARGET, distinct=2),
    )
    ids = np.array([str(i) for i in range(rows)], dtype=object)
    return Data({"rows": Table(columns, {"id": ids, "a": a, "b": b, "y": y})})


def make_folds(rows: int = 200, folds: int = 5) -> list[tuple[Any, Any]]:
    part = np.arange(rows) % folds
    return [(np.flatnonzero(part != k), np.flatnonzero(part == k)) for k in range(folds)]


def make_fits(candidate: Candidate, count: int = 5, rows: int = 200) -> list[Fit]:
    return [Fit(candidate, learn, asked, seed=7) for learn, asked in make_folds(rows, count)]


def count_fits(folder: Path) -> int:
    path = folder / "fits"
    return len(path.read_text().splitlines()) if path.exists() else 0


def equal(left: list[Answers], right: list[Answers]) -> bool:
    return len(left) == len(right) and all(
        np.array_equal(a["probability"], b["probability"]) for a, b in zip(left, right, strict=True)
    )


def inline(tmp_path: Path, fits: list[Fit]) -> list[Answers]:
    """Answers without any other process: what every engine must equal."""
    with make_crew(make_data(), ask, tmp_path / "inline", workers=1) as crew:
        return crew.answers(fits, LABEL)


def pids(folder: Path) -> set[int]:
    """Processes in which a marked fit has begun."""
    path = folder / "fits"
    return {int(line) for line in path.read_text().split()} if path.exists() else set()


def alive(numbers: set[int]) -> set[int]:
    """Which processes still run; the dead that nobody has collected do not count."""

    def runs(number: int) -> bool:
        try:
            return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except FileNotFoundError:
            return False

    return {n for n in numbers if runs(n)}
