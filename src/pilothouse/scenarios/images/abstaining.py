"""When to say nothing: the confidence below which a picture is left to a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pilothouse.messages import Message, say
from pilothouse.scenario import Panel
from pilothouse.types.contest import Array

LEAST_ANSWERED = 0.5
_STEPS = 20


def least_confidence(right: Array, sure: Array, right_share: float | None) -> float:
    """Choose the lowest confidence whose answers are right often enough.

    Parameters
    ----------
    right, sure
        (n,) 1 where the likeliest label was right, and its probability; out of fold.
    right_share
        The share wanted; None wants half the mistakes.

    Returns
    -------
    float
        0 where all answers together are right often enough. Where half of the pictures
        are not, the confidence that answers half: one who is silent is of no use.
    """
    known = np.isfinite(sure)
    right, sure = right[known], sure[known]
    wanted = 1.0 - (1.0 - right.mean()) / 2.0 if right_share is None else right_share
    if right.mean() >= wanted:
        return 0.0
    order = np.argsort(-sure, kind="stable")
    reached = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last = np.append(np.flatnonzero(np.diff(sure[order]) < 0), len(order) - 1)  # equals stay together
    enough = last[(reached[last] >= wanted) & (last + 1 >= LEAST_ANSWERED * len(order))]
    at = enough.max() if len(enough) else last[np.searchsorted(last + 1, LEAST_ANSWERED * len(order))]
    return float(sure[order[at]])


def abstaining_panel(right: Array, sure: Array, confidence: float) -> Panel:
    """Show how many pictures are answered and how right, here and at other confidences."""
    told = sure >= confidence
    points = list(_points(right, sure))
    chosen = {"answered": float(told.mean()), "right": float(right[told].mean()) if told.any() else None}
    share = {"type": "quantitative", "axis": {"format": ".0%", "tickCount": 5}, "scale": {"zero": False}}
    x = {"field": "answered", "title": say("images.answered"), **share}
    y = {"field": "right", "title": say("images.right"), **share}
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
        say("images.panel_abstains"),
        say(
            "images.panel_abstains_told" if confidence > 0 else "images.panel_answers_all",
            confidence=_percent(confidence),
            left=f"{100 * (1 - told.mean()):.1f}",
            right=_percent(chosen["right"]),
            all=_percent(float(right.mean())),
        ),
        chart=chart,
        header=(say("images.confidence"), say("images.answered"), say("images.right")),
        rows=tuple(rows),
    )


def _points(right: Array, sure: Array) -> Iterator[dict[str, float]]:
    """From all pictures to the surest half."""
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
