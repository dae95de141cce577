"""Readability: the formula as published, and what makes Chinese hard."""

from __future__ import annotations

import pytest

from pilothouse.models.writing.reading import flesch, is_common, readability, sentences, syllables


def test_flesch_is_the_published_formula() -> None:
    # 6 words, 1 sentence, 6 syllables: 206.835 - 1.015 * 6 - 84.6
    assert flesch("The cat sat on the mat.") == pytest.approx(206.835 - 6.09 - 84.6)
    assert flesch("") == 0.0


@pytest.mark.parametrize(
    ("word", "count"), [("cat", 1), ("table", 2), ("make", 1), ("category", 4), ("the", 1)]
)
def test_syllables_are_groups_of_vowels(word: str, count: int) -> None:
    assert syllables(word) == count


def test_long_words_and_long_sentences_read_harder() -> None:
    easy = readability("It is warm. It is light.", "en")
    hard = readability(
        "Notwithstanding considerable organisational complexity, implementation necessitates deliberation.",
        "en",
    )
    assert easy == 100.0 and hard == 0.0
    short, long = readability("很轻。很暖。", "zh"), readability("很轻而且" * 20 + "很暖。", "zh")
    assert short == 100.0 and long < 40


def test_rare_characters_read_harder_but_not_where_the_row_has_them() -> None:
    assert is_common("的") and not is_common("饕") and not is_common("龘")
    assert readability("饕餮龘靐。", "zh") < readability("大家好呀。", "zh")
    assert readability("饕餮龘靐。", "zh", given="饕餮龘靐") == 100.0


def test_words_of_the_row_cannot_make_a_text_hard() -> None:
    name = "Internationalization Administration"
    text = f"This is {name}."
    assert readability(text, "en") < 30 < readability(text, "en", given=name)


def test_sentences_end_where_they_end() -> None:
    assert sentences("价格 1.5 元。很好！Is it? Yes.") == ["价格 1.5 元", "很好", "Is it", "Yes"]
