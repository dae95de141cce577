"""What all charts share: the type, the look, axes and scales.

Colours are style variables of the page, with fallbacks for a notebook, so light, dark
and print need no redrawing. The charts themselves are in ``charts``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_INK, _LINE = "var(--ink, #1d2329)", "var(--line, #d5d9de)"
PALETTE: Mapping[str, str] = {
    "ink": _INK,
    "paper": "var(--paper, #ffffff)",
    "muted": "var(--muted, #57606a)",
    "accent": "var(--accent, #0b5cad)",
    "rule": "var(--rule, #8a4b08)",
}

CONFIG: Mapping[str, Any] = {
    "font": (
        'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",'
        ' "WenQuanYi Micro Hei", sans-serif'
    ),
    "background": None,
    "view": {"stroke": None},
    # The table behind a chart speaks to screen readers. Spoken marks would also put names of
    # columns into expressions, where a line separator ends them.
    "mark": {"aria": False},
    "axis": {
        "labelColor": _INK,
        "titleColor": PALETTE["muted"],
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "gridColor": _LINE,
        "domainColor": _LINE,
        "tickColor": _LINE,
    },
    "legend": {"labelColor": _INK, "titleColor": _INK, "orient": "top"},
    "axisY": {"grid": False, "ticks": False, "labelPadding": 6},
}


@dataclass(frozen=True)
class Chart:
    """A specification whose texts are messages, and the table behind it.

    Parameters
    ----------
    name
        Stable word, the element's id in the page.
    spec
        Vega-Lite 6.
    header, rows
        The same figures for those who read tables.
    """

    name: str
    spec: dict[str, Any]
    header: Sequence[object]
    rows: Sequence[Sequence[object]]


def frame(title: object, height: int) -> dict[str, Any]:
    """Begin a specification: its size (pixels) and its description for readers who see no picture."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": title,
        "width": "container",
        "height": max(height, 60),
        "autosize": {"type": "fit-x", "contains": "padding"},
    }


def labels() -> dict[str, Any]:
    """Encode the field ``label`` down the side, in the order of the data."""
    return {"field": "label", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 160}}


def x_axis(field: str, title: object) -> dict[str, Any]:
    """Encode a number along the bottom; scores do not begin at 0."""
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"zero": False},
        "axis": {"tickCount": 5},
    }


def x_range(title: object, *, zero: bool = False) -> dict[str, Any]:
    """Encode ``low`` to ``high`` along the bottom."""
    return {"x": {**x_axis("low", title), "scale": {"zero": zero}}, "x2": {"field": "high"}}


def standings() -> dict[str, Any]:
    """Encode winner, baseline and others, by shape as well as by colour."""
    field = {"field": "standing", "type": "nominal", "legend": None}
    domain = ["winner", "baseline", "other"]
    hues = [PALETTE["accent"], PALETTE["rule"], PALETTE["muted"]]
    # The shape belongs to points only: on a rule Vega-Lite draws a stray point at its beginning.
    return {
        "color": {**field, "scale": {"domain": domain, "range": hues}},
        "shape": {**field, "scale": {"domain": domain, "range": ["circle", "diamond", "square"]}},
    }
