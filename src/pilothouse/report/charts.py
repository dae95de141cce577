"""The charts of a run as Vega-Lite specifications, each with the table behind it.

One function a chart: the figures come from the record and stand in the
specification, so a chart needs no file and no network. Texts inside are messages;
``wording.in_language`` turns the whole specification into one language. Nothing here
draws.

References
----------
Satyanarayan et al. (2017), Vega-Lite: A Grammar of Interactive Graphics.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilothouse.messages import say
from pilothouse.report.figures import number, percent, score, span
from pilothouse.report.frame import PALETTE, Chart, frame, labels, standings, x_axis, x_range
from pilothouse.report.terms import metric_label
from pilothouse.report.wording import group_name
from pilothouse.runs.record import CurveRecord, DriverRecord, RunRecord

_Spec = dict[str, Any]


def contest(record: RunRecord) -> Chart | None:
    """Every candidate's score out of fold with its likely range."""
    metric = record.metric["name"]
    figures = record.metrics.get("out_of_fold", {})
    entries, rows = [], []
    for candidate in record.candidates:
        figure = figures.get(candidate.name, {}).get(metric)
        if figure is None or figure.value is None:
            continue
        standing = _standing(record, candidate.name)
        entries.append(
            {"label": candidate.label, "value": figure.value, "low": figure.low, "high": figure.high,
             "standing": standing}
        )  # fmt: skip
        rows.append((candidate.label, score(figure.value), span(figure)))
    if not entries:
        return None
    spec = {
        **frame(say("report.chart_contest", metric=metric_label(metric)), 26 * len(entries)),
        "data": {"values": entries},
        "encoding": {"y": labels(), "color": standings()["color"]},
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": x_range(metric_label(metric))},
            {
                "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1},
                "encoding": {"x": x_axis("value", metric_label(metric)), "shape": standings()["shape"]},
            },
        ],
    }
    header = (say("report.candidate"), metric_label(metric), say("report.likely_range"))
    return Chart("contest", spec, header, rows)


def folds(record: RunRecord) -> Chart | None:
    """Each candidate's score in each fold."""
    named = {c.name: c for c in record.candidates}
    entries, rows = [], []
    for name, scores in record.fold_scores.items():
        if name not in named or not scores:
            continue
        label, standing = named[name].label, _standing(record, name)
        entries += [{"label": label, "value": v, "standing": standing} for v in scores]
        rows.append((label, *(score(v) for v in scores)))
    if not entries:
        return None
    metric = metric_label(record.metric["name"])
    spec = {
        **frame(say("report.chart_folds"), 26 * len(rows)),
        "data": {"values": entries},
        "mark": {"type": "tick", "thickness": 3, "size": 14},
        "encoding": {"y": labels(), "x": x_axis("value", metric), "color": standings()["color"]},
    }
    widest = max(len(r) for r in rows) - 1
    header = (say("report.candidate"), *(say("report.fold_number", number=k + 1) for k in range(widest)))
    return Chart("folds", spec, header, [(*r, *[""] * (widest + 1 - len(r))) for r in rows])


def calibration(record: RunRecord) -> Chart | None:
    """What it said against what happened, ten groups of equal size."""
    if record.calibration is None or not record.calibration.bins:
        return None
    bins = record.calibration.bins
    share = {"format": ".0%", "tickCount": 5}
    spec = {
        **frame(say("report.chart_calibration"), 300),
        "layer": [
            {
                "data": {"values": [{"said": 0, "happened": 0}, {"said": 1, "happened": 1}]},
                "mark": {"type": "line", "color": PALETTE["muted"], "strokeDash": [4, 4], "strokeWidth": 1},
                "encoding": {"x": {"field": "said", "type": "quantitative"}, "y": _happened(share)},
            },
            {
                "data": {"values": bins},
                "mark": _dotted_line(),
                "encoding": {
                    "x": {"field": "said", "type": "quantitative", "axis": share,
                          "title": say("report.said"), "scale": {"domain": [0, 1]}},
                    "y": _happened(share),
                },
            },
        ],
    }  # fmt: skip
    header = (say("report.said"), say("report.happened"), say("report.rows"))
    rows = [(percent(b["said"]), percent(b["happened"]), number(b["rows"], 9)) for b in bins]
    return Chart("calibration", spec, header, rows)


def _happened(axis: _Spec) -> _Spec:
    return {
        "field": "happened",
        "type": "quantitative",
        "axis": axis,
        "title": say("report.happened"),
        "scale": {"domain": [0, 1]},
    }


