"""Parts of a report that belong to one scenario: pictures, a chart, or a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pilothouse.messages import Message


@dataclass(frozen=True)
class Picture:
    """A picture in a report: PNG bytes, and what stands under it."""

    png: bytes = field(repr=False)
    caption: Message | str = ""


@dataclass(frozen=True)
class Panel:
    """A part of the report that only this scenario has: pictures, a chart, or a table.

    Parameters
    ----------
    title, told
        Heading, and one sentence that says what to see.
    pictures
        In reading order.
    chart
        A Vega-Lite specification with its own data, or None.
    header, rows
        A table; empty for none. A chart's table stands here.
    leads
        Whether it stands right below the verdict: where the findings are the answer.
    """

    title: Message
    told: Message
    pictures: tuple[Picture, ...] = ()
    chart: Mapping[str, Any] | None = None
    header: tuple[Message | str, ...] = ()
    rows: tuple[tuple[Message | str, ...], ...] = ()
    leads: bool = False
