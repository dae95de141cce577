from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from pilothouse.models.fitted import Fitted, schema_of
from pilothouse.models.labels.weighed import WeighedModel
from pilothouse.scenarios.classify.release import ServedTexts, masked
from pilothouse.types import Answers, Context
from small_texts import TICKETS, learn_ask, texts_table

LEARN, ASK, TARGET = learn_ask(TICKETS)


@pytest.fixture(scope="module")
def served() -> ServedTexts:
    model = WeighedModel(TARGET).fit(LEARN, Context())
    return ServedTexts(Fitted(TARGET, schema_of(LEARN.table), model, threshold=0.6), "ticket", "praise")


def test_personal_values_never_reach_the_model(served: ServedTexts) -> None:
    raw = texts_table(["my number is 13812345678, refund please", "mail me at a.b@example.com"], ["a", "b"])
    safe = masked(raw)["text"].tolist()
    assert "138" not in safe[0] and "[MOBILE]" in safe[0] and "example.com" not in safe[1]
    shown = served.fitted.predict(masked(raw))["probability"]
    assert (served.predict(raw)["probability"] == shown).all()


def test_strangers_are_told_and_the_unsure_are_not(served: ServedTexts) -> None:
    place = TARGET.classes.index("praise")
    said = np.full((3, 3), 0.25)
    said[0, place], said[1, (place + 1) % 3], said[2] = 0.5, 0.9, (0.34, 0.33, 0.33)
    said[1, place] = said[1, (place + 2) % 3] = 0.05
    answers = Answers({"probability": said / said.sum(axis=1, keepdims=True)})
    rows = served.rows(ASK.take(slice(0, 3)), answers)
    assert rows[0][1] == "praise" and not rows[0][-1]
    assert rows[1][1] is not None and not rows[1][-1]
    assert rows[2][1] == ("praise" if place == 0 else None)
    for one in served.shape(ASK.take(slice(0, 3)), answers):
        checked: Any = TypeAdapter(served.answer_type).validate_python(one)
        assert checked


def test_words_tell_why(served: ServedTexts) -> None:
    (reasons,) = served.reasons(texts_table(["i want a refund, thank you"], ["refund"]))
    assert "refund" in reasons[0].text("en").split(":")[1]
    assert "支持" in reasons[0].text("zh")


def test_it_comes_back_with_its_stranger(served: ServedTexts, tmp_path: Path) -> None:
    served.save(tmp_path)
    again = ServedTexts.load(tmp_path)
    assert again.stranger == "praise" and again.id_name == "ticket"
    assert again.rows(ASK, again.predict(ASK)) == served.rows(ASK, served.predict(ASK))
