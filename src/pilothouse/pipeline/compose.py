"""Findings as ``run.json``: every figure with its range, every sentence in both languages.

It words nothing itself: sentences come from the rooms that know them.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from pilothouse.messages import Message, say
from pilothouse.pipeline.findings import Findings
from pilothouse.runs import record as kept
from pilothouse.steps.decide.facts import Facts, Goal, Kept
from pilothouse.steps.decide.phrases import subject
from pilothouse.steps.decide.screen import Screen, compose
from pilothouse.steps.evaluate.evidence import Evidence
from pilothouse.types import Estimate, Interval, Slice
from pilothouse.types.evidence import Leak

NAMED_SLICES = 12


def said(message: Message) -> kept.Said:
    """Keep a message with both texts."""
    return kept.Said.model_validate(plain(message.as_json()))


def figure(estimate: Estimate) -> kept.Figure:
    """Keep a figure and its range; what is not defined is None."""
    return kept.Figure(
        value=_finite(estimate.value),
        low=_finite(estimate.interval.low),
        high=_finite(estimate.interval.high),
    )


def plain(value: Any) -> Any:
    """Turn numpy numbers, tuples and infinities into what JSON can hold."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if hasattr(value, "item") and not isinstance(value, str):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def screen_of(findings: Findings, given: dict[str, Any]) -> Screen:
    """Write the first screen.

    Parameters
    ----------
    given
        What findings do not hold: target, kind, positive, id_name, place, rows, look,
        leaks, not_checked.
    """
    goal = Goal(given["target"], given["kind"], given["positive"], given["shown"], given["rule"])
    return compose(
        Facts(
            ruling=findings.ruling,
            goal=goal,
            kept=Kept(findings.rows_kept, findings.positives, findings.outcomes),
            plain=findings.plain,
            subject=given["counted"] or subject(None if given["id_name"] == "row" else given["id_name"]),
            place=given["place"],
            rows=given["rows"],
            look=given["look"],
            stakes=findings.stakes,
            leaks=tuple(given["leaks"]),
            not_checked=tuple(given["not_checked"]),
            trial=findings.trial,
            price=findings.price,
        )
    )


def figures_of(findings: Findings, given: dict[str, Any]) -> dict[str, Any]:
    """Fields of ``RunRecord`` that findings determine: what ``verify`` compares."""
    screen = screen_of(findings, given)
    return {
        **_contest_fields(findings, given),
        "slices": [_slice(s) for s in findings.slices[:NAMED_SLICES]],
        "learning_curve": _curve(findings),
        "calibration": _calibration(findings),
        "flagged": _flagged(findings),
        "value": _value(findings),
        "interval_level": findings.level,
        "verdict": kept.VerdictRecord(
            code=findings.ruling.code,
            headline=said(screen.headline),
            reasons=[said(m) for m in findings.ruling.reasons],
            next=said(screen.action.next),
            would_change=said(screen.action.would_change),
            command=screen.action.command,
            boss=said(screen.boss),
            rules=plain(findings.ruling.rules),
        ),
        "screen": [said(m) for m in screen.lines],
    }


def _contest_fields(findings: Findings, given: dict[str, Any]) -> dict[str, Any]:
    """Split, scores and gains."""
    test, oof, name = findings.test, findings.out_of_fold, given["baseline"]
    stands = test.metrics[name][test.primary]
    return {
        "split": kept.SplitRecord(
            kind=given["split"],
            train=given["train"],
            test=findings.rows_kept,
            unit=given["unit_name"],
            units=given["units"],
            outcomes=findings.outcomes,
            positives=findings.positives,
            notes=[said(m) for m in given["split_notes"]],
        ),
        "metric": {"name": test.primary, "higher_is_better": test.higher_is_better},
        "baseline": {
            "name": name,
            "score": _finite(stands.value),
            "interval": [_finite(stands.interval.low), _finite(stands.interval.high)],
        },
        "test": _gain(test),
        "out_of_fold": _gain(oof),
        "p_corrected": findings.p_corrected,
        "windows_won": list(findings.windows_won),
        "metrics": {
            part: {
                candidate: {metric: figure(e) for metric, e in metrics.items()}
                for candidate, metrics in evidence.metrics.items()
            }
            for part, evidence in (("out_of_fold", oof), ("test", test))
        },
        "fold_scores": plain(findings.fold_scores),
    }


