"""The picture of one hundred: what the winner gets right beside what the best rule gets right.

For one outcome the hundred are those that are flagged; for classes and answers any hundred; for lists
a hundred people who are shown one; for a number there is no right or wrong, so two bars
show the typical miss.
"""

from __future__ import annotations

import math
from typing import Any

from pilothouse.report.figures import score, span
from pilothouse.report.wording import Words, tell
from pilothouse.runs.record import Figure, RunRecord
from pilothouse.steps.decide.phrases import outcome as outcome_words


def people(record: RunRecord) -> dict[str, Any] | None:
    """Describe the two hundreds, or None where nothing is right or wrong."""
    pair: tuple[Figure | None, Figure | None]
    if record.flagged is not None:
        pair = (record.flagged.winner, record.flagged.baseline)
        key = "flagged"
    elif record.target.kind == "classes":
        pair = (_figure(record, record.winner), _figure(record, record.baseline["name"]))
        key = "classes"
    elif record.target.kind == "ranking":
        pair = (
            _figure(record, record.winner, "hit_rate"),
            _figure(record, record.baseline["name"], "hit_rate"),
        )
        key = "lists"
    elif record.target.kind == "answers":
        pair = (
            _figure(record, record.winner, "handled"),
            _figure(record, record.baseline["name"], "handled"),
        )
        key = "answers"
    else:
        return None
    known = [f for f in pair if f is not None and f.value is not None and math.isfinite(f.value)]
    if len(known) < 2:
        return None
    sides = [_side(kind, figure, key) for kind, figure in zip(("winner", "rule"), known, strict=True)]
    positive = record.target.positive or ""
    outcome = outcome_words(record.target.name, positive)
    more = sides[0]["right"] - sides[1]["right"]
    lead = "more" if more > 0 else "same" if more == 0 else "fewer"
    return {
        "sides": sides,
        "lead": tell(
            f"report.picture_{key}_{lead}", more=abs(more), target=record.target.name, outcome=outcome
        ),
    }


def _side(kind: str, figure: Figure, key: str) -> dict[str, Any]:
    share = figure.value or 0.0
    range_ = span(figure, lambda x: f"{x * 100:.0f}")
    words = tell(f"report.side_{key}_{kind}")
    if range_:
        tail = tell("report.side_range", range=range_)
        words = Words(f"{words.en} {tail.en}", f"{words.zh}{tail.zh}")
    return {"kind": kind, "right": round(share * 100), "words": words}


def _figure(record: RunRecord, name: str, metric: str = "accuracy") -> Figure | None:
    """Find a figure on the rows kept aside where both sides have it, else out of fold."""
    for part in ("test", "out_of_fold"):
        figures = record.metrics.get(part, {})
        if all(metric in figures.get(n, {}) for n in (record.winner, record.baseline["name"])):
            return figures[name][metric]
    return None


def bars(record: RunRecord) -> dict[str, Any] | None:
    """Describe the typical miss of both sides for a number."""
    if record.target.kind != "number":
        return None
    named = (("winner", record.winner), ("rule", record.baseline["name"]))
    found = [(kind, _figure(record, name, "mae")) for kind, name in named]
    misses = [(kind, f, f.value) for kind, f in found if f is not None and f.value is not None]
    if len(misses) < 2:
        return None
    widest = max(value for _, _, value in misses) or 1.0
    sides = [
        {
            "kind": kind,
            "label": tell(f"report.side_miss_{kind}"),
            "figure": score(value),
            "range": f"({span(figure)})" if span(figure) else "",
            "width": round(100 * value / widest, 1),
        }
        for kind, figure, value in misses
    ]
    return {"sides": sides, "lead": tell("report.picture_miss_lead", target=record.target.name)}
