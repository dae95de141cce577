from __future__ import annotations

import numpy as np

from pilothouse.messages import LANGUAGES
from pilothouse.scenarios.images.showing import confusion_panel
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
