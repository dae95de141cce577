"""Tells a finished study: explanation, record, report, card.

It calls the rooms that know the words and the figures, and writes their files.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pilothouse import __version__
from pilothouse.guards.personal import redact
from pilothouse.messages import Message, say
from pilothouse.pipeline.begin import Begun
from pilothouse.pipeline.compose import (
    figure,
    figures_of,
    leak_records,
    not_checked,
    plain,
    said,
    target_record,
)
from pilothouse.pipeline.exhibit import Exhibit
from pilothouse.pipeline.findings import Findings
from pilothouse.pipeline.handover import Made
from pilothouse.pipeline.study import Studied
from pilothouse.product import write_text
from pilothouse.report.card import render_card
from pilothouse.report.page import render_report
from pilothouse.runs import record as kept
from pilothouse.runs.folder import RunFolder
from pilothouse.steps.collect import write_rejects
from pilothouse.steps.decide.flag import pick
from pilothouse.steps.explain.drivers import Driver, Effort, drivers
from pilothouse.steps.explain.reasons import Asking, reasons, what_if
from pilothouse.steps.explain.surrogate import surrogate
from pilothouse.steps.train.fitting import keep_columns
from pilothouse.types import Context, Role, Table
from pilothouse.types.contest import Index

EXAMPLES = 3
TOLD = 12


@dataclass(frozen=True)
class Story:
    """All that a run found and made."""

    begun: Begun
    studied: Studied
    findings: Findings
    exhibit: Exhibit = field(repr=False)
    made: Made = field(repr=False)
    seconds: dict[str, float]


def write_record(
    story: Story, folder: RunFolder, started_at: str, seconds: float, peak_mb: float
) -> kept.RunRecord:
    """Write ``run.json``, ``report.html``, ``card.md``, ``candidates.json`` and ``rejects.csv``."""
    begun = story.begun
    given = given_facts(story)
    record = kept.RunRecord(
        pilothouse_version=__version__,
        use_case=begun.name,
        title=begun.use.title or begun.target or begun.name,
        scenario=begun.use.scenario,
        run_id=folder.run_id,
        started_at=started_at,
        seconds=round(seconds, 1),
        peak_rss_mb=peak_mb,
        language=begun.language,
        source=begun.collected.provenance.source,
        rows=begun.collected.provenance.rows,
        rows_rejected=begun.collected.provenance.rows_rejected,
        rows_contest=min(begun.plan.contest_rows, begun.prepared.data.rows),
        columns=_columns(story),
        data_hash=begun.data_hash,
        plan_hash=begun.plan.plan_hash,
        frozen_hash=story.studied.frozen.digest,
        seed=begun.plan.seed,
        question=said(begun.scenario.asks(story.exhibit.questions)),
        target=_target(story),
        winner=story.studied.frozen.winner,
        candidates=_candidates(story),
        **_findings_before(story),
        looks=story.studied.look,
        not_checked=[said(m) for m in given["not_checked"]],
        **figures_of(story.findings, given),
    )
    content = plain(record.model_dump(mode="json"))
    folder.put_json("candidates.json", {"candidates": content["candidates"], "skipped": content["skipped"]})
    folder.put_json("run.json", content)
    _write_rejects(begun, folder)
    write_text(folder.path / "report.html", render_report(record))
    write_text(folder.path / "card.md", render_card(record))
    return record


def _write_rejects(begun: Begun, folder: RunFolder) -> None:
    """Line and reason in the run folder; the rows as they stood among the outputs."""
    rejects, private = begun.collected.rejects, bool(begun.prepared.personal)
    write_rejects(folder.path / "rejects.csv", rejects, redact, with_text=not private)
    if rejects:
        outputs = begun.product.outputs(begun.name)
        outputs.mkdir(parents=True, exist_ok=True)
        write_rejects(outputs / "rejects.csv", rejects, str)


def _findings_before(story: Story) -> dict[str, Any]:
    """What preparation, plan and explanation add."""
    begun, found = story.begun, _drivers(story)
    return {
        "leaks": leak_records(story.studied.leaks.leaks),
        "personal": [
            kept.PersonalRecord(
                column=p.column, kind=p.kind, treatment=p.treatment, share=p.share, reason=said(p.reason)
            )
            for p in begun.prepared.personal
        ],
        "skipped": [
            kept.SkippedRecord(
                candidate=d.name, label=said(d.label), reason=said(d.reason), install=d.install
            )
            for d in begun.plan.declined
        ],
        "explanation": _explanation(story, found),
        "notes": [said(m) for m in (*begun.collected.notes, *begun.prepared.notes, *_without_effect(found))],
    }


def given_facts(story: Story) -> dict[str, Any]:
    """What the screen says that findings do not hold; see ``compose.screen_of``."""
    begun, split = story.begun, story.begun.prepared.split
    truth_kind = _target(story)
    texts = [c.name for c in begun.prepared.columns if c.role is Role.TEXT]
    return {
        "target": begun.target,
        "kind": truth_kind.kind,
        "positive": truth_kind.positive,
        "id_name": begun.prepared.id_name,
        "place": f"{begun.product.folder.name} {begun.name}",
        "rows": begun.collected.provenance.rows,
        "look": story.studied.look,
        "leaks": story.studied.leaks.leaks,
        "not_checked": not_checked(
            bool(begun.prepared.rules.time),
            texts,
            any(p.treatment == "not_checked" and p.kind == "name" for p in begun.prepared.personal),
        ),
        "baseline": story.studied.frozen.baseline,
        "split": split.kind,
        "train": len(story.studied.train),
        "unit_name": split.unit_name,
        "units": len(np.unique(split.unit[story.exhibit.kept_aside])),
        "split_notes": split.notes,
    }


def _target(story: Story) -> kept.TargetRecord:
    questions = story.exhibit.questions
    kind = {0: "number", 2: "binary"}.get(len(questions.classes), "classes")
    rate = float(np.mean(questions.truth == 1)) if kind == "binary" else None
    return target_record(story.begun.target, kind, questions.classes, rate)


def _columns(story: Story) -> list[dict[str, Any]]:
    used = set(story.studied.frozen.columns)
    return [
        {
            "name": c.name,
            "kind": c.kind.value,
            "role": c.role.value,
            "used": c.name in used,
            "missing": round(c.missing, 6),
            "distinct": c.distinct,
            "personal": c.personal,
        }
        for c in story.begun.prepared.columns
    ]


def _candidates(story: Story) -> list[kept.CandidateRecord]:
    begun, entries = story.begun, story.studied.developed.entries
    data = begun.prepared.data
    # A simple rule may not speak of a column that was taken out.
    seen = data.with_table(keep_columns(data.table, story.studied.frozen.columns))
    learn = seen.take(story.studied.folds[0][0])
    found = []
    for name, entry in entries.items():
        sentence = None
        if entry.candidate.is_stand_in:
            model: Any = entry.candidate.build(entry.parameters).fit(learn, Context(seed=begun.plan.seed))
            sentence = said(model.sentence())
        found.append(
            kept.CandidateRecord(
                name=name,
                label=said(entry.candidate.label),
                sentence=sentence,
                is_stand_in=entry.candidate.is_stand_in,
                rank=entry.candidate.rank,
                parameters=plain(dict(entry.parameters)),
                seconds=round(story.seconds.get(name, 0.0), 2),
            )
        )
    return found


def _drivers(story: Story) -> tuple[Driver, ...]:
    """Every column by how much the score falls without its values; rows the model has not seen."""
    begun = story.begun
    effort = Effort(rows=1_500, repeats=3, top=len(story.studied.frozen.columns))
    ask = _unseen(story)
    return drivers(
        story.made.tested,
        replace(begun.questions, requests=_requests(story)).take(ask),
        begun.scenario.measure,
        seed=begun.plan.seed,
        effort=effort,
    )


def _unseen(story: Story) -> Index:
    split = story.begun.prepared.split
    return split.outer[0][1] if split.outer else split.test


def _without_effect(found: tuple[Driver, ...]) -> list[Message]:
    """Name the columns that add nothing measurable."""
    names = [d.column for d in found if d.importance.interval.low <= 0]
    if not names:
        return []
    shown = ", ".join(names[:TOLD])
    return [say("pipeline.no_effect", columns=shown, count=len(names))]


def _explanation(story: Story, found: tuple[Driver, ...]) -> kept.ExplanationRecord:
    asking = Asking(story.made.tested, story.made.background, story.begun.questions.classes)
    return kept.ExplanationRecord(
        drivers=[_driver(d) for d in found[:TOLD]],
        tree=_tree(story, _unseen(story)),
        examples=_examples(story, asking),
    )


def _driver(driver: Driver) -> kept.DriverRecord:
    return kept.DriverRecord(
        column=driver.column,
        importance=figure(driver.importance),
        direction=None if driver.direction is None else said(driver.direction),
        bends=[{"value": v, "answer": a} for v, a in driver.bends],
    )


def _tree(story: Story, ask: Any) -> kept.TreeRecord | None:
    begun, tested = story.begun, story.made.tested
    requests = _requests(story).take(ask)
    answers = tested.predict(requests)
    figures = begun.scenario.figure(begun.questions, answers)
    if tested.target.kind == "binary":
        figures = figures >= tested.threshold
    classes = begun.questions.classes if tested.target.kind == "classes" else ()
    found = surrogate(requests, figures, classes, seed=begun.plan.seed)
    if found is None:
        return None
    return kept.TreeRecord(agreement=found.agreement, rules=[said(m) for m in found.rules])


def _requests(story: Story) -> Table:
    return story.begun.prepared.data.table.select(c.name for c in story.made.fitted.schema)


def _examples(story: Story, asking: Asking) -> list[kept.RowReason]:
    """A few rows with the highest figures among those kept aside, under pseudonyms."""
    begun, aside = story.begun, np.flatnonzero(story.exhibit.kept_aside)
    figures = story.made.honest[aside]
    chosen = aside[pick(np.nan_to_num(figures, nan=-np.inf), EXAMPLES, begun.plan.seed)]
    rows = _requests(story).take(chosen)
    why = reasons(asking, rows)
    binary = len(begun.questions.classes) == 2
    return [
        kept.RowReason(
            row=str(begun.prepared.ids[row]),
            score=float(story.made.honest[row]),
            reasons=[said(m) for m in why[i]],
            what_if=[
                said(m) for m in what_if(asking, rows.take(slice(i, i + 1)), story.made.fitted.threshold)
            ]
            if binary
            else [],
        )
        for i, row in enumerate(chosen)
    ]
