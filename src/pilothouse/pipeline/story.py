"""Tells a finished study: explanation, record, report, card.

It calls the rooms that know the words and the figures, and writes their files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pilothouse import __version__
from pilothouse.guards.personal import redact
from pilothouse.pipeline.begin import Begun
from pilothouse.pipeline.compose import (
    figures_of,
    leak_records,
    not_checked,
    plain,
    said,
    target_record,
)
from pilothouse.pipeline.exhibit import Exhibit
from pilothouse.pipeline.explaining import explain
from pilothouse.pipeline.findings import Findings
from pilothouse.pipeline.handover import Made
from pilothouse.pipeline.study import Studied
from pilothouse.product import write_text
from pilothouse.report.card import render_card
from pilothouse.report.page import render_report
from pilothouse.runs import record as kept
from pilothouse.runs.folder import RunFolder
from pilothouse.steps.collect import write_rejects
from pilothouse.steps.train.fitting import keep_columns
from pilothouse.types import Context, Role


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
        **_findings_before(story, folder),
        looks=story.studied.look,
        not_checked=[said(m) for m in given["not_checked"]],
        found=[said(m) for m in begun.scenario.found(story.made.servable)],
        **figures_of(story.findings, given),
    )
    content = plain(record.model_dump(mode="json"))
    folder.put_json("candidates.json", {"candidates": content["candidates"], "skipped": content["skipped"]})
    folder.put_json("run.json", content)
    _write_rejects(begun, folder)
    write_text(folder.path / "report.html", render_report(record, folder.path))
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


def _findings_before(story: Story, folder: RunFolder) -> dict[str, Any]:
    """What preparation, plan and explanation add."""
    begun = story.begun
    found = explain(begun, story.studied, story.exhibit, story.made, folder)
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
        "explanation": found.record,
        "notes": [said(m) for m in (*begun.collected.notes, *begun.prepared.notes, *found.notes)],
    }


def given_facts(story: Story) -> dict[str, Any]:
    """What the screen says that findings do not hold; see ``compose.screen_of``."""
    begun, split = story.begun, story.begun.prepared.split
    truth_kind = _target(story)
    of_rows = begun.scenario.rows_are_asked and begun.scenario.columns_are_clues
    texts = [c.name for c in begun.prepared.columns if c.role is Role.TEXT and of_rows]
    return {
        "target": begun.target,
        "kind": truth_kind.kind,
        "shown": story.exhibit.facts["shown"],
        "rule": story.studied.developed.entries[story.studied.frozen.baseline].candidate.label
        if truth_kind.kind == "ranking"
        else None,
        "positive": truth_kind.positive,
        "id_name": begun.prepared.id_name,
        "counted": begun.scenario.counted,
        "place": f"{begun.product.folder.name} {begun.name}",
        "rows": begun.collected.provenance.rows,
        "look": story.studied.look,
        "leaks": story.studied.leaks.leaks,
        "not_checked": not_checked(
            truth_kind.kind == "ranking",
            begun.prepared.has_time,
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
    rate = float(np.mean(questions.truth == 1)) if questions.kind == "binary" else None
    return target_record(story.begun.target, questions.kind, questions.classes, rate)


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
    if begun.scenario.rows_are_asked:  # a simple rule may not speak of a column that was taken out
        data = data.with_table(keep_columns(data.table, story.studied.frozen.columns))
    learn = data.take(story.studied.folds[0][0])
    found = []
    for name, entry in entries.items():
        sentence = None
        if entry.candidate.is_stand_in:
            context = Context(seed=begun.plan.seed, llm=begun.llm)
            model: Any = entry.candidate.build(entry.parameters).fit(learn, context)
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
                cut_short=getattr(entry.candidate, "cut_short", False),
            )
        )
    return found
