from __future__ import annotations

import pytest

from pilothouse.cli.words import answers, language_of, pairs
from pilothouse.errors import BadOption


def test_pairs_read_toml_and_else_text() -> None:
    given = [
        "contact=20",
        "true_positive=[300, 600, 900]",
        "per=month",
        "on=true",
        "url=a=b",
        "名=值",
        "empty=",
    ]
    assert pairs(given) == {
        "contact": 20,
        "true_positive": [300, 600, 900],
        "per": "month",
        "on": True,
        "url": "a=b",
        "名": "值",
        "empty": "",
    }
    assert pairs(None) == {}


@pytest.mark.parametrize("word", ["contact", "=20"])
def test_word_that_is_no_pair_is_refused(word: str) -> None:
    with pytest.raises(BadOption, match="NAME=VALUE"):
        pairs([word])


def test_answers_take_both_languages_and_column_names_with_equals_signs() -> None:
    assert answers(["duration=no", "通话=是", "a=b=YES"]) == {"duration": False, "通话": True, "a=b": True}
    with pytest.raises(BadOption):
        answers(["duration=perhaps"])


def test_language_is_the_flags_then_the_locales(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert language_of("en") == "en"
    assert language_of(None) == "zh"
    with pytest.raises(BadOption):
        language_of("fr")
