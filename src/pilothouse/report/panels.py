"""What one scenario alone shows: its pictures, charts and tables, ready for the page.

Pictures come from the run's folder and stand in the page as data; a chart gets the look
of all others. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pilothouse.errors import Corrupt
from pilothouse.guards.markup import picture_uri
from pilothouse.messages import say
from pilothouse.report.frame import PALETTE, Chart, frame
from pilothouse.report.wording import Words
from pilothouse.runs.record import RunRecord, Said

_HEIGHT = 220
_MESSAGE = set(Said.model_fields)


@dataclass(frozen=True)
class Shown:
    """A panel as the template walks through it."""

    title: Said
    told: Said
    pictures: Sequence[tuple[str, object]]
    chart: Chart | None
    header: Sequence[object]
    rows: Sequence[Sequence[object]]
    leads: bool = False


def panels(record: RunRecord, folder: Path | None) -> list[Shown]:
    """Lay out the panels of a record; without the run's folder their pictures are left out.

    Raises
    ------
    Corrupt
        When a picture of the run is missing or no PNG.
    """
    found = []
    for number, panel in enumerate(record.explanation.panels if record.explanation else [], 1):
        chart = None
        if panel.chart is not None:
            spec = _spec(panel.chart, panel.title)
            chart = Chart(f"panel-{number}", spec, panel.header, panel.rows)
        pictures = [(_uri(folder, p.file), p.caption) for p in panel.pictures] if folder else []
        header, rows = ((), ()) if chart else (panel.header, panel.rows)
        found.append(Shown(panel.title, panel.told, pictures, chart, header, rows, panel.leads))
    return found


def _uri(folder: Path, name: str) -> str:
    try:
        return picture_uri((folder / name).read_bytes())
    except (OSError, ValueError):
        raise Corrupt(say("runs.broken_file", file=name, run=folder.name), say("runs.run_again")) from None


def _spec(chart: Mapping[str, Any], title: Said) -> dict[str, Any]:
    """Join the scenario's part of a specification with what all charts share."""
    dressed = _dressed(chart)
    whole: dict[str, Any] = {**frame(title, int(dressed.pop("height", _HEIGHT))), **dressed}
    if "facet" in whole:  # small pictures have sizes of their own, and none fits itself to the page
        return {name: value for name, value in whole.items() if name not in ("width", "height", "autosize")}
    return whole


def _dressed(value: Any) -> Any:
    """Turn kept messages into words, and "@accent" and its kin into colours of the page."""
    if isinstance(value, Mapping):
        if set(value) == _MESSAGE:
            return Words(str(value["en"]), str(value["zh"]))
        return {k: _dressed(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_dressed(v) for v in value]
    if isinstance(value, str) and value.startswith("@"):
        return PALETTE.get(value[1:], value)
    return value
