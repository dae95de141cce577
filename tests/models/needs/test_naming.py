"""Names, phrases, wordings, quotes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.needs.conftest import PARTS
from pilothouse.models.needs.naming import _grown, columns, name_of, nearest, telling_words, wordings
from pilothouse.models.needs.tally import mentions


def test_each_need_is_told_by_its_own_words(topics: Any, told: Any) -> None:
    seen = mentions(topics, told[0], None)
    found = telling_words(topics, seen.sentences, seen.need)
    for words in found:
        own = {w for phrase in words for w in phrase.split()}
        assert any(own <= set(part) for part in PARTS.values())
    assert len({name_of(words) for words in found}) == 3


def test_name_has_three_words_none_within_another() -> None:
    assert name_of(["电池", "电池续航", "屏幕", "键盘", "内存"]) == "电池 · 屏幕 · 键盘"
    assert name_of([]) == ""


def test_wordings_join_a_thing_and_what_is_said_of_it() -> None:
    said = ["隔音太差", "隔音太差，睡不好", "早餐不错", "早餐不错，推荐", "隔音"]
    blames, likes = wordings(said, ["隔音", "早餐"])
    if not blames:  # without word cutting pairs of characters hold the words too
        pytest.skip("needs the extra text")
    assert blames[0] == ("隔音 太差", 2) and likes[0] == ("早餐 不错", 2)


def test_quotes_are_clear_short_and_different() -> None:
    seen = [
        "1、隔音很差晚上根本没法睡",
        "隔音很差晚上根本没法睡觉的",
        "差",
        "房间隔音不好，楼上走路都听得见",
        "长" * 200,
    ]
    found = nearest(seen, np.array([3.0, 2.9, 9.0, 2.0, 8.0]), np.arange(5))
    assert found[0] == "隔音很差晚上根本没法睡"
    assert found[1] == "房间隔音不好，楼上走路都听得见" and len(found) == 2


def test_a_long_text_is_cut_where_there_is_no_other() -> None:
    (only,) = nearest(["长" * 200], np.array([1.0]), np.arange(1))
    assert len(only) == 120 and only.endswith("…")
    assert columns("a长") == 3


def test_without_word_cutting_pairs_grow_into_phrases() -> None:
    texts = ["服务态度很差", "前台服务态度不好", "他的服务态度可以", "服务态度真差", "早餐一般"]
    assert _grown({"务态": 3.0, "态度": 2.0, "早餐": 1.0, "wifi": 0.5}, texts) == ["服务态度", "早餐", "wifi"]
