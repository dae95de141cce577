"""Every term of the evidence, told in one sentence with the record's own numbers.

The words are in ``catalogues/terms.toml``; this module only finds the numbers. A
term whose numbers the record does not have is left out, so no sentence has a gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pilothouse.messages import Message, say
from pilothouse.report.figures import chance, hundred, number, percent, score
from pilothouse.report.wording import Words, in_language, tell
from pilothouse.runs.record import RunRecord
from pilothouse.steps.decide.phrases import outcome as outcome_words


class Term(NamedTuple):
    """A word, and what it means here."""

    name: str
    label: Words
    text: Words


def glossary(record: RunRecord) -> dict[str, Term]:
    """Explain every term that the page uses, in reading order, by name."""
    told = [*_of_metrics(record), *_of_method(record), *_of_findings(record)]
    return {
        name: Term(name, tell(f"terms.{name}"), _pair(message))
        for name, message in told
        if message is not None
    }


def metric_label(name: str) -> Words:
    """Name a metric for the reader; one without an entry in the catalogue keeps its own name."""
    try:
        return tell(f"terms.{name}")
    except KeyError:
        return Words(name, name)


def _pair(message: Message) -> Words:
    return Words(in_language(message, "en"), in_language(message, "zh"))


def metrics_of(record: RunRecord) -> list[str]:
    """List the metrics of the record, the one that decides first."""
    names = {m: None for part in record.metrics.values() for figures in part.values() for m in figures}
    return sorted(names, key=lambda name: name != record.metric["name"])


def _of_metrics(record: RunRecord) -> Iterator[tuple[str, Message | None]]:
    for name in metrics_of(record):
        value = _winner_value(record, name)
        yield name, None if value is None else _metric(record, name, value)


def _winner_value(record: RunRecord, metric: str) -> float | None:
    for part in ("test", "out_of_fold"):
        figure = record.metrics.get(part, {}).get(record.winner, {}).get(metric)
        if figure is not None and figure.value is not None:
            return figure.value
    return None


def _metric(record: RunRecord, name: str, value: float) -> Message | None:
    target = record.target
    base = target.base_rate
    outcome = outcome_words(target.name, target.positive or "")
    values: dict[str, Any] = {
        "value": score(value),
        "hundred": hundred(value),
        "points": number(value * 100, 2),
        "share": percent(value),
        "target": target.name,
        "outcome": outcome,
        "base": score(base),
    }
    if name == "brier":
        if base is None:
            return None
        values |= {"share": percent(base), "base": score(base * (1 - base))}
    kind = "_list" if target.kind == "ranking" else ""
    try:
        message = say(f"terms.{name}{kind}_tip", **values)
        message.text("en")
    except KeyError:  # a metric of a plug-in: shown by its own name
        return None
    return message


def _of_method(record: RunRecord) -> Iterator[tuple[str, Message | None]]:
    split, test = record.split, record.test
    nested = "_nested" if split.kind == "nested" else ""
    yield "kept_aside", say(f"terms.kept_aside{nested}_tip", rows=number(split.test, 9))
    rule = next((c for c in record.candidates if c.name == record.baseline["name"]), None)
    if rule is not None:
        sentence = rule.sentence or rule.label
        yield (
            "simple_rule",
            say(
                "terms.simple_rule_tip",
                sentence=sentence,
                gain=score(test.gain),
                score=score(record.baseline.get("score")),
            ),
        )
    yield (
        "likely_range",
        say(
            "terms.likely_range_tip",
            score=score(test.score),
            low=score(test.interval.low),
            high=score(test.interval.high),
        ),
    )
    folds = max((len(scores) for scores in record.fold_scores.values()), default=0)
    yield "fold", say("terms.fold_tip", folds=folds) if folds else None
    yield "out_of_fold", say("terms.out_of_fold_tip", rows=number(split.train, 9))
    yield (
        "p_corrected",
        say(
            "terms.p_corrected_tip",
            value=chance(record.p_corrected),
            share=percent(max(record.p_corrected, 0.001)),
        ),
    )
    yield "look", say("terms.look_tip", looks=record.looks, level=percent(record.interval_level))


def _of_findings(record: RunRecord) -> Iterator[tuple[str, Message | None]]:
    if record.calibration is not None:
        points, limit = record.calibration.ece * 100, record.calibration.limit * 100
        yield "calibrated", say("terms.calibrated_tip", points=number(points, 2), limit=number(limit, 2))
    explanation = record.explanation
    if explanation is not None and explanation.drivers:
        first = explanation.drivers[0]
        yield (
            "importance",
            say("terms.importance_tip", column=first.column, value=score(first.importance.value)),
        )
    if explanation is not None and explanation.tree is not None:
        yield "surrogate", say("terms.surrogate_tip", hundred=hundred(explanation.tree.agreement))
    if record.value is not None and record.value.break_even is not None:
        yield "break_even", say("terms.break_even_tip", share=percent(record.value.break_even))