def drivers(record: RunRecord) -> Chart | None:
    """How much the score falls when a column is shuffled."""
    if record.explanation is None or not record.explanation.drivers:
        return None
    entries = [
        {"label": d.column, "value": d.importance.value, "low": d.importance.low, "high": d.importance.high}
        for d in record.explanation.drivers
        if d.importance.value is not None
    ]
    fall = say("report.score_falls", metric=metric_label(record.metric["name"]))
    spec = {
        **frame(fall, 26 * len(entries)),
        "data": {"values": entries},
        "encoding": {"y": labels()},
        "layer": [
            {
                "mark": {"type": "bar", "color": PALETTE["accent"], "height": {"band": 0.5}},
                "encoding": {"x": {**x_axis("value", fall), "scale": {"zero": True}}},
            },
            {
                "mark": {"type": "rule", "color": PALETTE["ink"], "strokeWidth": 1.5},
                "encoding": x_range(fall, zero=True),
            },
        ],
    }
    rows = [
        (d.column, score(d.importance.value), span(d.importance), d.direction or "")
        for d in record.explanation.drivers
    ]
    header = (say("report.column"), fall, say("report.likely_range"), say("report.direction"))
    return Chart("drivers", spec, header, rows)


def bend(driver: DriverRecord, position: int, *, is_share: bool) -> Chart | None:
    """Mean answer along the values, or for each group, of one column."""
    points = [point for b in driver.bends if (point := _point(b)) is not None]
    if len(points) < 2:
        return None
    is_line = all(isinstance(key, int | float) for key, _ in points)
    entries = [{"key": key if is_line else str(key), "answer": answer} for key, answer in points]
    y = {
        "field": "answer",
        "type": "quantitative",
        "title": say("report.mean_answer"),
        "axis": {"tickCount": 4, **({"format": ".0%"} if is_share else {})},
    }
    if is_line:
        mark: _Spec = {
            "type": "line",
            "color": PALETTE["accent"],
            "point": {"color": PALETTE["accent"], "opacity": 1},
        }
        encoding = {"x": {**x_axis("key", driver.column)}, "y": y}
    else:
        mark = {"type": "bar", "color": PALETTE["accent"], "height": {"band": 0.5}}
        encoding = {
            "y": {"field": "key", "type": "nominal", "sort": None, "title": None},
            "x": {**y, "scale": {"zero": True}},
        }
    spec = {
        **frame(say("report.chart_bend", column=driver.column), 170 if is_line else 26 * len(entries)),
        "data": {"values": entries},
        "mark": mark,
        "encoding": encoding,
    }
    header = (driver.column, say("report.mean_answer"))
    write = percent if is_share else score
    rows = [(number(key) if is_line else str(key), write(answer)) for key, answer in points]
    return Chart(f"bend-{position}", spec, header, rows)


def _point(bend_point: Mapping[str, Any]) -> tuple[Any, float] | None:
    """Read one point: a value or the name of a group, and the mean answer there."""
    place = bend_point.get("value", bend_point.get("group"))
    answers = [v for name, v in bend_point.items() if name not in ("value", "group") and v is not None]
    return None if place is None or not answers else (place, float(answers[0]))


def learning(record: RunRecord) -> Chart | None:
    """Score against rows learnt from, the fitted curve, and its reach at twice the rows."""
    curve = record.learning_curve
    if curve is None or not curve.sizes:
        return None
    metric = metric_label(record.metric["name"])
    means = [sum(scores) / len(scores) for scores in curve.scores]
    x = {
        "field": "rows",
        "type": "quantitative",
        "scale": {"type": "log", "nice": False, "padding": 14},
        "axis": {"values": [*curve.sizes, *([2 * curve.sizes[-1]] if curve.at_double else [])],
                 "format": ",d", "labelOverlap": True, "grid": False},
        "title": say("report.rows_learnt_from"),
    }  # fmt: skip
    y = {
        "field": "score",
        "type": "quantitative",
        "scale": {"zero": False},
        "title": metric,
        "axis": {"tickCount": 5},
    }
    tries = [
        {"rows": n, "score": s} for n, scores in zip(curve.sizes, curve.scores, strict=True) for s in scores
    ]
    mean_points = [{"rows": n, "score": m} for n, m in zip(curve.sizes, means, strict=True)]
    base = [{"score": record.baseline["score"]}] if record.baseline.get("score") is not None else []
    layers: list[_Spec] = [
        _layer(
            base, {"type": "rule", "color": PALETTE["rule"], "strokeDash": [5, 4], "strokeWidth": 1.5}, y=y
        ),
        _layer(
            tries,
            {"type": "tick", "orient": "horizontal", "color": PALETTE["muted"], "thickness": 1.5, "size": 12},
            x=x,
            y=y,
        ),
        _layer(
            mean_points,
            {"type": "point", "filled": True, "color": PALETTE["accent"], "size": 70, "opacity": 1},
            x=x,
            y=y,
        ),
        *_reach(curve, x, y),
    ]
    spec = {**frame(say("report.chart_learning"), 260), "layer": layers}
    rows = [(number(n, 9), score(m)) for n, m in zip(curve.sizes, means, strict=True)]
    if curve.at_double is not None:
        double = f"{score(curve.at_double.value)} ({span(curve.at_double)})"
        rows.append((number(2 * curve.sizes[-1], 9), double))
    return Chart("learning", spec, (say("report.rows_learnt_from"), metric), rows)


