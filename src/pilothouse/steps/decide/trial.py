"""How large an experiment must be: two proportions, power, the smallest success worth having.

Half of the flagged rows are acted on at random, half are left alone; the difference of
their outcome rates, over the rate of those left alone, is the success rate of the action.
The question is not whether it is above 0 but whether it is above break-even, so the size is
that of a test against a margin. Where the assumed success does not exceed break-even, or
break-even is not known, the size is that of telling the larger of the two from 0.

References
----------
Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, chapter 4;
Blackwelder (1982), "Proving the null hypothesis" in clinical trials (margins).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

POWER, LEVEL = 0.80, 0.90
ASSUMED_SUCCESS = 0.10


@dataclass(frozen=True)
class Trial:
    """Size and length of an experiment.

    Parameters
    ----------
    arm
        Rows in each of the two groups.
    periods
        Periods it takes, or None when the volume is not known.
    control, treated
        Outcome rates expected without and with the action.
    margin
        Difference that the likely range must exceed.
    power, level
        Chance to see it when it is there; level of the range (two-sided).
    """

    arm: int
    periods: int | None
    control: float
    treated: float
    margin: float
    power: float = POWER
    level: float = LEVEL


def arm_size(
    control: float, treated: float, margin: float = 0.0, power: float = POWER, level: float = LEVEL
) -> int:
    """Rows needed in each group so that the ``level`` range of the difference exceeds ``margin``.

    Parameters
    ----------
    control, treated
        Outcome rates of the two groups, in [0, 1].
    margin
        Between 0 and the absolute difference of the rates.
    power, level
        See ``Trial``.

    Raises
    ------
    ValueError
        When the difference does not exceed the margin: no size would show it.
    """
    from scipy import stats

    apart = abs(control - treated) - margin
    if apart <= 1e-12 or not (0 <= control <= 1 and 0 <= treated <= 1):
        raise ValueError(f"no size shows {control} against {treated} with margin {margin}")
    reach = float(stats.norm.ppf((1 + level) / 2) + stats.norm.ppf(power))
    spread = control * (1 - control) + treated * (1 - treated)
    return max(2, math.ceil(reach**2 * spread / apart**2))


def design_trial(
    precision: float,
    success: float | None,
    break_even: float | None,
    per_period: float | None,
    power: float = POWER,
) -> Trial:
    """Plan the experiment that decides whether acting on flagged rows pays.

    Parameters
    ----------
    precision
        Share of the flagged rows that have the outcome.
    success
        Share of those that the action is assumed to save; None takes 10 %.
    break_even
        Share at which the action pays for itself, or None.
    per_period
        Rows flagged in one period, or None.
    power
        Chance to see it when it is there.
    """
    control = min(max(precision, 0.001), 0.999)
    hoped = ASSUMED_SUCCESS if success is None else success
    floor = 0.0 if break_even is None or not math.isfinite(break_even) else min(break_even, 1.0)
    margin = control * floor
    if hoped <= floor:
        hoped, margin = floor, 0.0
    treated = control * (1 - max(hoped, 0.001))
    arm = round_up(arm_size(control, treated, min(margin, 0.99 * (control - treated)), power))
    periods = None if not per_period else max(1, math.ceil(2 * arm / per_period - 1e-9))
    return Trial(arm, periods, control, treated, margin, power)


def design_showing(
    baseline: float, winner: float, per_period: float | None, power: float = POWER
) -> Trial | None:
    """Plan the experiment of two lists: half of the people see one, half the other.

    Parameters
    ----------
    baseline, winner
        Shares of people who pick something; None comes back where the winner's is not larger.
    per_period
        People who see a list in one period, or None.
    """
    if not 0 < baseline < winner < 1:
        return None
    arm = round_up(arm_size(baseline, winner, power=power))
    periods = None if not per_period else max(1, math.ceil(2 * arm / per_period - 1e-9))
    return Trial(arm, periods, baseline, winner, 0.0, power)


def round_up(rows: int) -> int:
    """Two digits that a person remembers, never fewer rows than asked."""
    step = int(10 ** max(0, len(str(rows)) - 2))
    return math.ceil(rows / step) * step
