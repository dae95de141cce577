from __future__ import annotations

import numpy as np

from pilothouse.models.labels.asked import AskedModel
from pilothouse.models.labels.simple import KeywordsModel
from pilothouse.models.labels.weighed import WeighedModel
from pilothouse.scenarios.classify.showing import confusion_panel, mistakes_panel, shortened, words_panels
from pilothouse.types import Answers, Context, Questions
from small_texts import TICKETS, learn_ask

LEARN, ASK, TARGET = learn_ask(TICKETS)
QUESTIONS = Questions(ASK.drop(["label"]), TARGET.truth(ASK), np.arange(ASK.rows), TARGET.classes, even=True)
MODEL = WeighedModel(TARGET).fit(LEARN, Context())
SAID = MODEL.predict(ASK, Context())


def test_mistakes_are_shown_as_written() -> None:
    wrong = SAID["probability"].copy()
    wrong[0] = np.roll(np.eye(3)[TARGET.truth(ASK)[0]], 1)
    (panel,) = mistakes_panel(QUESTIONS, Answers({"probability": wrong}))
    assert panel.rows[0][0] == shortened(ASK["text"][0]) and panel.rows[0][3] == "100%"
    perfect = Answers({"probability": np.eye(3)[TARGET.truth(ASK)]})
    assert mistakes_panel(QUESTIONS, perfect) == []
    assert "right" in confusion_panel(QUESTIONS, perfect).told.text("en")


def test_words_stand_label_by_label_and_text_by_text() -> None:
    labels, texts = words_panels(MODEL, QUESTIONS, SAID)
    words = {str(row[0]): str(row[1]) for row in labels.rows}
    assert "refund" in words["refund"] or "money" in words["refund"] or "payment" in words["refund"]
    assert {row[1] for row in texts.rows} == set(words)


def test_other_models_have_texts_and_a_language_model_nothing() -> None:
    keywords = KeywordsModel(TARGET).fit(LEARN, Context())
    assert len(words_panels(keywords, QUESTIONS, keywords.predict(ASK, Context()))) == 1
    assert words_panels(AskedModel(TARGET, "classify_zero"), QUESTIONS, SAID) == []


def test_long_texts_are_cut() -> None:
    assert len(shortened("word " * 100)) == 160 and shortened(" a\n b ") == "a b"
