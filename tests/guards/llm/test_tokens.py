from __future__ import annotations

from pilothouse.guards.llm.tokens import likely_tokens, most_tokens


def request(text: str) -> dict[str, object]:
    return {"messages": [{"content": text}, {"content": "answer"}]}


def test_bound_holds_every_byte_and_the_guess_lies_below() -> None:
    for text in ("你好世界" * 50, "hello world " * 50, "a\U0001f600" * 50):
        told = request(text)
        assert likely_tokens(told) < most_tokens(told)
        assert most_tokens(told) > len(text.encode())


def test_schema_counts() -> None:
    bare = request("x")
    assert most_tokens({**bare, "response_format": {"a": "b" * 100}}) >= most_tokens(bare) + 100
