"""The door as callers see it; what it survives is in the faults F15, F33, F40, F41, F42, F45."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from pilothouse.errors import Refused
from pilothouse.guards.llm import Access, LlmDoor
from pilothouse.types import Door, Prompt
from small_llm import HURRIED, door_to, serving

TEXT = Prompt("text", 1, "You answer.", "Answer: {text}", most_tokens=40)


def echo(request: dict[str, list[dict[str, str]]]) -> str:
    return request["messages"][-1]["content"].split("\n")[1]


def test_replies_come_in_order_and_the_same_question_is_asked_once(tmp_path: Path) -> None:
    with serving(echo) as server:
        door: Door = door_to(server, tmp_path, price_in=0.0, price_out=0.0)
        texts = [f"word {i % 7}" for i in range(30)]
        replies = door.ask(TEXT, [{"text": t} for t in texts])
        assert [r.text for r in replies] == texts
        assert len(server.got) == 7
        assert sum(r.tokens_in for r in replies) == 7 * 10


def test_kept_reply_costs_nothing_and_belongs_to_prompt_and_model(tmp_path: Path) -> None:
    with serving(echo) as server:
        door = door_to(server, tmp_path)
        door.ask(TEXT, [{"text": "a"}])
        (again,) = pickle.loads(pickle.dumps(door)).ask(TEXT, [{"text": "a"}])
        assert again.text == "a" and (again.tokens_in, again.cost, again.seconds) == (0, 0.0, 0.0)
        assert len(server.got) == 1
        for changed in (
            Prompt("text", 2, "You answer.", "Answer: {text}"),
            Prompt("t", 1, "X.", "Answer: {text}"),
        ):
            door.ask(changed, [{"text": "a"}])
        other = Access("other", tmp_path / "s", base_url=server.url, allow_hosts=("127.0.0.1",))
        LlmDoor(other, folder=tmp_path / "llm").ask(TEXT, [{"text": "a"}])
        assert len(server.got) == 4


def test_texts_that_differ_in_a_personal_value_share_a_reply(tmp_path: Path) -> None:
    with serving(echo) as server:
        door = door_to(server, tmp_path)
        replies = door.ask(TEXT, [{"text": "call 13912345678"}, {"text": "call 13987654321"}])
        assert [r.text for r in replies] == ["call 13912345678", "call 13987654321"] and len(server.got) == 1


def test_replaying_door_asks_nothing(tmp_path: Path) -> None:
    with serving(echo) as server:
        door_to(server, tmp_path).ask(TEXT, [{"text": "a"}])
        replay = door_to(server, tmp_path).at(tmp_path / "llm", replays=True)
        known, new = replay.ask(TEXT, [{"text": "a"}, {"text": "b"}])
        assert known.text == "a" and new.failed is not None and new.failed.key == "llm.not_kept"
        assert len(server.got) == 1


def test_kept_reply_that_somebody_altered_is_still_harmless(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    prompt = Prompt("json", 1, "You answer.", "{text}", schema)
    with serving(lambda _: '{"a": "well"}') as server:
        door_to(server, tmp_path).ask(prompt, [{"text": "a"}])
        file = tmp_path / "llm" / "replies.jsonl"
        kept = json.loads(file.read_text())
        file.write_text(json.dumps({**kept, "text": '{"a": "![x](http://away.example)"}'}) + "\n")
        assert door_to(server, tmp_path).ask(prompt, [{"text": "a"}])[0].data == {"a": "x"}
        file.write_text(json.dumps({**kept, "text": '{"a": 3}'}) + "\n")
        (reply,) = door_to(server, tmp_path).ask(prompt, [{"text": "a"}])
        assert reply.failed is not None and reply.failed.key == "llm.bad_reply"


def test_price_asks_nothing_and_grows_with_the_questions(tmp_path: Path) -> None:
    with serving(echo) as server:
        door = door_to(server, tmp_path, price_in=1_000.0, price_out=2_000.0)
        one, many = (door.price(TEXT, [{"text": f"{i} 你好"} for i in range(n)]) for n in (1, 10))
        assert one[0] > 40 * 2_000 / 1e6 and many[0] == pytest.approx(10 * one[0]) and many[1] > one[1] > 0
        assert not server.got


def test_key_is_sent_from_the_environment_and_written_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(echo) as server:
        door = door_to(server, tmp_path, key="SMALL_KEY")
        monkeypatch.delenv("SMALL_KEY", raising=False)
        (reply,) = door.ask(TEXT, [{"text": "a"}])
        assert reply.failed is not None and reply.failed.key == "llm.no_key" and not server.got
        with pytest.raises(Refused):
            door.check()
        monkeypatch.setenv("SMALL_KEY", "the-secret-itself")
        door.check()
        assert door.ask(TEXT, [{"text": "a"}])[0].failed is None
        assert b"authorization: bearer the-secret-itself" in server.got[0].lower()
    assert b"the-secret-itself" not in pickle.dumps(door)
    assert not [p for p in (tmp_path / "llm").iterdir() if b"the-secret-itself" in p.read_bytes()]


def test_door_says_what_it_is(tmp_path: Path) -> None:
    with serving() as server:
        door = door_to(server, tmp_path)
        assert (door.model, door.remote, door.closed) == ("small", False, None)
    far = LlmDoor(Access("m", tmp_path / "s", base_url="https://models.example.com/v1"), patience=HURRIED)
    assert far.remote


def test_refused_address_is_a_failed_reply(tmp_path: Path) -> None:
    with serving() as server:
        (reply,) = door_to(server, tmp_path, allow_hosts=()).ask(TEXT, [{"text": "a"}])
        assert reply.failed is not None and reply.failed.key == "llm.host_not_listed" and not server.got
