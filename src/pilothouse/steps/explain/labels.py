"""What a report shows of labels: what is taken for what, label by label, when it says nothing.

The words name what is labelled (``what``: pictures, texts); mistakes themselves are shown
by the scenario, for a picture and a text are shown in different ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pilothouse.messages import Message, say
from pilothouse.steps.evaluate.abstaining import LEAST_ANSWERED
from pilothouse.types import Answers, Questions
from pilothouse.types.contest import Array
from pilothouse.types.panels import Panel

Header = tuple[Message | str, ...]
Rows = tuple[tuple[Message | str, ...], ...]

MOST_LABELS = 20
_STEPS = 20
_Z = 1.645


def confusion(questions: Questions, answers: Answers) -> tuple[dict[str, Any], Header, Rows]:
    """Count what is told, across, against what it is, down: a chart, and its table's header and rows.

    Of many labels the 20 with the most mistakes are shown.
    """
    truth, told, classes = (
        np.asarray(questions.truth),
        answers["probability"].argmax(axis=1),
        questions.classes,
    )
    counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(counts, (truth, told), 1)
    wrong = counts.sum(axis=1) + counts.sum(axis=0) - 2 * counts.diagonal()
    named = np.sort(np.argsort(-wrong, kind="stable")[:MOST_LABELS])
    rows = tuple((classes[i], *(str(counts[i, j]) for j in named)) for i in named)
    header = (say("labels.really_and_told"), *(classes[i] for i in named))
    return _matrix(counts, named, classes), header, rows


def surest_mistakes(questions: Questions, answers: Answers, most: int) -> Array:
    """Return the rows told wrong, those that it was surest of first."""
    said = answers["probability"]
    wrong = np.flatnonzero(said.argmax(axis=1) != np.asarray(questions.truth))
    return wrong[np.argsort(-said.max(axis=1)[wrong], kind="stable")][:most]


def _matrix(counts: Array, named: Array, classes: tuple[str, ...]) -> dict[str, Any]:
    """Draw counts of what it is, down, against what was told, across."""
    cells = [
        {
            "truth": classes[i],
            "said": classes[j],
            "count": int(counts[i, j]),
            "share": float(counts[i, j] / max(1, counts[i].sum())),
        }
        for i in named
        for j in named
    ]
    order = [classes[i] for i in named]
    y = {"field": "truth", "type": "nominal", "sort": order, "title": say("labels.really")}
    flat = {} if max(map(len, order)) > 3 else {"axis": {"labelAngle": 0}}
    x = {"field": "said", "type": "nominal", "sort": order, "title": say("labels.told"), **flat}
    ink = {"condition": {"test": "datum.share > 0.5", "value": "@paper"}, "value": "@ink"}
    shade = {"field": "share", "type": "quantitative", "scale": {"domain": [0, 1], "range": [0.02, 1]}}
    return {
        "height": 28 * len(named) + 60,
        "data": {"values": cells},
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "mark": {"type": "rect", "color": "@accent"},
                "encoding": {"opacity": {**shade, "legend": None}},
            },
            {
                "transform": [{"filter": "datum.count > 0"}],
                "mark": {"type": "text", "fontSize": 11},
                "encoding": {"text": {"field": "count", "type": "quantitative"}, "color": ink},
            },
        ],
    }


def labels_panel(questions: Questions, answers: Answers, what: Message) -> Panel:
    """Precision and recall of each label, with likely ranges."""
    truth, told = np.asarray(questions.truth), answers["probability"].argmax(axis=1)
    rows: list[tuple[Message | str, ...]] = []
    for number, label in enumerate(questions.classes):
        is_told, is_so = told == number, truth == number
        both = int((is_told & is_so).sum())
        rows.append(
            (label, str(int(is_so.sum())), _share(both, int(is_told.sum())), _share(both, int(is_so.sum())))
        )
    header = (
        say("labels.label"),
        say("labels.asked", what=what),
        say("terms.precision"),
        say("terms.recall"),
    )
    return Panel(
        say("labels.panel_labels"),
        say("labels.panel_labels_told", what=what),
        header=header,
        rows=tuple(rows),
    )


def _share(part: int, whole: int) -> str:
    """Write a share with its 90 % range after Wilson (1927)."""
    if not whole:
        return "–"
    share, z = part / whole, _Z**2 / whole
    middle = (share + z / 2) / (1 + z)
    half = np.sqrt(share * (1 - share) * z + z**2 / 4) / (1 + z)
    return f"{100 * share:.1f}% ({100 * (middle - half):.0f}–{100 * (middle + half):.0f})"


def abstaining_panel(right: Array, sure: Array, confidence: float, what: Message) -> Panel:
    """Show how many questions are answered and how right, here and at other confidences."""
    told = sure >= confidence
    points = list(_points(right, sure))
    chosen = {"answered": float(told.mean()), "right": float(right[told].mean()) if told.any() else None}
    share = {"type": "quantitative", "axis": {"format": ".0%", "tickCount": 5}, "scale": {"zero": False}}
    x = {"field": "answered", "title": say("labels.answered"), **share}
    y = {"field": "right", "title": say("labels.right"), **share}
    chart: dict[str, Any] = {
        "layer": [
            {
                "data": {"values": points},
                "mark": {"type": "line", "color": "@accent"},
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": [chosen]},
                "mark": {"type": "point", "filled": True, "size": 110, "color": "@accent", "opacity": 1},
                "encoding": {"x": x, "y": y},
            },
        ]
    }
    rows: list[tuple[Message | str, ...]] = [
        (_percent(p["confidence"]), _percent(p["answered"]), _percent(p["right"])) for p in points
    ]
    return Panel(
        say("labels.panel_abstains"),
        say(
            "labels.panel_abstains_told" if confidence > 0 else "labels.panel_answers_all",
            confidence=_percent(confidence),
            left=f"{100 * (1 - told.mean()):.1f}",
            right=_percent(chosen["right"]),
            all=_percent(float(right.mean())),
            what=what,
        ),
        chart=chart,
        header=(say("labels.confidence"), say("labels.answered"), say("labels.right")),
        rows=tuple(rows),
    )


def _points(right: Array, sure: Array) -> Iterator[dict[str, float]]:
    """From all questions to the surest half."""
    for share in np.linspace(0.0, 1.0 - LEAST_ANSWERED, _STEPS + 1):
        confidence = float(np.quantile(sure, share))
        told = sure >= confidence
        yield {
            "confidence": confidence,
            "answered": float(told.mean()),
            "right": float(right[told].mean()),
        }


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}%"
