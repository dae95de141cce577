"""Why it answers as it does, on questions that the explained model has not seen.

Of rows: what drives the answer, a small tree that agrees with it, reasons for a few
rows. Of lists: what a few people would see, winner beside baseline. And what a scenario
shows of its own: panels, whose pictures become files of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pilothouse.messages import Message, say
from pilothouse.pipeline.begin import Begun
from pilothouse.pipeline.compose import figure, plain, said
from pilothouse.pipeline.exhibit import Exhibit
from pilothouse.pipeline.handover import Made, Rows
from pilothouse.pipeline.study import WINNER, Studied
from pilothouse.runs import record as kept
from pilothouse.runs.folder import PANELS, RunFolder
from pilothouse.scenario import Panel
from pilothouse.steps.decide.flag import pick
from pilothouse.steps.explain.drivers import Driver, Effort, drivers
from pilothouse.steps.explain.reasons import Asking, reasons, what_if
from pilothouse.steps.explain.surrogate import surrogate
from pilothouse.types import Table
from pilothouse.types.contest import Index

EXAMPLES = 3
TOLD = 12


@dataclass(frozen=True)
class Explained:
    """What the record keeps, and notes for the reader."""

    record: kept.ExplanationRecord
    notes: tuple[Message, ...] = ()


def explain(begun: Begun, studied: Studied, exhibit: Exhibit, made: Made, folder: RunFolder) -> Explained:
    """Explain the winner."""
    aside = np.flatnonzero(exhibit.kept_aside)
    answers = {name: exhibit.test[name].take(aside) for name in (WINNER, studied.frozen.baseline)}
    questions = begun.questions.take(aside)
    prepared = begun.prepared
    found = [
        *begun.scenario.panels(made.servable, questions, answers),
        *begun.scenario.lessons(prepared.data.take(prepared.split.train)),
    ]
    panels = [_panel(folder, number, panel) for number, panel in enumerate(found, 1)]
    if made.rows is not None:
        explained = _Asked(begun, exhibit, made.rows).explained(len(studied.frozen.columns))
        return replace(explained, record=explained.record.model_copy(update={"panels": panels}))
    cases = begun.scenario.showcase(made.servable, questions, answers)
    shown = [
        kept.CaseRecord(
            who=c.who,
            group=said(c.group),
            has=list(c.has),
            winner=[kept.ShownItem(item=i, reason=None if r is None else said(r)) for i, r in c.winner],
            baseline=list(c.baseline),
            took=list(c.took),
        )
        for c in cases
    ]
    return Explained(kept.ExplanationRecord(drivers=[], tree=None, examples=[], cases=shown, panels=panels))


def _panel(folder: RunFolder, number: int, panel: Panel) -> kept.PanelRecord:
    """Keep a panel: its words and chart in the record, its pictures as files."""
    pictures = []
    for place, picture in enumerate(panel.pictures, 1):
        name = f"{PANELS}/{number}-{place}.png"
        folder.put_bytes(name, picture.png)
        pictures.append(kept.PictureRecord(file=name, caption=_told(picture.caption)))
    return kept.PanelRecord(
        title=said(panel.title),
        told=said(panel.told),
        pictures=pictures,
        chart=None if panel.chart is None else _told(panel.chart),
        header=_told(panel.header),
        rows=_told(panel.rows),
        leads=panel.leads,
    )


def _told(value: Any) -> Any:
    """Keep every message in a nest of plain values with both texts."""
    if isinstance(value, Message):
        return said(value).model_dump()
    if isinstance(value, Mapping):
        return {str(k): _told(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_told(v) for v in value]
    return plain(value)


@dataclass(frozen=True)
class _Asked:
    """A scenario that asks rows."""

    begun: Begun
    exhibit: Exhibit = field(repr=False)
    made: Rows = field(repr=False)

    def explained(self, columns: int) -> Explained:
        found = self._drivers(columns)
        asking = Asking(self.made.tested, self.made.background, self.begun.questions.classes)
        record = kept.ExplanationRecord(
            drivers=[_driver(d) for d in found[:TOLD]], tree=self._tree(), examples=self._examples(asking)
        )
        names = [d.column for d in found if d.importance.interval.low <= 0]
        if not names:
            return Explained(record)
        return Explained(
            record, (say("pipeline.no_effect", columns=", ".join(names[:TOLD]), count=len(names)),)
        )

    @property
    def requests(self) -> Table:
        return self.begun.prepared.data.table.select(c.name for c in self.made.fitted.schema)

    @property
    def unseen(self) -> Index:
        split = self.begun.prepared.split
        return split.outer[0][1] if split.outer else split.test

    def _drivers(self, columns: int) -> tuple[Driver, ...]:
        """Every column by how much the score falls without its values."""
        begun = self.begun
        return drivers(
            self.made.tested,
            replace(begun.questions, requests=self.requests).take(self.unseen),
            begun.scenario.measure,
            seed=begun.plan.seed,
            effort=Effort(rows=1_500, repeats=3, top=columns),
        )

    def _tree(self) -> kept.TreeRecord | None:
        begun, tested = self.begun, self.made.tested
        requests = self.requests.take(self.unseen)
        figures = begun.scenario.figure(begun.questions, tested.predict(requests))
        if tested.target.kind == "binary":
            figures = figures >= tested.threshold
        classes = begun.questions.classes if tested.target.kind == "classes" else ()
        found = surrogate(requests, figures, classes, seed=begun.plan.seed)
        if found is None:
            return None
        return kept.TreeRecord(agreement=found.agreement, rules=[said(m) for m in found.rules])

    def _examples(self, asking: Asking) -> list[kept.RowReason]:
        """A few rows with the highest figures among those kept aside, under pseudonyms."""
        begun, honest = self.begun, self.made.honest
        aside = np.flatnonzero(self.exhibit.kept_aside)
        chosen = aside[pick(np.nan_to_num(honest[aside], nan=-np.inf), EXAMPLES, begun.plan.seed)]
        rows = self.requests.take(chosen)
        why = reasons(asking, rows)
        binary = len(begun.questions.classes) == 2
        return [
            kept.RowReason(
                row=str(begun.prepared.ids[row]),
                score=float(honest[row]),
                reasons=[said(m) for m in why[i]],
                what_if=[
                    said(m) for m in what_if(asking, rows.take(slice(i, i + 1)), self.made.fitted.threshold)
                ]
                if binary
                else [],
            )
            for i, row in enumerate(chosen)
        ]


def _driver(driver: Driver) -> kept.DriverRecord:
    return kept.DriverRecord(
        column=driver.column,
        importance=figure(driver.importance),
        direction=None if driver.direction is None else said(driver.direction),
        bends=[{"value": v, "answer": a} for v, a in driver.bends],
    )
