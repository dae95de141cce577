"""Pairs of characters in Chinese, stems in English, sentences in both."""

from __future__ import annotations

import pytest

from pilothouse.models.texts import tokens
from pilothouse.models.texts.tokens import light_stem, sentences, terms, words


def test_terms_are_pairs_stems_and_numbers() -> None:
    assert terms("如何开通ＡＴＭ") == ["如何", "何开", "开通", "atm"]
    assert terms("卡 好") == ["卡", "好"]
    assert terms("How do I reset the passwords? 1,000.50 or 5%") == ["reset", "password", "1000.50", "5"]
    assert terms("5G手机 iPhone15") == ["5g", "手机", "iphone15"]
    assert terms(" \n!") == []


def test_question_and_answer_share_terms() -> None:
    asked, told = terms("resetting a customer’s cards"), terms("Customers reset their card")
    assert set(asked) & set(told) == set(asked)


@pytest.mark.parametrize("word", ["cards", "opened", "opening", "stopping", "policies"])
def test_without_a_stemmer_common_endings_go(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "installed", lambda name: False)
    bare = {"cards": "card", "opened": "open", "opening": "open", "stopping": "stop", "policies": "policy"}
    assert light_stem(word) == bare[word]
    tokens._stem.cache_clear()
    assert terms(word) == [bare[word]]
    tokens._stem.cache_clear()


def test_words_are_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert words("The Cards were OPENED") == ["the", "cards", "were", "opened"]
    monkeypatch.setattr(tokens, "installed", lambda name: False)
    assert words("信用卡 ok") == ["信用", "用卡", "ok"]


def test_sentences_end_where_readers_stop() -> None:
    assert sentences("你好。怎么办？”他说！") == ["你好。", "怎么办？”", "他说！"]
    told = "Dr. Smith paid Rs. 5.50 today. Then he left!  ok\nA new line"
    assert sentences(told) == ["Dr. Smith paid Rs. 5.50 today.", "Then he left!", "ok", "A new line"]
    assert sentences("") == []


def test_sentences_lose_no_letter() -> None:
    told = "第一句。第二句；third one. Fourth? 五"
    assert "".join("".join(sentences(told)).split()) == "".join(told.split())
