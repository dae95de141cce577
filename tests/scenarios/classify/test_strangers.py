from __future__ import annotations

import numpy as np
import pytest

from pilothouse.scenarios.classify.strangers import auroc, least_sureness, strangers_panel, sureness
from pilothouse.types import Answers, Column, Kind, Questions, Table

TRUTH = np.repeat([0, 1, 2], 100)
SAID = np.full((300, 3), 0.05)
SAID[np.arange(300), TRUTH] = 0.9
SAID[200:] = (0.4, 0.35, 0.25)
SAID[:100, 0] -= np.linspace(0, 0.3, 100)
TABLE = Table((Column("text", Kind.TEXT),), {"text": np.array(["x"] * 300, dtype=object)})
QUESTIONS = Questions(TABLE, TRUTH, np.arange(300), ("a", "b", "none"), even=True)
ANSWERS = Answers({"probability": SAID})


def test_the_strangers_own_probability_is_left_out() -> None:
    assert sureness(np.array([[0.2, 0.3, 0.5]]), 2) == pytest.approx([0.3])
    assert sureness(np.array([[0.2, 0.3, 0.5]]), None) == pytest.approx([0.5])


def test_auroc_is_the_chance_of_being_surer() -> None:
    assert auroc(np.array([0.9, 0.8]), np.array([0.1, 0.8])) == pytest.approx((1 + 1 + 1 + 0.5) / 4)
    assert np.isnan(auroc(np.array([]), np.array([0.5])))


def test_one_in_a_hundred_is_lost_and_all_strangers_are_found() -> None:
    limit = least_sureness(QUESTIONS, ANSWERS, 2)
    right = SAID[:200].argmax(axis=1) == TRUTH[:200]
    lost = (right & (sureness(SAID, 2)[:200] < limit)).sum()
    assert right.all() and lost <= 2
    panel = strangers_panel(QUESTIONS, ANSWERS, 2, limit)
    assert panel.rows[0][2] == f"{(200 - lost) / 2:.1f}%" and panel.rows[0][3] == "100.0%"
    assert "1.000" in panel.told.text("en") and "100 条" in panel.told.text("zh")