def _reach(curve: CurveRecord, x: _Spec, y: _Spec) -> list[_Spec]:
    """Draw the fitted curve, dashed where nothing has been seen, and the range at twice the rows."""
    a, b, c, double = curve.a, curve.b, curve.c, curve.at_double
    if a is None or b is None or c is None or double is None:
        return []
    first, last = curve.sizes[0], curve.sizes[-1]
    seen = [first * (last / first) ** (k / 30) for k in range(31)]
    beyond = [last * 2 ** (k / 6) for k in range(7)]
    fitted, reached = ([{"rows": n, "score": a - b * n**-c} for n in sizes] for sizes in (seen, beyond))
    at = [{"rows": 2 * last, "score": double.value, "low": double.low, "high": double.high}]
    low = {**y, "field": "low"}
    return [
        _layer(fitted, {"type": "line", "color": PALETTE["accent"], "strokeWidth": 1.5}, x=x, y=y),
        _layer(
            reached,
            {"type": "line", "color": PALETTE["accent"], "strokeDash": [4, 4], "strokeWidth": 1.5},
            x=x,
            y=y,
        ),
        _layer(
            at,
            {"type": "rule", "color": PALETTE["accent"], "strokeWidth": 2},
            x=x,
            y=low,
            y2={"field": "high"},
        ),
        _layer(at, {"type": "point", "color": PALETTE["accent"], "size": 70, "opacity": 1}, x=x, y=y),
    ]


def _layer(values: list[_Spec], mark: _Spec, **encoding: Any) -> _Spec:
    return {"data": {"values": values}, "mark": mark, "encoding": encoding}


def groups(record: RunRecord) -> Chart | None:
    """Gain over the simple rule in each group, with its likely range."""
    entries = [
        {
            "label": group_name(record, s.column, s.group),
            "value": s.gain.value,
            "low": s.gain.low,
            "high": s.gain.high,
            "standing": "baseline" if s.loses or s.worse else "other",
        }
        for s in record.slices
    ]
    if not entries:
        return None
    gain = say("report.gain_over_rule", metric=metric_label(record.metric["name"]))
    spec = {
        **frame(gain, 26 * len(entries)),
        "data": {"values": entries},
        "encoding": {"y": labels(), "color": standings()["color"]},
        "layer": [
            {
                "mark": {"type": "rule", "color": PALETTE["muted"], "strokeDash": [4, 4]},
                "encoding": {"x": {"datum": 0}, "y": None},
            },
            {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": x_range(gain)},
            {
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {"x": x_axis("value", gain), "shape": standings()["shape"]},
            },
        ],
    }
    rows = [
        (
            group_name(record, s.column, s.group),
            number(s.rows, 9),
            score(s.score.value),
            score(s.gain.value),
            span(s.gain),
        )
        for s in record.slices
    ]
    metric = metric_label(record.metric["name"])
    header = (say("report.group"), say("report.rows"), metric, gain, say("report.likely_range"))
    return Chart("groups", spec, header, rows)


def _dotted_line() -> _Spec:
    return {"type": "line", "color": PALETTE["accent"], "point": {"color": PALETTE["accent"], "opacity": 1}}


def _standing(record: RunRecord, name: str) -> str:
    if name == record.winner:
        return "winner"
    return "baseline" if name == record.baseline["name"] else "other"
