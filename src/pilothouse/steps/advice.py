"""How much data, how long, what machine? The work plan in words.

Says what ``steps.plan`` decided and what the data still lacks. It decides nothing.
"""

from __future__ import annotations

import math

from pilothouse.messages import Message, say
from pilothouse.steps.plan import WorkPlan
from pilothouse.steps.spending import Job

DECIDABLE = 100
"""Outcomes among the rows kept aside that a verdict needs."""
SINGLE_PART = 500
"""Outcomes in the file from which one part is kept aside instead of five passes."""


def advise(plan: WorkPlan, job: Job) -> list[Message]:
    """Tell what the run takes and whether the data suffices, most asked first."""
    return [
        *_time(plan),
        _memory(plan),
        say("plan.leaves" if plan.leaves_machine else "plan.stays", money=plan.money),
        say("plan.work", entered=len(plan.entered), folds=plan.folds, trials=sum(plan.trials.values())),
        *_sample(plan),
        _data(job),
        *(
            say("plan.declined", label=d.label, reason=d.reason)
            if d.install is None
            else say("plan.declined_install", label=d.label, reason=d.reason, install=d.install)
            for d in plan.declined
        ),
    ]


def _time(plan: WorkPlan) -> list[Message]:
    minutes = plan.seconds / 60
    lines = [
        say("plan.seconds", seconds=max(5, 5 * round(plan.seconds / 5)), workers=plan.workers)
        if minutes < 2
        else say("plan.minutes", minutes=math.ceil(minutes), workers=plan.workers)
    ]
    if plan.seconds > 1.05 * plan.time_budget_s:
        lines.append(
            say("plan.over_budget", budget=round(plan.time_budget_s), seconds=math.ceil(plan.seconds))
        )
    return lines


def _memory(plan: WorkPlan) -> Message:
    gb = plan.memory_mb / 1024
    machine = next((size for size in (4, 8, 16, 32, 64, 128) if gb < 0.6 * size), 256)
    return say("plan.memory", gb=max(0.1, gb), machine=machine)


def _sample(plan: WorkPlan) -> list[Message]:
    if plan.contest_rows >= plan.rows:
        return []
    return [say("plan.sample", contest_rows=plan.contest_rows, rows=plan.rows)]


def _data(job: Job) -> Message:
    """Say how many rows a decision takes at the file's own rate of outcomes."""
    rate = max(job.outcomes, 1) / max(job.shape.rows, 1)
    if job.outcomes < DECIDABLE:
        return say("plan.too_few", outcomes=job.outcomes, needed=DECIDABLE, rows=_up(DECIDABLE / rate))
    if job.outcomes < SINGLE_PART:
        return say("plan.enough_nested", outcomes=job.outcomes, rows=_up(SINGLE_PART / rate))
    return say("plan.enough", outcomes=job.outcomes)


def _up(rows: float) -> int:
    """Round up to two digits: 3,571.4 becomes 3,600."""
    unit = 10 ** max(0, math.floor(math.log10(max(rows, 1))) - 1)
    return int(math.ceil(rows / unit) * unit)
