"""A run record as one HTML page: verdict first, both languages, offline.

The page is one file that asks the network for nothing: styles, scripts and figures
stand inside it, and its own policy forbids the rest (``default-src 'none'``, scripts
and styles by hash, no ``eval``: Vega runs on its expression interpreter). Figures
come from the record alone; nothing is computed here but their arrangement.

References
----------
Vega, "Content Security Policy": ``vega-interpreter`` in place of generated code.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from markupsafe import Markup

from pilothouse.guards.markup import both, inline, json_island, plain, templates
from pilothouse.messages import LANGUAGES
from pilothouse.report import charts, figures
from pilothouse.report.card import sections
from pilothouse.report.frame import CONFIG, Chart
from pilothouse.report.money import assumed, ledger, per
from pilothouse.report.panels import panels
from pilothouse.report.picture import bars, people
from pilothouse.report.terms import glossary, metric_label, metrics_of
from pilothouse.report.wording import Words, column_name, group_name, in_language, name_in, tell
from pilothouse.runs.record import RunRecord
from pilothouse.steps.deploy.asking import LISTS_FILE

_SCRIPTS = ("vega.min.js", "vega-lite.min.js", "vega-interpreter.js", "report.js")
_NAMED = 3
_ARIA = ("table", "evidence")


def render_report(record: RunRecord, folder: Path | None = None) -> str:
    """Render the page of one run.

    Parameters
    ----------
    record
        What the run proved.
    folder
        The run's folder, where the pictures lie; without it the page has none.

    Returns
    -------
    str
        A whole HTML document, about 0.9 MB, most of it the vendored chart library.
    """
    shown = panels(record, folder)
    drawn = {**_charts(record), "panels": [p.chart for p in shown if p.chart is not None]}
    money = ledger(record)
    style, style_hash = inline("style", _static("report.css"))
    scripts, hashes = zip(*(inline("script", _static(name)) for name in _SCRIPTS), strict=True)
    island = {
        "charts": {
            c.name: {code: _clean(in_language(c.spec, code)) for code in LANGUAGES} for c in _flat(drawn)
        },
        "config": CONFIG,
        "money": None if money is None else money.data,
        "aria": {name: tell(f"report.aria_{name}")._asdict() for name in _ARIA},
    }
    return (
        templates("pilothouse.report")
        .get_template("page.html")
        .render(
            **_facts(record),
            **_writers(record),
            charts=drawn,
            panels=shown,
            money=money,
            policy=_policy(hashes, style_hash, any(p.pictures for p in shown)),
            style=style,
            scripts=scripts,
            island=json_island(island),
        )
    )


@functools.cache
def _static(name: str) -> str:
    return (resources.files("pilothouse.report") / "static" / name).read_text(encoding="utf-8")


def _policy(script_hashes: tuple[str, ...], style_hash: str, pictured: bool) -> str:
    pictures = " img-src data:;" if pictured else ""
    return (
        f"default-src 'none'; script-src {' '.join(script_hashes)}; style-src {style_hash};{pictures}"
        " base-uri 'none'; form-action 'none'"
    )


def _charts(record: RunRecord) -> dict[str, Any]:
    explained = record.explanation.drivers if record.explanation else []
    is_share = record.target.kind != "number"
    bends = [
        c for k, d in enumerate(explained[:4]) if (c := charts.bend(d, k, is_share=is_share)) is not None
    ]
    return {
        "contest": charts.contest(record),
        "folds": charts.folds(record),
        "calibration": charts.calibration(record),
        "drivers": charts.drivers(record),
        "learning": charts.learning(record),
        "groups": charts.groups(record),
        "bends": bends,
    }


def _flat(drawn: Mapping[str, Any]) -> list[Chart]:
    single = [c for c in drawn.values() if isinstance(c, Chart)]
    return [*single, *drawn["bends"], *drawn["panels"]]


def _clean(spec: Any) -> Any:
    """Take control and direction characters out of every text that is drawn."""
    if isinstance(spec, str):
        return plain(spec)
    if isinstance(spec, Mapping):
        return {k: _clean(v) for k, v in spec.items()}
    return [_clean(v) for v in spec] if isinstance(spec, list) else spec


def _facts(record: RunRecord) -> dict[str, Any]:
    """Arrange what the templates walk through."""
    badge, headline = _headline(record)
    acts = record.flagged is not None and record.verdict.code in ("go", "pilot")
    worse = sorted((s for s in record.slices if s.worse or s.loses), key=lambda s: not s.loses)
    return {
        "record": record,
        "badge": badge,
        "headline": headline,
        "terms": glossary(record),
        "labels": {c.name: c.label for c in record.candidates} | {"winner": tell("report.the_winner")},
        "parts": _parts(record),
        "contents": _contents(record),
        "picture": people(record),
        "bars": bars(record),
        "worse": worse[:_NAMED],
        "more_worse": len(worse[_NAMED:]),
        "more_data": _more_data(record),
        "directions": [d for d in (record.explanation.drivers if record.explanation else []) if d.direction],
        "lists_file": f"outputs/{record.use_case}/{LISTS_FILE}",
        "flagged_file": f"outputs/{record.use_case}/flagged.csv" if acts else None,
        "per": "" if record.value is None else per(record.value),
        "assumed": [] if record.value is None else assumed(record.value),
        "card": sections(record),
    }


def _headline(record: RunRecord) -> tuple[Words, Words]:
    """Part the verdict's word from its sentence; the screen puts two blanks between them."""
    said, word = record.verdict.headline, tell(f"report.verdict_{record.verdict.code}")
    en, zh = said.en.partition("  "), said.zh.partition("  ")
    if not (en[2] and zh[2]):
        return word, Words(said.en, said.zh)
    return Words(en[0], zh[0]), Words(en[2].strip(), zh[2].strip())


