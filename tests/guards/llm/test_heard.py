from __future__ import annotations

from typing import Any

import pytest

from pilothouse.guards.llm.heard import Heard, read_completion


def completion(content: Any, reason: Any = "stop", usage: Any = None) -> dict[str, Any]:
    return {"choices": [{"message": {"content": content}, "finish_reason": reason}], "usage": usage}


def test_completion_is_read() -> None:
    told = {"prompt_tokens": 3, "completion_tokens": 4}
    assert read_completion(completion("hi", usage=told)) == Heard("hi", None, 3, 4)


@pytest.mark.parametrize(
    "usage", [None, [], "x", {"prompt_tokens": -1, "completion_tokens": True}, {"prompt_tokens": 1e9}]
)
def test_tokens_that_were_not_counted_are_unknown(usage: Any) -> None:
    found = read_completion(completion("hi", usage=usage))
    assert found.text == "hi" and found.tokens_in is None and found.tokens_out is None


@pytest.mark.parametrize(
    "reply",
    [None, [], "x", {}, {"choices": []}, {"choices": None}, {"choices": [None]}, {"choices": ["x"]},
     {"choices": {"0": 1}}, completion(None), completion(""), completion("  "), completion(["x"]),
     {"choices": [{"message": None}]}],
)  # fmt: skip
def test_anything_else_is_a_bad_reply(reply: Any) -> None:
    assert read_completion(reply).fault == "bad_reply"


def test_reply_that_was_cut_off_is_none() -> None:
    assert read_completion(completion("half", "length")) == Heard(None, "cut_off")
