from __future__ import annotations

import json

import pytest

from pilothouse.errors import Conflict
from pilothouse.messages import Language, say
from pilothouse.service.replies import Refusal, body_of, language_of


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("ZH-hans", "zh"),
        ("fr,zh;q=0.1", "zh"),
        ("zh;q=0", "en"),
        ("fr", "en"),
        ("", "en"),
        ("*", "en"),
        ("zh;q=x", "en"),
        ("zh;q=0.5,en;q=0.6", "en"),
        (",,;q=", "en"),
        ("x" * 10_000, "en"),
    ],
)
def test_language_of_follows_the_wish(wish: str, language: Language) -> None:
    assert language_of(wish, "en") == language


def test_body_of_says_it_in_both_languages_and_once_in_the_readers() -> None:
    refusal = Refusal.of(
        Conflict(say("store.promoted_before", use_case="churn", number=3), say("store.look_again"))
    )
    error = json.loads(body_of(refusal, "zh", "abc"))["error"]
    assert set(error) == {"code", "problem", "fix", "message", "id"} and error["id"] == "abc"
    assert set(error["problem"]) == set(error["fix"]) == {"zh", "en"}
    assert error["message"] == error["problem"]["zh"] + error["fix"]["zh"]
    assert refusal.status == 409 and error["code"] == "conflict"
