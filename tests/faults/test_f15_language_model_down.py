"""F15: a language model that refuses, hangs, drips or talks nonsense costs bounded time and no crash."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pilothouse.guards.llm import Access, LlmDoor
from pilothouse.types import Prompt
from small_llm import HURRIED, door_to, serving

TEXT = Prompt("text", 1, "You answer.", "Answer: {text}")
JSON = Prompt(
    "json",
    1,
    "You answer.",
    "Answer: {text}",
    {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
)
ASK = [{"text": "how are you?"}]
# manner: (what the reader is told, attempts)
FAULTS = {
    "hang": ("llm.timeout", 3),
    "drip head": ("llm.timeout", 3),
    "drip body": ("llm.timeout", 3),
    "429": ("llm.busy", 3),
    "429 3600": ("llm.busy", 1),
    "429 Wed, 21 Oct 2015 07:28:00 GMT": ("llm.busy", 3),
    "429 soon": ("llm.busy", 3),
    "500": ("llm.server", 3),
    "503": ("llm.server", 3),
    "400": ("llm.rejected", 1),
    "401": ("llm.rejected", 1),
    "302": ("llm.redirected", 1),
    "not json": ("llm.bad_reply", 1),
    "tool call": ("llm.bad_reply", 1),
    "cut off": ("llm.cut_off", 1),
    "break off": ("llm.unreachable", 1),
    "endless": ("llm.unreachable", 1),
}


@pytest.mark.parametrize("manner", FAULTS)
def test_f15_fault_is_a_labelled_reply_in_both_languages(manner: str, tmp_path: Path) -> None:
    told, attempts = FAULTS[manner]
    with serving(manner=manner) as server:
        started = time.monotonic()
        (reply,) = door_to(server, tmp_path, timeout_s=0.3).ask(TEXT, ASK)
        took = time.monotonic() - started
        assert reply.failed is not None and reply.failed.key == told
        assert reply.failed.text("en") != reply.failed.text("zh") and reply.text == "" and reply.data is None
        assert len(server.got) == attempts
        assert took < attempts * 0.3 + 10


def test_f15_refused_connection_and_unknown_host_are_told_at_once(tmp_path: Path) -> None:
    with serving() as server:
        door = door_to(server, tmp_path)
    (reply,) = door.ask(TEXT, ASK)
    assert reply.failed is not None and reply.failed.key == "llm.unreachable"
    lost = Access("m", tmp_path / "s", base_url="http://nowhere.invalid/v1", allow_hosts=("nowhere.invalid",))
    (reply,) = LlmDoor(lost, patience=HURRIED).ask(Prompt("t", 1, "s", "u"), [{}])
    assert reply.failed is not None and reply.failed.key in ("llm.unreachable", "llm.needs_privacy")


@pytest.mark.parametrize("passing", [["429"], ["500", "429"], ["hang"], ["503", "503"]])
def test_f15_passing_fault_is_tried_again(passing: list[str], tmp_path: Path) -> None:
    with serving() as server:
        server.manners = [*passing]
        (reply,) = door_to(server, tmp_path, timeout_s=0.3).ask(TEXT, ASK)
        assert reply.failed is None and reply.text == "fine"
        assert len(server.got) == len(passing) + 1


def test_f15_reply_that_is_not_of_the_schema_is_asked_once_more(tmp_path: Path) -> None:
    replies = iter(["certainly! {", '{"a": 3}'])
    with serving(lambda _: next(replies)) as server:
        (reply,) = door_to(server, tmp_path).ask(JSON, ASK)
        assert reply.data == {"a": 3} and reply.tokens_out == 10
        first, second = server.requests
        assert second["messages"][: len(first["messages"])] == first["messages"]
        assert second["messages"][-2]["content"] == "certainly! {"
        assert first["response_format"]["json_schema"]["schema"] == JSON.schema


BAD_JSON = (
    "",
    "x",
    "[]",
    '{"a": "3"}',
    '{"a": NaN}',
    '{"a": 1, "a": 2}',
    '{"a": 1e999}',
    '{"b": 1}',
    '{"a": true}',
    '{"a": ' + "9" * 6_000 + "}",
    '{"a": ' + "[" * 50_000 + "]" * 50_000 + "}",
    '{"a": 3} and more',
)


@pytest.mark.parametrize("text", BAD_JSON, ids=lambda t: t[:12] or "empty")
def test_f15_bad_json_is_a_failed_reply(text: str, tmp_path: Path) -> None:
    with serving(lambda _: text) as server:
        (reply,) = door_to(server, tmp_path).ask(JSON, ASK)
        assert reply.failed is not None and reply.failed.key == "llm.bad_reply"
        assert len(server.got) == (2 if text else 1)


def test_f15_circuit_opens_and_closes_again(tmp_path: Path) -> None:
    with serving(manner="500") as server:
        door = door_to(server, tmp_path)
        asked = [{"text": f"question {i}"} for i in range(12)]
        assert {r.failed.key for r in door.ask(TEXT, asked) if r.failed} == {"llm.server", "llm.resting"}
        assert len(server.got) < 12 * 3 / 2
        server.manner = "well"
        time.sleep(30 * HURRIED.scale + 0.1)
        assert door.ask(TEXT, ASK)[0].text == "fine"
        assert all(r.failed is None for r in door.ask(TEXT, asked))


def test_f15_one_bad_reply_of_many_fails_alone(tmp_path: Path) -> None:
    def say(request: dict[str, object]) -> str:
        return "" if "question 3" in str(request["messages"]) else "fine"

    with serving(say) as server:
        replies = door_to(server, tmp_path).ask(TEXT, [{"text": f"question {i}"} for i in range(8)])
        assert [r.failed is None for r in replies] == [i != 3 for i in range(8)]


def test_f15_full_or_readonly_folder_is_a_failed_reply(tmp_path: Path) -> None:
    (tmp_path / "llm").write_text("a file where a folder should be")
    with serving() as server:
        (reply,) = door_to(server, tmp_path).ask(TEXT, ASK)
        assert reply.failed is not None and reply.failed.key == "store.full"
