from __future__ import annotations

from pathlib import Path

import numpy as np

from pilothouse.models.labels.simple import Commonest, KeywordsModel, spoken, texts_of
from pilothouse.models.shelf import load_model, save_model
from pilothouse.models.target import Target
from pilothouse.types import Context, Data
from small_texts import texts_table

TABLE = texts_table(
    [
        "refund please",
        "refund now",
        "a refund",
        "great",
        "great thing",
        "so great",
        "hello",
        "hello you",
        "hi",
    ]
    + ["x"] * 4,
    ["refund"] * 3 + ["praise"] * 3 + ["other"] * 7,
)
TARGET = Target.of(TABLE)


def test_words_are_english_words_and_pairs_of_chinese_characters() -> None:
    assert spoken("Great 房间很好 5 !") == {"great", "房间", "间很", "很好"}


def test_one_word_a_label_and_the_rest_is_usual() -> None:
    model = KeywordsModel(TARGET).fit(Data({"rows": TABLE}), Context())
    assert {(w, TARGET.classes[n]) for w, n in model.words} == {("refund", "refund"), ("great", "praise")}
    asked = texts_table(["REFUND it", "nothing"], ["refund", "other"])
    said = model.predict(asked, Context())["probability"]
    assert [TARGET.classes[i] for i in said.argmax(axis=1)] == ["refund", "other"]
    assert np.allclose(said.sum(axis=1), 1)
    assert "“refund” → refund" in model.sentence().text("en")


def test_a_word_that_tells_nothing_more_makes_no_rule() -> None:
    table = texts_table(["same"] * 6, ["a", "b", "a", "b", "a", "b"])
    model = KeywordsModel(Target.of(table)).fit(Data({"rows": table}), Context())
    assert model.words == () and model.sentence() == Commonest(Target.of(table)).build({}).sentence()


def test_it_comes_back_from_disk(tmp_path: Path) -> None:
    model = KeywordsModel(TARGET).fit(Data({"rows": TABLE}), Context())
    save_model(model, tmp_path)
    again = load_model(tmp_path)
    assert again.words == model.words
    assert (
        again.predict(TABLE, Context())["probability"] == model.predict(TABLE, Context())["probability"]
    ).all()


def test_missing_texts_are_empty() -> None:
    table = texts_table(["a"], ["x"])
    table.values["text"][0] = None
    assert texts_of(table) == [""]