def _parts(record: RunRecord) -> list[dict[str, Any]]:
    """Lay out the contest's tables: kept aside first, then out of fold."""
    rows = {"test": record.split.test, "out_of_fold": record.split.train}
    words = {"test": "kept_aside", "out_of_fold": "out_of_fold"}
    order = [c.name for c in record.candidates]
    return [
        {
            "term": words[part],
            "rows": rows[part],
            "metrics": metrics_of(record),
            "candidates": sorted(figures, key=lambda n: order.index(n) if n in order else len(order)),
            "figures": figures,
        }
        for part in ("test", "out_of_fold")
        if (figures := record.metrics.get(part))
    ]


def _contents(record: RunRecord) -> list[str]:
    told = record.explanation
    there = {
        "contest": True,
        "calibration": record.calibration is not None,
        "panels": told is not None and bool(told.panels),
        "drivers": told is not None and bool(told.drivers),
        "tree": told is not None and told.tree is not None,
        "rows": told is not None and bool(told.examples),
        "groups": bool(record.slices),
    }
    always = ("folds", "personal", "columns", "skipped", "verdict-rules", "repeat", "card", "words")
    return [name for name, is_there in there.items() if is_there] + list(always)


def _more_data(record: RunRecord) -> Words | None:
    curve = record.learning_curve
    if curve is None:
        return None
    if curve.status == "cannot_tell" or curve.at_double is None or curve.at_double.value is None:
        return tell("report.more_data_cannot_tell")
    now = sum(curve.scores[-1]) / len(curve.scores[-1])
    change = curve.at_double.value - now
    return tell(
        "report.more_data_at_double",
        metric=metric_label(record.metric["name"]),
        now=figures.score(now),
        rows=figures.number(2 * curve.sizes[-1], 9),
        then=figures.score(curve.at_double.value),
        span=figures.span(curve.at_double),
        change=_signed(change),
    )


def _writers(record: RunRecord) -> dict[str, Callable[..., Any]]:
    """Give the templates their pens: each returns text, or markup of both languages."""
    currency = record.value.currency if record.value else ""
    return {
        "w": _words,
        "t": lambda key, **values: both(*tell(f"report.{key}", **values)),
        "aria": lambda key: getattr(tell(f"report.aria_{key}"), record.language),
        "name_of": lambda family, name: both(*name_in(family, name)),
        "metric_label": metric_label,
        "score": figures.score,
        "chance": figures.chance,
        "number": figures.number,
        "percent": figures.percent,
        "hundred": figures.hundred,
        "span": figures.span,
        "signed": _signed,
        "cash": lambda amount: figures.money(amount, currency),
        "parameters": lambda p: ", ".join(f"{k} = {_rule_value(v)}" for k, v in p.items()),
        "rule_value": lambda name, value: _words(_rule_words(name, value)),
        "group_name": lambda s: group_name(record, s.column, s.group),
        "column_name": lambda name: column_name(record, name),
    }


def _words(value: object) -> Markup:
    return both(str(in_language(value, "en")), str(in_language(value, "zh")))


def _rule_words(name: str, value: object) -> Words:
    """Say a value of the rules: its codes in words, conditions with what came of each."""
    if name == "go" and isinstance(value, Mapping):
        held = [(name_in("report.condition", k), _rule_value(v)) for k, v in value.items()]
        return Words(", ".join(f"{k.en} {v}" for k, v in held), "，".join(f"{k.zh} {v}" for k, v in held))
    families = {"effect": "report.effect", "code": "report.verdict"}
    text = _rule_value(value)
    return name_in(families[name], text) if name in families else Words(text, text)


def _signed(value: float) -> str:
    text = figures.score(value)
    return text if value <= 0 or text == "0.000" else f"+{text}"


def _rule_value(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "✓", False: "✗", None: "–"}[value]
    if isinstance(value, float):
        return figures.number(value, 4)
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {_rule_value(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        if not value:
            return "–"
        return ", ".join(itertools.islice(map(_rule_value, value), 20))
    return str(value)