def _slice(found: Slice) -> kept.SliceRecord:
    return kept.SliceRecord(
        column=found.column,
        group=found.group,
        rows=found.rows,
        score=figure(found.score),
        gain=figure(found.gain),
        worse=found.worse,
        loses=found.loses,
    )


def leak_records(leaks: tuple[Leak, ...]) -> list[kept.LeakRecord]:
    """Keep what the firewall found."""
    return [
        kept.LeakRecord(
            column=leak.column,
            level=leak.level,
            reason=said(leak.reason),
            score_with=_finite(leak.score_with),
            score_without=_finite(leak.score_without),
        )
        for leak in leaks
    ]


def not_checked(ranked: bool, has_time: bool, texts: list[str], names_unchecked: bool) -> list[Message]:
    """What the run could not look at, the gravest first."""
    found = [say("pipeline.not_shown")] if ranked else []
    if not has_time:
        found.append(say("pipeline.no_dates"))
    if texts:
        found.append(say("pipeline.no_texts", columns=", ".join(texts[:3])))
    if names_unchecked:
        found.append(say("pipeline.no_names"))
    return found


def _gain(evidence: Evidence) -> kept.GainRecord:
    shown, wide = evidence.gain.interval, evidence.gain_at(0.99)
    return kept.GainRecord(
        score=evidence.score.value,
        interval=figure(evidence.score),
        gain=evidence.gain.value,
        gain_interval=_range(evidence.gain.value, shown),
        gain_99=_range(evidence.gain.value, wide),
    )


def _range(value: float, span: Interval) -> kept.Figure:
    return figure(Estimate(value, span))


def _curve(findings: Findings) -> kept.CurveRecord | None:
    curve = findings.curve
    if curve is None:
        return None
    return kept.CurveRecord(
        status=curve.status,
        sizes=list(curve.sizes),
        scores=[list(line) for line in curve.scores],
        a=curve.a,
        b=curve.b,
        c=curve.c,
        at_double=None if curve.at_double is None else figure(curve.at_double),
        gain_at_double=None if curve.gain_at_double is None else figure(curve.gain_at_double),
        price=None if findings.price is None else said(findings.price),
    )


def _calibration(findings: Findings) -> kept.CalibrationRecord | None:
    found = findings.calibration
    if found is None:
        return None
    return kept.CalibrationRecord(
        ece=found.ece,
        limit=found.limit,
        calibrated=found.calibrated,
        slope=figure(found.slope),
        observed_expected=figure(found.observed_expected),
        bins=[dict(b) for b in found.bins],
    )


def _flagged(findings: Findings) -> kept.FlaggedRecord | None:
    found = findings.flagged
    if found is None:
        return None
    return kept.FlaggedRecord(
        share=found.share,
        count=found.count,
        threshold=_finite(found.threshold) or 0.0,
        winner=figure(found.winner),
        baseline=figure(found.baseline),
        extra=figure(found.extra),
        set_by=found.set_by,
    )


def _value(findings: Findings) -> kept.ValueRecord | None:
    stakes = findings.stakes
    if stakes is None:
        return None
    money, assumptions = stakes.money, stakes.assumptions
    return kept.ValueRecord(
        currency=assumptions.currency,
        per=assumptions.per,
        winner=figure(money.winner),
        baseline=figure(money.baseline),
        gain=figure(money.gain),
        assumptions=assumptions.as_json(),
        break_even=_finite(stakes.break_even),
        matters_most=money.matters_most,
        smallest_gain=money.smallest_gain,
        positive_over_range=money.positive_over_range,
        effect=assumptions.effect,
        rates={who: list(rate) for who, rate in money.rates.items()},
    )


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def target_record(
    name: str, kind: Any, classes: tuple[str, ...], base_rate: float | None
) -> kept.TargetRecord:
    """Keep what is predicted."""
    return kept.TargetRecord(
        name=name,
        kind=kind,
        classes=list(classes),
        positive=classes[1] if kind == "binary" else None,
        base_rate=base_rate,
    )


def frozen_plain(frozen: Any) -> dict[str, Any]:
    """Frozen choices as JSON."""
    return dict(plain(asdict(frozen)))
