"""What stands there if nothing is built: do nothing, act on everyone, today's rule.

The fourth baseline, the best single-column rule, has its own module (``rule``). "Do
nothing" and "act on everyone" rank all rows alike; what they differ in is whom they
act on, which is decided by ``steps.decide``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from pilothouse.errors import MissingColumn
from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.ranked import Rates, Slope, outcomes
from pilothouse.models.target import Target
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Kind, Role, Shape, Table
from pilothouse.types.candidate import Parameters

_STATE = "baseline.json"


@dataclass(frozen=True)
class Nothing(Candidate):
    """Act on nobody: every row gets the base rate (a number: the median)."""

    target: Target
    name: ClassVar[str] = "nothing"
    label: ClassVar[Message] = say("models.nothing")
    rank: ClassVar[int] = 0
    is_stand_in: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        """Take no time worth naming."""
        return Cost(0.01)

    def build(self, parameters: Parameters) -> ConstantModel:
        """Make the model that always says the same."""
        said = say("models.nothing_number" if self.target.is_number else "models.nothing_sentence")
        return ConstantModel(self.target, "median", said)


@dataclass(frozen=True)
class Everyone(Candidate):
    """Act on everybody: every row gets the base rate (a number: the mean)."""

    target: Target
    name: ClassVar[str] = "everyone"
    label: ClassVar[Message] = say("models.everyone")
    rank: ClassVar[int] = 1
    is_stand_in: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        """Take no time worth naming."""
        return Cost(0.01)

    def build(self, parameters: Parameters) -> ConstantModel:
        """Make the model that always says the same."""
        said = say("models.everyone_number" if self.target.is_number else "models.everyone_sentence")
        return ConstantModel(self.target, "mean", said)


@dataclass(frozen=True)
class Today(Candidate):
    """What is done today: the column with the role today."""

    target: Target
    name: ClassVar[str] = "today"
    label: ClassVar[Message] = say("models.today")
    rank: ClassVar[int] = 3
    is_stand_in: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        """Grow with the rows only."""
        return Cost(0.01 + 2e-6 * shape.rows)

    def build(self, parameters: Parameters) -> TodayModel:
        """Make a model that reads the column."""
        return TodayModel(self.target)


@dataclass(frozen=True)
class ConstantModel:
    """The same answer for every row: class shares, (classes,), or one number."""

    target: Target
    centre: str
    said: Message
    answer: tuple[float, ...] = ()
    kind: ClassVar[str] = "constant"

    def fit(self, data: Data, context: Context) -> Self:
        """Learn the base rate, the mean or the median."""
        truth = self.target.truth(data.table)
        if self.target.is_number:
            middle = np.median(truth) if self.centre == "median" else np.mean(truth)
            return replace(self, answer=(float(middle),))
        counts = np.bincount(truth, minlength=len(self.target.classes))
        return replace(self, answer=tuple((counts / len(truth)).tolist()))

    def predict(self, requests: Table, context: Context) -> Answers:
        """Say it for each row."""
        shape = (requests.rows, 1) if len(self.answer) > 1 else requests.rows
        return self.target.answers(np.tile(np.array(self.answer), shape))

    def sentence(self) -> Message:
        """Say the rule in words a PM can say."""
        return self.said

    def save(self, folder: Path) -> None:
        """Write JSON."""
        state = {
            "target": self.target.state(),
            "centre": self.centre,
            "said": self.said.as_json(),
            "answer": self.answer,
        }
        save_file(folder / _STATE, state, "json")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / _STATE, "json")
        said = Message.from_json(state["said"])
        return cls(Target.restore(state["target"]), state["centre"], said, tuple(state["answer"]))


@dataclass(frozen=True)
class TodayModel:
    """Today's column as answers.

    A number ranks as it stands, the higher the likelier; only how likely is learnt. A
    word gets the share of outcomes that it had. For a numeric target the number is
    the answer itself.
    """

    target: Target
    column: str = ""
    learnt: Slope | Rates | None = None
    middle: float = 0.0
    kind: ClassVar[str] = "today"

    def fit(self, data: Data, context: Context) -> Self:
        """Learn how likely each value of the column makes the outcome.

        Raises
        ------
        MissingColumn
            When no column has the role today.
        """
        columns = data.table.of_role(Role.TODAY)
        if not columns:
            raise MissingColumn(say("models.no_today"), say("models.no_today_fix"))
        column, truth = columns[0], self.target.truth(data.table)
        values = data.table[column.name]
        if column.kind is Kind.NUMBER and self.target.is_number:
            return replace(self, column=column.name, middle=float(np.median(truth)))
        if column.kind is Kind.NUMBER and self.target.kind == "binary":
            slope = Slope.learn(values, truth.astype(np.float64), direction=1)
            return replace(self, column=column.name, learnt=slope)
        return replace(self, column=column.name, learnt=Rates.learn(values, outcomes(truth, self.target)))

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer from the column's value."""
        values = requests[self.column]
        if self.learnt is None:
            return self.target.answers(np.where(np.isfinite(values), values, self.middle))
        return self.target.answers(self.learnt.answer(values))

    def sentence(self) -> Message:
        """Say the rule in words a PM can say."""
        return say("models.today_sentence", column=self.column)

    def save(self, folder: Path) -> None:
        """Write JSON."""
        state = {
            "target": self.target.state(),
            "column": self.column,
            "learnt": None if self.learnt is None else self.learnt.state(),
            "middle": self.middle,
        }
        save_file(folder / _STATE, state, "json")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / _STATE, "json")
        kept = state["learnt"]
        learnt: Slope | Rates | None = None
        if kept is not None:
            learnt = Slope.restore(kept) if "slope" in kept else Rates.restore(kept)
        return cls(Target.restore(state["target"]), state["column"], learnt, state["middle"])
