from __future__ import annotations

import numpy as np
import pytest

from pilothouse.messages import say
from pilothouse.steps.explain.labels import (
    abstaining_panel,
    confusion,
    labels_panel,
    surest_mistakes,
)
from pilothouse.types import Answers, Column, Kind, Questions, Table

CLASSES = ("bar", "cross", "ring")
TRUTH = np.repeat([0, 1, 2], 44)
SAID = np.full((len(TRUTH), 3), 0.05)
SAID[np.arange(len(TRUTH)), TRUTH] = 0.9
WRONG = np.flatnonzero(TRUTH == 0)[:4]
SAID[WRONG] = (0.1, 0.1, 0.8)
SAID[WRONG[2]] = (0.05, 0.05, 0.9)
TABLE = Table((Column("text", Kind.TEXT),), {"text": np.array(["x"] * len(TRUTH), dtype=object)})
QUESTIONS = Questions(TABLE, TRUTH, np.arange(len(TRUTH)), CLASSES)
ANSWERS = Answers({"probability": SAID})
WHAT = say("labels.texts")
SURE = np.linspace(0.5, 1.0, 101)
RIGHT = (np.arange(101) % 10 > 0) | (SURE > 0.7)


def test_mistakes_are_counted_and_the_surest_come_first() -> None:
    chart, header, rows = confusion(QUESTIONS, ANSWERS)
    assert rows[0] == ("bar", "40", "0", "4") and len(header) == 4
    assert sum(cell["count"] for cell in chart["data"]["values"]) == len(TRUTH)
    assert surest_mistakes(QUESTIONS, ANSWERS, 3).tolist() == [WRONG[2], WRONG[0], WRONG[1]]


def test_labels_have_precision_and_recall_with_ranges() -> None:
    rows = {row[0]: row for row in labels_panel(QUESTIONS, ANSWERS, WHAT).rows}
    bars, rings = int((TRUTH == 0).sum()), int((TRUTH == 2).sum())
    assert rows["bar"][3].startswith(f"{100 * (bars - 4) / bars:.1f}%")
    assert rows["ring"][2].startswith(f"{100 * rings / (rings + 4):.1f}%")
    assert rows["bar"][2].startswith("100.0% (9")


def test_panel_tells_how_many_and_how_right() -> None:
    panel = abstaining_panel(RIGHT.astype(int), SURE, 0.8, say("labels.pictures"))
    text = panel.told.text("en")
    told = SURE >= 0.8
    assert f"{100 * (1 - told.mean()):.1f} of 100" in text and f"{100 * RIGHT[told].mean():.1f}%" in text
    assert panel.chart is not None and len(panel.rows) == 21
    assert panel.rows[0][1] == "100.0%" and panel.rows[-1][1] == pytest.approx("50.5%")
