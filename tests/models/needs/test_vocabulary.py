"""Telling words, halves, counts."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from pilothouse.models.needs.vocabulary import Vocabulary, halves, telling


def keys(text: str) -> list[str]:
    return [key for key, _ in telling(text)]


def test_function_words_moods_numbers_and_masks_tell_nothing() -> None:
    assert keys("I really like the battery, it is great, 100 [MOBILE]") == keys("battery")
    assert "不错" not in keys("酒店不错") and "的" not in keys("酒店的房间")


def test_forms_of_a_word_count_together_and_the_commonest_is_shown() -> None:
    texts = ["batteries"] * 2 + ["battery"] * 3 + ["screen"] * 5 + ["glass"] * 5
    vocabulary = Vocabulary.of(texts)
    shown = dict(zip(vocabulary.words, vocabulary.shown, strict=True))
    assert "battery" in shown.values() and "batteries" not in shown.values()


def test_traditional_counts_as_simplified() -> None:
    pytest.importorskip("opencc", reason="needs the extra text")
    assert keys("房間") == keys("房间")


def test_halves_share_no_place_and_lose_no_word() -> None:
    text = "breakfast coffee buffet reception luggage"
    first, second = halves(text)
    assert first + second == keys(text) and len(first) - len(second) in (0, 1)
    assert halves("") == ([], [])


def test_rare_and_everywhere_words_are_left_out() -> None:
    texts = [f"hotel room{'' if i % 2 else ' breakfast'}" for i in range(200)] + ["unicorn"]
    vocabulary = Vocabulary.of(texts)
    assert "unicorn" not in vocabulary.words and "hotel" not in vocabulary.words


def test_weighted_rows_have_length_one_and_rare_words_weigh_more() -> None:
    texts = ["alpha beta"] * 6 + ["beta gamma"] * 24 + ["delta"] * 60
    vocabulary = Vocabulary.of(texts)
    rows = vocabulary.weighted(vocabulary.counts_of(["alpha beta", "nothing"])).toarray()
    assert np.linalg.norm(rows[0]) == pytest.approx(1.0) and not rows[1].any()
    assert rows[0][vocabulary.place["alpha"]] > rows[0][vocabulary.place["beta"]]


def test_plain_form_comes_back() -> None:
    vocabulary = Vocabulary.of(["room bed", "room food", "food bed"])
    again = Vocabulary.of_plain(vocabulary.as_plain())
    assert again.words == vocabulary.words and np.array_equal(again.shares, vocabulary.shares)


def test_without_word_cutting_pairs_with_particles_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rjieba", None)
    telling.cache_clear()
    try:
        assert keys("早餐的品种") == ["早餐", "品种"]
    finally:
        monkeypatch.undo()
        telling.cache_clear()
