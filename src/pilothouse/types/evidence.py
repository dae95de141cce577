"""Pieces of evidence: intervals, leaks, slices, the learning curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pilothouse.messages import Message


@dataclass(frozen=True)
class Interval:
    """A likely range from ``low`` to ``high`` at ``level`` (0.9 = 90 %)."""

    low: float
    high: float
    level: float = 0.9


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class Leak:
    """An answer hidden in the data.

    Parameters
    ----------
    column
        The column under suspicion.
    level
        "removed" (proven), "asked" (kept out until the user answers) or "noted".
    reason
        For the reader.
    score_with, score_without
        Training-fold score of the probe with the column and without it; None
        where no score was needed (a copy of the target).
    """

    column: str
    level: Literal["removed", "asked", "noted"]
    reason: Message
    score_with: float | None = None
    score_without: float | None = None


@dataclass(frozen=True)
class Slice:
    """How the winner does for one group of rows.

    ``worse`` is True only where the group is significantly worse than the
    whole after Benjamini-Hochberg; ``loses`` where it is significantly worse
    than the baseline in that group.
    """

    column: str
    group: str
    rows: int
    score: Estimate
    gain: Estimate
    worse: bool
    loses: bool


@dataclass(frozen=True)
class Curve:
    """The learning curve a - b n^-c with its reach.

    ``status`` is "ok" or "cannot_tell". ``at_double`` is the extrapolated score
    at twice the rows; ``gain_at_double`` its gain over the baseline's score.
    """

    sizes: tuple[int, ...]
    scores: tuple[tuple[float, ...], ...]
    status: Literal["ok", "cannot_tell"]
    a: float | None = None
    b: float | None = None
    c: float | None = None
    at_double: Estimate | None = None
    gain_at_double: Estimate | None = None
    backtest_error: float | None = None
