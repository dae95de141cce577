"""What a report shows of how a network learnt: losses and score, pass by pass.

The curves are those of the model that ships, taught with all rows; what the contest
trained on parts of them is not kept.
"""

from __future__ import annotations

from typing import Any

from pilothouse.messages import Message, say
from pilothouse.models.training import Taught
from pilothouse.types.panels import Panel


def learning_panels(model: Any) -> list[Panel]:
    """Show every training of a model, or of a blend's members; nothing where no network learnt.

    Parameters
    ----------
    model
        Networks have ``taught``, a blend has ``members``.
    """
    parts = getattr(model, "members", (model,))
    taught = [one for part in parts for one in getattr(part, "taught", ())]
    return [panel for one in taught if one.trained.epochs for panel in panels_of(one)]


def panels_of(taught: Taught) -> list[Panel]:
    """Show one training: losses, then the score of what checked, where there is one."""
    trained, what, whose = taught.trained, taught.what, taught.whose
    curves = trained.curves()
    if curves.get("loss") == curves["learning"]:  # nothing checked
        del curves["loss"]
    score = say(f"learning.score_{taught.score}")
    named = {
        "learning": say("learning.while_learning"),
        "loss": say("learning.checked", what=what),
        "metric": score,
        "rate": say("learning.rate"),
    }
    titles = {name: title for name, title in named.items() if name in curves}
    header = (say("learning.pass"), *titles.values())
    cells = zip(curves["epoch"], *(curves[name] for name in titles), strict=True)
    rows = tuple(tuple(_four(v) for v in row) for row in cells)
    told = "learning.told" if "loss" in curves else "learning.told_alone"
    found = [
        Panel(
            say("learning.title", whose=whose),
            say(told, epochs=trained.epochs, best=trained.best_epoch, what=what),
            chart=_lines(curves, [(n, named[n]) for n in ("learning", "loss")], say("learning.loss")),
            header=header,
            rows=rows,
        )
    ]
    if "metric" not in curves:
        return found
    place = [*titles].index("metric") + 1
    return [
        *found,
        Panel(
            say("learning.title_score", whose=whose),
            say(f"learning.told_{taught.score}", what=what),
            chart=_lines(curves, [("metric", score)], score),
            header=(header[0], score),
            rows=tuple((row[0], row[place]) for row in rows),
        ),
    ]


def _four(value: float | int | None) -> str:
    return "–" if value is None else str(value) if isinstance(value, int) else f"{value:.4g}"


def _lines(curves: dict[str, Any], lines: list[tuple[str, Message]], title: Message) -> dict[str, Any]:
    drawn = [
        {"epoch": epoch, "line": called, "value": value}
        for name, called in lines
        for epoch, value in zip(curves["epoch"], curves.get(name, []), strict=False)
    ]
    x = {"field": "epoch", "type": "quantitative", "title": say("learning.pass")}
    y = {"field": "value", "type": "quantitative", "title": title, "scale": {"zero": False}}
    hues = {"range": ["@accent", "@rule"]}
    legend = {"orient": "top", "title": None, "labelLimit": 260}
    line = {"field": "line", "type": "nominal", "sort": None, "legend": legend}
    return {
        "data": {"values": drawn},
        "mark": {"type": "line", "point": True, "strokeWidth": 1.5},
        "encoding": {
            "x": {**x, "axis": {"tickMinStep": 1, "format": "d"}},
            "y": y,
            "color": {**line, "scale": hues},
            "strokeDash": line,
        },
    }
