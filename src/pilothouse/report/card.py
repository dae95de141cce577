"""The model card: what the winner is for, how it was checked, where it fails.

``render_card`` writes ``card.md``, the reader's language first; the page shows the
same sections. A card repeats the record; it adds no claim.

References
----------
Mitchell et al. (2019), Model Cards for Model Reporting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pilothouse.guards.markup import markdown
from pilothouse.messages import Language, Message, say
from pilothouse.report.figures import hundred, number, percent, score, span
from pilothouse.report.terms import metric_label
from pilothouse.report.wording import group_name, in_language, name_in
from pilothouse.runs.record import RunRecord, Said

Line = Message | Said
_NAMED = 20


@dataclass(frozen=True)
class Section:
    """A heading and its lines."""

    title: Message
    lines: Sequence[Line]


def sections(record: RunRecord) -> list[Section]:
    """Say the card of a record, section by section."""
    parts = {
        "purpose": _purpose(record),
        "not_for": [say("report.card_not_cause"), say("report.card_not_other"), say("report.card_not_alone")],
        "data": _data(record),
        "checked": _checked(record),
        "results": _results(record),
        "groups": _groups(record),
        "limits": _limits(record),
        "decision": [record.verdict.headline, *record.verdict.reasons, record.verdict.would_change],
    }
    return [Section(say(f"report.card_{name}"), list(lines)) for name, lines in parts.items()]


def render_card(record: RunRecord) -> str:
    """Write the card as Markdown, both languages, the record's own language first."""
    other: Language = "en" if record.language == "zh" else "zh"
    return "\n---\n\n".join(_one_language(record, language) for language in (record.language, other))


def _one_language(record: RunRecord, language: Language) -> str:
    title = say("report.card_title", title=record.title)
    lines = [f"# {markdown(in_language(title, language))}", ""]
    for section in sections(record):
        lines += [f"## {markdown(in_language(section.title, language))}", ""]
        lines += [f"- {markdown(in_language(line, language))}" for line in section.lines]
        lines.append("")
    return "\n".join(lines)


def _purpose(record: RunRecord) -> Iterator[Line]:
    yield record.question
    yield say("report.card_target", target=record.target.name, scenario=record.scenario)
    winner = next((c for c in record.candidates if c.name == record.winner), None)
    if winner is not None:
        others = len(record.candidates) - 1
        yield say("report.card_winner", winner=winner.label, others=others)
    yield say(
        "report.card_run", run=record.run_id, date=record.started_at[:10], version=record.pilothouse_version
    )


def _data(record: RunRecord) -> Iterator[Line]:
    used = [c["name"] for c in record.columns if c.get("used")]
    yield say(
        "report.card_source", source=record.source, rows=number(record.rows, 9), hash=record.data_hash[:12]
    )
    yield say("report.card_columns", count=len(used), names=_named(used))
    for personal in record.personal:
        treatment = say(f"report.treatment_{personal.treatment}")
        kind = name_in("personal.kind", personal.kind)
        yield say("report.card_personal", column=personal.column, kind=kind, treatment=treatment)
    if not record.personal:
        yield say("report.personal_none")


def _named(names: list[str]) -> str:
    more = ", …" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _checked(record: RunRecord) -> Iterator[Line]:
    split = record.split
    yield say(
        f"report.split_{split.kind}",
        train=split.train,
        test=split.test,
        units=split.units,
        outcomes=split.outcomes,
    )
    yield say("report.card_shipped", rows=record.rows)
    yield say("report.card_looks", looks=record.looks, level=percent(record.interval_level))
    yield from split.notes


def _results(record: RunRecord) -> Iterator[Line]:
    metric, test = metric_label(record.metric["name"]), record.test
    yield say("report.card_score", metric=metric, score=score(test.score), span=span(test.interval))
    yield say("report.card_gain", metric=metric, gain=score(test.gain), span=span(test.gain_interval))
    flagged = record.flagged
    if flagged is not None:
        yield say(
            "report.card_flagged", right=hundred(flagged.winner.value), rule=hundred(flagged.baseline.value)
        )
    if record.calibration is not None:
        word = "yes" if record.calibration.calibrated else "no"
        points, limit = (number(x * 100, 2) for x in (record.calibration.ece, record.calibration.limit))
        yield say(f"report.calibrated_{word}", points=points, limit=limit)


def _groups(record: RunRecord) -> Iterator[Line]:
    worse = [s for s in record.slices if s.worse or s.loses]
    for s in worse:
        yield say(
            "report.card_group", group=group_name(record, s.column, s.group), score=score(s.score.value)
        )
    if not worse and record.slices:
        yield say("report.served_all", groups=len(record.slices))
    if not record.slices:
        yield say("report.served_unknown")


def _limits(record: RunRecord) -> Iterator[Line]:
    for leak in record.leaks:
        level = say(f"report.leak_{leak.level}")
        key = "report.card_noted" if leak.level == "noted" else "report.card_leak"
        yield say(key, level=level, column=leak.column, reason=leak.reason)
    yield from record.not_checked
    if record.value is not None and record.value.effect == "assumed":
        yield say("report.unknown_effect")
    if not record.leaks and record.leaks_sought:
        yield say("report.leaks_none")
