"""The verdict: the first rule that matches wins.

1. ``more_data``: E < 100, or outcomes that have not matured.
2. ``no_go``: U < d, and the learning curve's upper end at twice the rows < d.
3. ``go``: L > d and every condition of ``go`` holds.
4. ``pilot``: L > 0.
5. ``more_data`` where gain > d and n (half-width / (gain - d))^2 <= 4 n rows would settle it;
   else ``no_go``.

L and U are the ends of the gain's interval at the level of the look
(``evaluate.bootstrap.interval_level``: 95 % at the first); what the reader sees stays 90 %.
The unit is money when values are given, else the primary metric turned so that more is
better. The learning curve is always in the metric, so it has its own smallest gain.
This module computes no evidence and writes no screen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from pilothouse.messages import Message, say
from pilothouse.steps.decide.assumptions import Effect

Code = Literal["go", "pilot", "more_data", "no_go"]

FEWEST_OUTCOMES, P_LIMIT, ROWS_REACH = 100, 0.05, 4.0
WINDOWS_SHARE = 2 / 3


@dataclass(frozen=True)
class Case:
    """Every number that the rules read.

    Parameters
    ----------
    gain, low, high
        Winner over baseline on the rows kept aside, and L and U.
    smallest
        d, in the same unit.
    rows
        n, rows kept aside.
    outcomes
        E: outcomes of the rarer class kept aside (numeric target: rows / 2).
    p_corrected
        Corrected training-fold comparison.
    low_99_fold, low_99_test
        Lower ends of the 99 % intervals of the metric's gain, out of fold and on test.
    value_low
        Least value and gain over the user's range of assumptions; None without values.
    curve_high, curve_smallest
        Upper end of the gain in the metric at twice the rows (None: cannot tell), and d there.
    look
        1 at the first opening of these rows.
    effect
        Of the action; see ``Assumptions``.
    open_questions, losing_slices
        Columns asked about; groups significantly worse than the baseline.
    windows_won
        Over time: whether each rolling window has a gain above 0; else empty.
    matured
        False when outcomes may still come.
    """

    gain: float
    low: float
    high: float
    smallest: float
    rows: int
    outcomes: float
    p_corrected: float
    low_99_fold: float
    low_99_test: float
    value_low: float | None
    curve_high: float | None
    curve_smallest: float
    look: int = 1
    effect: Effect = "assumed"
    open_questions: tuple[str, ...] = ()
    losing_slices: tuple[str, ...] = ()
    windows_won: tuple[bool, ...] = ()
    matured: bool = True

    @property
    def has_values(self) -> bool:
        """Whether the user gave values."""
        return self.value_low is not None


@dataclass(frozen=True)
class Ruling:
    """The verdict with its reasons.

    Parameters
    ----------
    code, rule
        The verdict and the number of the rule that matched, 1 to 5.
    reasons
        Why, for the reader; for ``pilot``, what stands between it and ``go``.
    missing
        Names of the conditions of ``go`` that do not hold, in the order of ``CONDITIONS``.
    more_rows
        For ``more_data``: how many times the present rows would settle it, or None.
    rules
        Inputs and outcome of every rule, as ``run.json`` keeps them.
    """

    code: Code
    rule: int
    reasons: tuple[Message, ...]
    missing: tuple[str, ...] = ()
    more_rows: float | None = None
    rules: dict[str, Any] = field(default_factory=dict)


def judge(case: Case) -> Ruling:
    """Apply the rules in their order."""
    held = go_conditions(case)
    missing = tuple(name for name, holds in held.items() if not holds)
    code, rule, more = _first_match(case, missing)
    return Ruling(
        code, rule, _reasons(case, code, rule, missing), missing, more, _kept(case, held, rule, code)
    )


def go_conditions(case: Case) -> dict[str, bool]:
    """Each condition of ``go`` and whether it holds; the first that fails leads the screen."""
    won = sum(case.windows_won)
    return {
        "question": not case.open_questions,
        "values": case.has_values,
        "effect": case.effect != "assumed",
        "look": case.look == 1,
        "gain": case.low > case.smallest,
        "value": not case.has_values or (case.value_low or 0.0) > 0,
        "folds": case.p_corrected < P_LIMIT,
        "certain": case.low_99_fold > 0 and case.low_99_test > 0,
        "slices": not case.losing_slices,
        "windows": won >= WINDOWS_SHARE * len(case.windows_won),
    }


def _first_match(case: Case, missing: tuple[str, ...]) -> tuple[Code, int, float | None]:
    if case.outcomes < FEWEST_OUTCOMES or not case.matured:
        return "more_data", 1, FEWEST_OUTCOMES / case.outcomes if case.outcomes > 0 else None
    if case.high < case.smallest and case.curve_high is not None and case.curve_high < case.curve_smallest:
        return "no_go", 2, None
    if not missing:
        return "go", 3, None
    if case.low > 0:
        return "pilot", 4, None
    ahead = case.gain - case.smallest
    if ahead > 0:
        reach = (case.high - case.low) / 2.0 / ahead  # n reach^2 rows would settle it
        if reach <= math.sqrt(ROWS_REACH):
            return "more_data", 5, max(reach**2, 1.0)
    return "no_go", 5, None


def _reasons(case: Case, code: Code, rule: int, missing: tuple[str, ...]) -> tuple[Message, ...]:
    if rule == 1 and not case.matured:
        return (say("verdict.not_matured"),)
    if rule == 1:
        return (say("verdict.too_few", outcomes=math.floor(case.outcomes), needed=FEWEST_OUTCOMES),)
    if rule == 2:
        return (say("verdict.no_better"), say("verdict.curve_flat"))
    if code == "go":
        return (say("verdict.all_hold"),)
    if code == "more_data":
        return (say("verdict.not_settled", rows=case.rows),)
    if code == "no_go":
        return (say("verdict.not_shown"),)
    places: dict[str, dict[str, Any]] = {
        "question": {"columns": ", ".join(case.open_questions)},
        "look": {"look": case.look},
        "slices": {"groups": ", ".join(case.losing_slices)},
        "windows": {"won": sum(case.windows_won), "windows": len(case.windows_won)},
    }
    return tuple(say(f"verdict.missing_{name}", **places.get(name, {})) for name in missing)


def _kept(case: Case, held: dict[str, bool], rule: int, code: Code) -> dict[str, Any]:
    return {
        "L": case.low,
        "U": case.high,
        "gain": case.gain,
        "d": case.smallest,
        "n": case.rows,
        "E": case.outcomes,
        "p": case.p_corrected,
        "low_99_fold": case.low_99_fold,
        "low_99_test": case.low_99_test,
        "value_low": case.value_low,
        "curve_high": case.curve_high,
        "curve_d": case.curve_smallest,
        "look": case.look,
        "effect": case.effect,
        "open_questions": list(case.open_questions),
        "losing_slices": list(case.losing_slices),
        "windows_won": list(case.windows_won),
        "matured": case.matured,
        "go": held,
        "rule": rule,
        "code": code,
    }
