from __future__ import annotations

from pilothouse.messages import say
from pilothouse.report.frame import CONFIG, PALETTE, frame, standings


def test_colours_follow_the_page_and_have_a_fallback() -> None:
    used = [*PALETTE.values(), CONFIG["axis"]["gridColor"], CONFIG["axis"]["labelColor"]]
    assert all(c.startswith("var(--") and ", #" in c for c in used)


def test_standing_is_told_by_shape_as_well_as_by_colour() -> None:
    found = standings()
    assert len(set(found["shape"]["scale"]["range"])) == 3
    assert len(set(found["color"]["scale"]["range"])) == 3


def test_frame_describes_itself() -> None:
    title = say("report.chart_folds")
    assert frame(title, 10)["description"] == title
    assert frame(title, 10)["height"] == 60
