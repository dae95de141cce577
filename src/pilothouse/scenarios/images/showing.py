"""The panels of ``images``: what is mistaken for what, label by label, how it learnt, where it looks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pilothouse.guards.pictures import as_png
from pilothouse.messages import Message, say
from pilothouse.models.pictures.frame import pictures_of
from pilothouse.models.training import Trained
from pilothouse.scenario import Panel, Picture
from pilothouse.scenarios.images.looking import looked_at, overlaid
from pilothouse.types import Answers, Context, Questions, Table
from pilothouse.types.contest import Array

MOST_LABELS, MISTAKES, LOOKS = 20, 12, 6
_Z = 1.645


def confusion_panel(questions: Questions, answers: Answers) -> Panel:
    """Which labels are taken for which, with the mistakes that it was surest of."""
    truth, said = np.asarray(questions.truth), answers["probability"]
    told, sure, classes = said.argmax(axis=1), said.max(axis=1), questions.classes
    counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(counts, (truth, told), 1)
    wrong = counts.sum(axis=1) + counts.sum(axis=0) - 2 * counts.diagonal()
    named = np.sort(np.argsort(-wrong, kind="stable")[:MOST_LABELS])
    order = [classes[i] for i in named]
    mistakes = np.flatnonzero(told != truth)
    mistakes = mistakes[np.argsort(-sure[mistakes], kind="stable")][:MISTAKES]
    pictures = pictures_of(questions.requests)
    return Panel(
        say("images.panel_mistakes"),
        say("images.panel_mistakes_told" if len(mistakes) else "images.panel_no_mistakes", rows=len(truth)),
        tuple(
            Picture(
                as_png(pictures[row]),
                say(
                    "images.mistake",
                    truth=classes[truth[row]],
                    told=classes[told[row]],
                    sure=f"{100 * sure[row]:.0f}",
                ),
            )
            for row in mistakes.tolist()
        ),
        _matrix(counts, named, classes),
        (say("images.really_and_told"), *order),
        tuple((classes[i], *(str(counts[i, j]) for j in named)) for i in named),
    )


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
    y = {"field": "truth", "type": "nominal", "sort": order, "title": say("images.really")}
    flat = {} if max(map(len, order)) > 3 else {"axis": {"labelAngle": 0}}
    x = {"field": "said", "type": "nominal", "sort": order, "title": say("images.told"), **flat}
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


def labels_panel(questions: Questions, answers: Answers) -> Panel:
    """Precision and recall of each label, with likely ranges."""
    truth, told = np.asarray(questions.truth), answers["probability"].argmax(axis=1)
    rows: list[tuple[Message | str, ...]] = []
    for number, label in enumerate(questions.classes):
        is_told, is_so = told == number, truth == number
        both = int((is_told & is_so).sum())
        rows.append(
            (label, str(int(is_so.sum())), _share(both, int(is_told.sum())), _share(both, int(is_so.sum())))
        )
    header = (say("images.label"), say("images.pictures"), say("terms.precision"), say("terms.recall"))
    return Panel(say("images.panel_labels"), say("images.panel_labels_told"), header=header, rows=tuple(rows))


def _share(part: int, whole: int) -> str:
    """Write a share with its 90 % range after Wilson (1927)."""
    if not whole:
        return "–"
    share, z = part / whole, _Z**2 / whole
    middle = (share + z / 2) / (1 + z)
    half = np.sqrt(share * (1 - share) * z + z**2 / 4) / (1 + z)
    return f"{100 * share:.1f}% ({100 * (middle - half):.0f}–{100 * (middle + half):.0f})"


def learning_panels(trained: Trained) -> Iterator[Panel]:
    """How a network learnt: losses, then the share right among pictures that check, epoch by epoch."""
    curves = trained.curves()
    epochs = curves["epoch"]
    lines = {"learning": say("images.curve_learning"), "loss": say("images.curve_loss")}
    header: list[Message | str] = [say("images.epoch")]
    header += [*lines.values(), say("images.curve_metric"), say("images.curve_rate")]
    parts = [curves.get(name, [None] * len(epochs)) for name in (*lines, "metric", "rate")]
    rows = tuple(tuple(_four(v) for v in row) for row in zip(epochs, *parts, strict=True))
    told = say("images.panel_learnt_told", epochs=len(epochs), best=trained.best_epoch)
    drawn = [
        {"epoch": e, "line": title, "value": v}
        for name, title in lines.items()
        for e, v in zip(epochs, curves.get(name, []), strict=False)
    ]
    yield Panel(
        say("images.panel_learnt"),
        told,
        chart=_lines(drawn, say("images.loss")),
        header=tuple(header),
        rows=rows,
    )
    if "metric" in curves:
        shares = zip(epochs, curves["metric"], strict=True)
        drawn = [{"epoch": e, "line": say("images.curve_metric"), "value": v} for e, v in shares]
        yield Panel(
            say("images.panel_score"),
            say("images.panel_score_told"),
            chart=_lines(drawn, say("images.right")),
            header=(header[0], header[3]),
            rows=tuple((row[0], row[3]) for row in rows),
        )


def _four(value: float | int | None) -> str:
    return "–" if value is None else str(value) if isinstance(value, int) else f"{value:.4g}"


def _lines(values: list[dict[str, Any]], title: Message) -> dict[str, Any]:
    x = {"field": "epoch", "type": "quantitative", "title": say("images.epoch")}
    y = {"field": "value", "type": "quantitative", "title": title, "scale": {"zero": False}}
    hues = {"range": ["@accent", "@rule"]}
    legend = {"orient": "top", "title": None, "labelLimit": 260}
    line = {"field": "line", "type": "nominal", "sort": None, "scale": hues, "legend": legend}
    dash = {"field": "line", "type": "nominal", "sort": None, "legend": legend}
    return {
        "data": {"values": values},
        "mark": {"type": "line", "point": True, "strokeWidth": 1.5},
        "encoding": {
            "x": {**x, "axis": {"tickMinStep": 1, "format": "d"}},
            "y": y,
            "color": line,
            "strokeDash": dash,
        },
    }


def looking_panel(model: Any, questions: Questions, answers: Answers) -> Panel:
    """Where it looks: for a few pictures, what holds the answer up; right ones first, then wrong ones."""
    truth, said = np.asarray(questions.truth), answers["probability"]
    told = said.argmax(axis=1)
    right, wrong = np.flatnonzero(told == truth), np.flatnonzero(told != truth)
    chosen = [*_one_a_label(truth, right)[: LOOKS - min(2, len(wrong))], *wrong[:2].tolist()][:LOOKS]
    pictures = pictures_of(questions.requests)
    name = next(c.name for c in questions.requests.columns if c.kind == "picture")
    column = questions.requests.column(name)

    def ask(some: list[Any]) -> Array:
        held = np.empty(len(some), dtype=object)
        for place, one in enumerate(some):
            held[place] = one
        return np.asarray(model.predict(Table((column,), {name: held}), Context())["probability"])

    shots = []
    for row in chosen:
        picture = pictures[row]
        label = questions.classes[told[row]]
        shots.append(Picture(as_png(picture), say("images.looks_at", label=label)))
        shots.append(Picture(as_png(overlaid(picture, looked_at(picture, ask))), say("images.looks_here")))
    return Panel(say("images.panel_looks"), say("images.panel_looks_told"), tuple(shots))


def _one_a_label(truth: Array, rows: Array) -> list[int]:
    """Rows of as many labels as there are, the first of each."""
    _, first = np.unique(truth[rows], return_index=True)
    return [int(rows[place]) for place in np.sort(first)]
