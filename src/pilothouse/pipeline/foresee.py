"""What a run will take, told before anything runs."""

from __future__ import annotations

from dataclasses import dataclass

from pilothouse.messages import Message, say
from pilothouse.pipeline.begin import begin, job_of
from pilothouse.pipeline.events import silent
from pilothouse.product import Product
from pilothouse.steps.advice import advise
from pilothouse.steps.plan import WorkPlan


@dataclass(frozen=True)
class Foreseen:
    """The plan, and its lines for a reader."""

    plan: WorkPlan
    lines: tuple[Message, ...]


def foresee(product: Product, name: str) -> Foreseen:
    """Collect and prepare, then plan; nothing is fitted and nothing leaves the machine."""
    begun = begin(product, name, None, silent)
    lines = [
        say("pipeline.rows", rows=begun.collected.provenance.rows, columns=len(begun.collected.table.columns))
    ]
    personal = [p.column for p in begun.prepared.personal]
    if personal:
        lines.append(say("pipeline.personal", columns=", ".join(dict.fromkeys(personal))))
    plan, (awaited, money) = begun.plan, begun.scenario.awaited(begun.prepared)
    if awaited and begun.llm is not None and begun.llm.closed is not None:
        awaited = [begun.llm.closed]
    elif awaited and begun.llm is not None:  # no candidate asks this, so the plan does not count it
        leaves = plan.leaves_machine or begun.llm.remote
        plan = plan.model_copy(update={"money": plan.money + money, "leaves_machine": leaves})
    job = job_of(begun.scenario, begun.prepared, begun.questions, begun.llm)
    return Foreseen(plan, (*lines, *awaited, *advise(plan, job)))
