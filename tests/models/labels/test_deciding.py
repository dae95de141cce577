from __future__ import annotations

import numpy as np
import pytest

from pilothouse.models.labels.deciding import deciding_words, spread_over
from pilothouse.models.labels.simple import KeywordsModel
from pilothouse.models.labels.weighed import WeighedModel
from pilothouse.types import Context
from small_texts import REVIEWS, TICKETS, learn_ask


def test_characters_add_up_to_the_margin() -> None:
    learn, _, target = learn_ask(REVIEWS)
    model = WeighedModel(target).fit(learn, Context())
    text = learn.table["text"].tolist()[0]
    _, worth = spread_over(model, text, 1)
    assert model.base is not None
    assert worth.sum() == pytest.approx(model.margins([text])[0, 1] - model.base[1])


def test_the_word_that_tells_the_label_stands_first() -> None:
    learn, _, target = learn_ask(TICKETS)
    model = WeighedModel(target).fit(learn, Context())
    refund = target.classes.index("refund")
    (words,) = deciding_words(model, ["I want a refund today please"], np.array([refund]))
    assert words[0][0] == "refund" and words[0][1] > 0


def test_of_other_models_words_are_left_out() -> None:
    learn, _, target = learn_ask(TICKETS)
    model = KeywordsModel(target).fit(learn, Context())
    word, label = model.words[0]
    (words,) = deciding_words(model, [f"well {word} indeed"], np.array([label]))
    assert words[0][0] == word and words[0][1] > 0 and words[1][1] == 0.0
    short = word[:2]  # stands inside the word, and says nothing where it stands alone
    (words,) = deciding_words(model, [f"{short} {word}"], np.array([label]))
    assert dict(words)[short] == 0.0
