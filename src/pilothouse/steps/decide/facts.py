"""What the screen is told about one run, before its verdict is written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from pilothouse.messages import Message
from pilothouse.steps.decide.assumptions import Assumptions
from pilothouse.steps.decide.flag import Flagged
from pilothouse.steps.decide.phrases import outcome
from pilothouse.steps.decide.rules import Ruling
from pilothouse.steps.decide.trial import Trial, round_up
from pilothouse.steps.decide.value import Money
from pilothouse.types.evidence import Estimate, Leak

TargetKind = Literal["binary", "classes", "number", "ranking", "pictures", "needs", "answers", "texts"]


@dataclass(frozen=True)
class Goal:
    """What is predicted: the target column, its kind, and the class looked for (two classes only).

    Of rankings also ``shown``, the length of a list, and ``rule``, the baseline's name.
    """

    name: str
    kind: TargetKind
    positive: str | None = None
    shown: int = 0
    rule: Message | None = None

    @property
    def list_words(self) -> dict[str, Any]:
        """What lines about lists say besides; nothing for other kinds."""
        return {} if self.rule is None else {"k": self.shown, "rule": self.rule}

    @property
    def words(self) -> Message:
        """The outcome: "leavers", or in the data's own words "Plan = Pro"."""
        return outcome(self.name, self.positive if self.kind == "binary" else None)


@dataclass(frozen=True)
class Kept:
    """Rows kept aside, those with the outcome among them, and E of the verdict's rules."""

    rows: int
    positives: int
    outcomes: int


@dataclass(frozen=True)
class Plain:
    """A figure that a person can picture, of winner and baseline, and how much better.

    For two classes the share right among those flagged, for more classes the share answered
    right, for a number the mean absolute error; ``extra`` is above 0 where the winner is
    better.
    """

    winner: Estimate
    baseline: Estimate
    extra: Estimate

    @staticmethod
    def of(flagged: Flagged) -> Plain:
        """Take the figures of a two-class run."""
        return Plain(flagged.winner, flagged.baseline, flagged.extra)


@dataclass(frozen=True)
class Stakes:
    """Money with what it assumes; never one without the other.

    ``break_even`` is the success rate at which contacts pay for themselves, None where
    nothing is contacted.
    """

    money: Money
    assumptions: Assumptions
    break_even: float | None = None

    @property
    def pays(self) -> bool:
        """Whether a success rate exists at which contacts pay, above 0 and at most 1."""
        return self.break_even is not None and 0 < self.break_even <= 1


@dataclass(frozen=True)
class Facts:
    """Everything that the first screen says.

    Parameters
    ----------
    ruling, goal, kept, plain, stakes, leaks
        The verdict and the figures that it rests on; ``stakes`` is None without values.
    subject
        What a row is called, see ``phrases.subject``.
    place
        What follows the command: product folder and use case, "shop.pilothouse churn".
    rows
        Rows of the file.
    look
        Number of times these rows were opened, this one included.
    not_checked
        The gravest first: "another season: the file has no dates."
    trial
        The experiment that would settle it, for two classes.
    price
        What the rows that are missing cost (``curve.price``), or None.
    """

    ruling: Ruling
    goal: Goal
    kept: Kept
    plain: Plain
    subject: Message
    place: str
    rows: int
    look: int = 1
    stakes: Stakes | None = None
    leaks: tuple[Leak, ...] = ()
    not_checked: tuple[Message, ...] = ()
    trial: Trial | None = None
    price: Message | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """Columns whose time of knowing is an open question."""
        return tuple(leak.column for leak in self.leaks if leak.level == "asked")

    @property
    def more_rows(self) -> int | None:
        """Rows to add so that the question is settled, or None when that cannot be told."""
        if self.ruling.more_rows is None:
            return None
        return round_up(max(1, math.ceil(self.rows * (self.ruling.more_rows - 1.0))))
