from __future__ import annotations

import json

import pytest

from pilothouse.messages import Message, locale_language, say


def test_text_fills_places_in_both_languages() -> None:
    message = say("cli.answered", rows=1234, path="out.csv")
    assert message.text("en") == "1,234 rows answered: out.csv"
    assert "1,234" in message.text("zh") and "行" in message.text("zh")


def test_text_says_messages_within_messages_in_the_same_language() -> None:
    inner = say("pipeline.role_id")
    outer = say("pipeline.scan_question", question=inner)
    assert inner.text("zh") in outer.text("zh")
    assert inner.text("en") in outer.text("en")


def test_json_round_trip_keeps_inner_messages() -> None:
    message = say("pipeline.scan_question", question=say("pipeline.role_id"))
    kept = json.loads(json.dumps(message.as_json()))
    assert Message.from_json(kept).text("zh") == message.text("zh") == kept["zh"]


@pytest.mark.parametrize("key", ["nowhere.at_all", "cli.no_such_name", "../cli.eta", "/etc/x.eta", "json.x"])
def test_unknown_key_is_a_key_error_and_imports_nothing(key: str) -> None:
    with pytest.raises(KeyError):
        say(key).text("en")


@pytest.mark.parametrize(
    ("spoken", "language"), [("zh_CN.UTF-8", "zh"), ("ZH", "zh"), ("C", "en"), ("", "en"), ("de_DE", "en")]
)
def test_locale_decides_the_language(spoken: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.delenv("LANG", raising=False)
    monkeypatch.setenv("LC_ALL", spoken)
    assert locale_language() == language
