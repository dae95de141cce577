"""The experiment that a verdict asks for, written out: lines to read, groups to act on.

Ids come from the use case's own list to act on, likeliest first. Nothing is started.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pilothouse.errors import NotFound
from pilothouse.experiment.plan import (
    READERS_ACT,
    ExperimentPlan,
    assign,
    plan_experiment,
    plan_texts,
    write_assignment,
)
from pilothouse.messages import Message, say
from pilothouse.product import Product
from pilothouse.runs.folder import newest
from pilothouse.steps.deploy.asking import LISTS_FILE

TEXTS_FILE = "texts.csv"


@dataclass(frozen=True)
class Planned:
    """A plan and its file of groups; of texts the groups are items, while the plan counts readers."""

    plan: ExperimentPlan
    path: Path
    assigned: int
    of_texts: bool = False

    @property
    def lines(self) -> list[Message]:
        """The plan in words, then where the groups are."""
        lines = [*self.plan.lines, say("experiment.written", path=str(self.path), rows=self.assigned)]
        wanted = 2 * self.plan.trial.arm
        if self.assigned < wanted and not self.of_texts:
            lines.append(say("experiment.too_short", rows=self.assigned, wanted=wanted))
        return lines

    def as_json(self) -> dict[str, Any]:
        """Size, length, rates and the file."""
        trial = self.plan.trial
        return {
            "use_case": self.plan.use_case,
            "run_id": self.plan.run_id,
            "arm": trial.arm,
            "periods": trial.periods,
            "control": trial.control,
            "treated": trial.treated,
            "break_even": self.plan.break_even,
            "path": str(self.path),
            "assigned": self.assigned,
        }


def plan_for(product: Product, use_case: str, output: Path | None = None) -> Planned:
    """Plan the experiment of a use case's newest run and write who goes into which group.

    Raises
    ------
    BadOption
        When the run flags nobody.
    NotFound
        When there is no run yet, or its list is gone.
    """
    product.use_case(use_case)
    record = newest(product.runs(use_case), use_case).record()
    of_texts = record.target.kind == "texts"
    today = product.use_case(use_case).options.get("reaction", READERS_ACT)
    planned = plan_texts(record, today) if of_texts else plan_experiment(record)
    acted_on = {"ranking": LISTS_FILE, "texts": TEXTS_FILE}.get(record.target.kind, "flagged.csv")
    flagged = product.outputs(use_case) / acted_on
    if not flagged.is_file():
        raise NotFound(say("experiment.no_list", path=str(flagged)), say("runs.run_again"))
    with flagged.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        id_column = next(rows)[0]
        groups = assign([row[0] for row in rows], planned.trial, record.seed)
    path = output or product.outputs(use_case) / "experiment.csv"
    write_assignment(path, id_column, groups)
    return Planned(planned, path, len(groups), of_texts)
