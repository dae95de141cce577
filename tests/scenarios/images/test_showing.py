from __future__ import annotations

import numpy as np
import pytest

from pilothouse.messages import LANGUAGES
from pilothouse.models.training import Trained
from pilothouse.scenarios.images.showing import confusion_panel, labels_panel, learning_panels
from pilothouse.types import Answers, Questions
from small_pictures import SHAPES

CLASSES = ("bar", "cross", "ring")
TRUTH = np.array([CLASSES.index(label) for label in SHAPES["label"]])
SAID = np.full((len(TRUTH), 3), 0.05)
SAID[np.arange(len(TRUTH)), TRUTH] = 0.9
WRONG = np.flatnonzero(TRUTH == 0)[:4]
SAID[WRONG] = (0.1, 0.1, 0.8)
QUESTIONS = Questions(SHAPES.drop(["label"]), TRUTH, np.arange(len(TRUTH)), CLASSES)
ANSWERS = Answers({"probability": SAID})


def test_mistakes_are_counted_and_shown() -> None:
    panel = confusion_panel(QUESTIONS, ANSWERS)
    assert panel.rows[0] == ("bar", str(int((TRUTH == 0).sum()) - 4), "0", "4")
    assert len(panel.pictures) == 4
    for language in LANGUAGES:
        caption = panel.pictures[0].caption
        assert not isinstance(caption, str) and "80%" in caption.text(language)
    assert panel.chart is not None
    cells = panel.chart["data"]["values"]
    assert sum(cell["count"] for cell in cells) == len(TRUTH)


def test_nothing_mistaken_is_said() -> None:
    perfect = Answers({"probability": np.eye(3)[TRUTH]})
    panel = confusion_panel(QUESTIONS, perfect)
    assert not panel.pictures and "right" in panel.told.text("en")


def test_labels_have_precision_and_recall_with_ranges() -> None:
    rows = {row[0]: row for row in labels_panel(QUESTIONS, ANSWERS).rows}
    bars, rings = int((TRUTH == 0).sum()), int((TRUTH == 2).sum())
    assert rows["bar"][3].startswith(f"{100 * (bars - 4) / bars:.1f}%")
    assert rows["ring"][2].startswith(f"{100 * rings / (rings + 4):.1f}%")
    assert rows["bar"][2].startswith("100.0% (9")


def test_curves_are_told_epoch_by_epoch() -> None:
    trained = Trained(3, 2, [0.9, 0.4, 0.5], 0, [1.0, 0.6, 0.3], [0.5, 0.9, 0.8], [0.1, 0.2, 0.01])
    loss, score = learning_panels(trained)
    assert loss.rows[1] == ("2", "0.6", "0.4", "0.9", "0.2")
    assert "pass 2" in loss.told.text("en") and score.rows[2] == ("3", "0.8")
    assert pytest.approx([v["value"] for v in score.chart["data"]["values"]]) == trained.metrics  # type: ignore[index]
