from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse.errors import Corrupt
from pilothouse.guards.pictures import as_png
from pilothouse.report.page import render_report
from pilothouse.report.panels import panels
from pilothouse.runs.record import ExplanationRecord, PanelRecord, PictureRecord, RunRecord, Said
from report.records import pilot

WORDS = Said(key="images.right", zh="正确比例", en="Share right")


def record(name: str = "panels/1-1.png") -> RunRecord:
    chart = {
        "data": {"values": [{"epoch": 1, "line": WORDS.model_dump(), "value": 0.5}]},
        "mark": {"type": "line", "color": "@accent"},
        "encoding": {"x": {"field": "epoch"}, "y": {"field": "value", "title": WORDS.model_dump()}},
    }
    panel = PanelRecord(
        title=WORDS,
        told=WORDS,
        pictures=[PictureRecord(file=name, caption="<b>seven</b>")],
        chart=chart,
        header=["epoch", WORDS],
        rows=[["1", "0.5"]],
    )
    told = ExplanationRecord(drivers=[], tree=None, examples=[], panels=[panel])
    return pilot(explanation=told)


def drawn(folder: Path) -> Path:
    (folder / "panels").mkdir()
    (folder / "panels" / "1-1.png").write_bytes(as_png(np.zeros((3, 3), dtype=np.uint8)))
    return folder


def test_panel_has_the_pages_colours_and_both_languages(tmp_path: Path) -> None:
    (panel,) = panels(record(), drawn(tmp_path))
    assert panel.chart is not None and not panel.rows
    spec: Any = panel.chart.spec
    assert spec["mark"]["color"].startswith("var(--accent") and spec["width"] == "container"
    assert spec["encoding"]["y"]["title"].zh == "正确比例"
    assert panel.pictures[0][0].startswith("data:image/png;base64,")


def test_page_shows_pictures_and_escapes_captions(tmp_path: Path) -> None:
    page = render_report(record(), drawn(tmp_path))
    assert "img-src data:" in page and "<b>seven</b>" not in page and 'data-chart="panel-1"' in page
    assert '<a href="#panels">' in page
    bare = render_report(record())
    assert "data:image" not in bare and "img-src" not in bare
    assert 'id="panels"' not in render_report(pilot())


def test_a_missing_or_foreign_picture_is_told(tmp_path: Path) -> None:
    drawn(tmp_path)
    (tmp_path / "panels" / "1-1.png").write_bytes(b"<svg/>")
    with pytest.raises(Corrupt):
        render_report(record(), tmp_path)
    with pytest.raises(Corrupt):
        panels(record("panels/none.png"), tmp_path)
