"""Candidates with known costs, to plan with; none of them is ever fitted."""

from __future__ import annotations

from typing import Any, ClassVar

from pilothouse.messages import Message, say
from pilothouse.types import Candidate, Cost, Model, Shape


class Baseline(Candidate):
    name: ClassVar[str] = "rule"
    label: ClassVar[Message] = say("train.contest")
    rank: ClassVar[int] = 1
    is_stand_in: ClassVar[bool] = True

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(self.name)

    def cost(self, shape: Shape) -> Cost:
        return Cost(0.01)

    def build(self, parameters: Any) -> Model:
        raise AssertionError("planning fits nothing")


class Quick(Baseline):
    name = "linear"
    rank = 10
    is_stand_in = False

    def cost(self, shape: Shape) -> Cost:
        return Cost(0.02 + 1e-6 * shape.rows * shape.columns, 20 + 1e-5 * shape.rows * shape.columns)

    def space(self, trial: Any) -> dict[str, Any]:
        return {"strength": trial.suggest_float("strength", 0, 1)}


class Slow(Quick):
    name = "boosting"
    rank = 20

    def cost(self, shape: Shape) -> Cost:
        return Cost(0.1 + 3e-6 * shape.rows * shape.columns, 50 + 3e-5 * shape.rows * shape.columns)


class Network(Quick):
    name = "network"
    rank = 30
    extra: ClassVar[str | None] = "deep"
    needs_module: ClassVar[str | None] = "no_such_library_anywhere"

    def cost(self, shape: Shape) -> Cost:
        return Cost(0.5 + 5e-6 * shape.rows * shape.columns, 250)


class Capped(Slow):
    """Declines whatever takes more than a hundredth of a second."""

    name = "capped"

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        return say("plan.too_slow", seconds=1) if self.cost(shape).seconds > 0.01 else None


class Blend(Quick):
    name = "blend"
    rank = 40


FIELD = [Baseline(), Quick(), Slow(), Network(), Blend()]
