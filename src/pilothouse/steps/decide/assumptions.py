"""What the user assumes about money: one number each, or low, likely and high.

Nothing is guessed here and no default stands in for a number the user did not give,
except the volume: without one, the file's rows are taken as one period's, and said so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from pilothouse.errors import BadOption
from pilothouse.messages import say
from pilothouse.types.contest import Array

Effect = Literal["assumed", "measured", "not_needed"]
Given = float | Sequence[float]
SHARES = frozenset({"success", "added", "solved"})


@dataclass(frozen=True)
class Range:
    """One assumption: never below ``low``, never above ``high``, most likely ``likely``."""

    low: float
    likely: float
    high: float

    @property
    def is_known(self) -> bool:
        """Whether the range is one number."""
        return self.low == self.high

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        """Draw (count,) values of the triangular distribution; its mean is (low + likely + high) / 3."""
        if self.is_known:
            return np.full(count, self.likely)
        return rng.triangular(self.low, self.likely, self.high, count)


@dataclass(frozen=True)
class Assumptions:
    """All assumptions of one use case.

    Parameters
    ----------
    ranges
        To act on cases: ``true_positive`` (what a saved case is worth), ``contact`` (what one
        action costs), ``success`` (share of rightly flagged cases that the action saves) and,
        where actions are limited, ``capacity`` (actions in a period). For classes: ``right``
        and ``wrong``. For a number: ``error``, the cost of one unit of absolute error.
    volume
        Rows that come in one period.
    volume_is_given
        False when the file's rows stand in for it.
    currency, per
        ISO code; "day", "week", "month", "quarter", "year" or "batch".
    effect
        Whether the action's success was measured, is assumed, or does not matter.
    smallest_gain
        The smallest gain in money worth having, or None for 5 % of the baseline's value.
    """

    ranges: Mapping[str, Range]
    volume: float
    volume_is_given: bool = True
    currency: str = "CNY"
    per: str = "month"
    effect: Effect = "assumed"
    smallest_gain: float | None = None

    def likely(self) -> dict[str, float]:
        """Name -> most likely value."""
        return {name: found.likely for name, found in self.ranges.items()}

    def as_json(self) -> dict[str, list[float]]:
        """Name -> [low, likely, high], with the volume, as ``ValueRecord`` keeps them."""
        kept = {name: [r.low, r.likely, r.high] for name, r in self.ranges.items()}
        return {**kept, "volume": [self.volume] * 3}


def parse_range(name: str, given: Given) -> Range:
    """Read one number or [low, likely, high].

    Raises
    ------
    BadOption
        When it is neither, not finite, below 0, out of order, or a share above 1.
    """
    parts: list[Any] = [given] * 3 if isinstance(given, int | float) else list(given)
    numbers = [float(v) for v in parts if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) != 3 or len(parts) != 3 or not all(math.isfinite(v) for v in numbers):
        raise BadOption(
            say("decide.bad_range", name=name, given=str(given)), say("decide.fix_range", name=name)
        )
    low, likely, high = numbers
    if not 0 <= low <= likely <= high:
        raise BadOption(
            say("decide.bad_order", name=name, given=str(given)), say("decide.fix_range", name=name)
        )
    if name in SHARES and high > 1:
        raise BadOption(
            say("decide.bad_share", name=name, given=str(given)), say("decide.fix_share", name=name)
        )
    return Range(low, likely, high)


def parse_ranges(given: Mapping[str, Given]) -> dict[str, Range]:
    """Read every assumption; see ``parse_range``."""
    return {name: parse_range(name, value) for name, value in given.items()}


@dataclass(frozen=True)
class Rivals:
    """Winner and baseline on the same rows, n of them.

    Parameters
    ----------
    truth
        0 and 1, class numbers, or numbers, shape (n,).
    winner, baseline
        Probability of the outcome, class numbers answered, or predictions, shape (n,).
        A baseline of None does nothing: it acts on nobody.
    unit
        Resampling unit of each row.
    spread
        How many times wider ranges are than resampling the rows makes them.
    """

    truth: Array = field(repr=False)
    winner: Array = field(repr=False)
    baseline: Array | None = field(repr=False)
    unit: Array = field(repr=False)
    spread: float = 1.0
