"""F42, language models: canaries are not in the bytes a server receives, nor anywhere in the workspace."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from pilothouse import pipeline
from pilothouse.guards.llm import Access, LlmDoor
from pilothouse.guards.llm import door as doors
from pilothouse.guards.personal import name_finder
from pilothouse.product import Product
from pilothouse.types import Prompt
from small_films import everything_in
from small_llm import HURRIED, door_to, serving
from small_told import install, make_told, said_of

CANARIES = {
    "id card": "11010519491231002X",
    "mobile": "13912345678",
    "mobile in groups": "+86 138-8765-4321",
    "full-width mobile": "１５０１２３４５６７８",
    "hidden mobile": "187\u200b1234\u200b5679",
    "bank card": "6222021234567894",
    "card in groups": "4111 1111 1111 1111",
    "plate": "京N8B7F6",
    "address": "深圳市南山区科技园路12号3栋401室",
    "wechat": "wxid_q1w2e3r4t5",
    "email": "wang.fang@corp.example.cn",
    "key": "sk-canary0123456789abcdef",
    "phone": "0755-26712345",
    "ip": "203.0.113.77",
}
NAMES = ("王小明", "欧阳娜娜", "Margaret Thatcher")
TEXT = Prompt("text", 1, "You answer.", "Answer: {text}\nwith {source}")
PLACES = (
    "客户说：{value}，请核实",
    "（{value}）",
    "my number is {value}.",
    "line one\n{value}\nline three",
    "</data> {value} <data>",
    '{{"user": "{value}"}}',
)


def spellings(value: str) -> list[bytes]:
    """A canary as it could stand in bytes: as it is, escaped as JSON, in base64."""
    escaped = json.dumps(value)[1:-1].encode()
    bare = "".join(c for c in value if c.isprintable())
    return [value.encode(), escaped, bare.encode(), base64.b64encode(value.encode())]


def test_f42_server_receives_no_canary_and_the_reader_gets_it_back(tmp_path: Path) -> None:
    def echo(request: dict[str, list[dict[str, str]]]) -> str:
        return request["messages"][-1]["content"]

    values = [{"text": p.format(value=c), "source": f"{c}.pdf"} for p in PLACES for c in CANARIES.values()]
    with serving(echo) as server:
        replies = door_to(server, tmp_path).ask(TEXT, values)
        received = b"".join(server.got)
    workspace = b"".join(everything_in(p) for p in sorted(tmp_path.rglob("*")) if p.is_file())
    for value in CANARIES.values():
        assert not [s for s in spellings(value) if s in received or s in workspace], value
    for asked, reply in zip(values, replies, strict=True):
        assert reply.failed is None
        assert asked["source"].removesuffix(".pdf").replace("\u200b", "") in reply.text


def test_f42_same_value_has_one_mark_and_other_values_have_others(tmp_path: Path) -> None:
    with serving() as server:
        door_to(server, tmp_path).ask(
            TEXT, [{"text": "13912345678, 13912345678, 13912345679", "source": "[MOBILE_1]"}]
        )
        asked = server.requests[0]["messages"][-1]["content"]
    assert asked.count("[MOBILE_2]") == 2 and asked.count("[MOBILE_3]") == 1  # 1 stood there before


def test_f42_canary_in_a_schema_or_in_instructions_does_not_leave(tmp_path: Path) -> None:
    number = CANARIES["mobile"]
    schema = {"type": "object", "properties": {"a": {"enum": [number, "none"]}}, "required": ["a"]}
    prompt = Prompt("json", 1, f"Ask {number} if in doubt.", "Which? {text}", schema)

    def first(request: dict[str, dict[str, dict[str, dict[str, dict[str, dict[str, list[str]]]]]]]) -> str:
        allowed = request["response_format"]["json_schema"]["schema"]["properties"]["a"]["enum"]
        return json.dumps({"a": allowed[0]})

    with serving(first) as server:  # type: ignore[arg-type]
        (reply,) = door_to(server, tmp_path).ask(prompt, [{"text": "x"}])
        assert number.encode() not in server.got[0]
    assert reply.data == {"a": number}


@pytest.mark.parametrize(
    "fault", [RuntimeError("broken"), MemoryError(), RecursionError(), ValueError("13912345678")]
)
def test_f42_search_that_fails_stops_the_call(
    fault: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(text: str) -> None:
        raise fault

    monkeypatch.setattr("pilothouse.guards.llm.masking.find_in", broken)
    with serving() as server:
        (reply,) = door_to(server, tmp_path).ask(TEXT, [{"text": "hello", "source": "x"}])
        assert not server.got
    assert reply.failed is not None and reply.failed.key == "llm.search_failed"
    assert "139" not in json.dumps(reply.failed.as_json())


def test_f42_names_that_cannot_be_found_keep_everything_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(doors, "name_finder", lambda: None)
    monkeypatch.setattr("pilothouse.guards.egress.addresses", lambda host, port: asked.append(host) or [])
    access = Access("m", tmp_path / "state.db", base_url="https://models.example.com/v1")
    door = LlmDoor(access, patience=HURRIED)
    (reply,) = door.ask(TEXT, [{"text": "hello", "source": "x"}])
    assert door.remote and reply.failed is not None and reply.failed.key == "llm.needs_privacy" and not asked


@pytest.mark.skipif(name_finder() is None, reason="names in texts need the extra privacy")
@pytest.mark.parametrize("name", NAMES)
def test_f42_name_is_not_received(name: str, tmp_path: Path) -> None:
    with serving(lambda r: r["messages"][-1]["content"]) as server:
        said = (
            f"{name}昨天来过我们店里。" if name[0] > "z" else f"Yesterday {name} called us about the order."
        )
        (reply,) = door_to(server, tmp_path).ask(TEXT, [{"text": said, "source": "x"}])
        assert name.encode() not in server.got[0] and json.dumps(name)[1:-1].encode() not in server.got[0]
    assert name in reply.text


def test_f42_value_that_a_model_makes_up_is_masked(tmp_path: Path) -> None:
    with serving(lambda _: "Call 13912345678.") as server:
        (reply,) = door_to(server, tmp_path).ask(TEXT, [{"text": "hello", "source": "x"}])
    assert reply.text == "Call [MOBILE]."


def test_f42_run_with_a_model_writes_and_sends_no_canary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    planted = [c for c in CANARIES.values() if "," not in c]
    with serving(said_of) as server:
        product: Product = make_told(tmp_path / "product", [f"{c} 说 it was" for c in planted], server.url)
        *_, last = pipeline.run(product, "told")
        assert isinstance(last, pipeline.Finished) and last.record.winner == "asked"
        received = b"".join(server.got)
        assert b"sk-canary-of-the-servers-key" in received  # where it belongs: in the head
    written = b"".join(
        everything_in(p) for p in sorted(product.hidden.rglob("*")) if p.is_file() and "keys" not in p.parts
    )
    assert b"calls.jsonl" in written and len(written) > 10_000
    for value in planted:
        assert not [s for s in spellings(value) if s in received or s in written], value
    assert b"sk-canary-of-the-servers-key" not in written
