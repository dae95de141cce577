"""``python -m benchmarks.llm``: chat, JSON, budget and replay against the weights named in PILOTHOUSE_GGUF.

A developer's check, twice: in process, and over HTTP as any OpenAI-compatible server. It
needs the extra ``llm``, downloads nothing, and exits 1 when something does not hold. What
a small model says is printed, not judged; only the form is.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pilothouse.guards.llm import Access, LlmDoor
from pilothouse.store.purse import Purses
from pilothouse.store.state import State
from pilothouse.types import Prompt, Reply

CHAT = Prompt("check_chat", 1, "You are a helpful assistant of a hotel. Be brief.", "{question}", None, 120)
LABEL = Prompt(
    "check_label",
    1,
    "You read one review of a hotel and say whether the guest was content.",
    "Review:\n{text}\nReply with the label.",
    {
        "type": "object",
        "properties": {"label": {"enum": ["good", "bad"]}},
        "required": ["label"],
        "additionalProperties": False,
    },
    40,
)
QUESTIONS = (
    "用一句话介绍北京。",
    "What is breakfast? One sentence.",
    "请把这个号码原样重复一遍：13912345678",
)
REVIEWS = (
    ("房间很干净，服务员很热情，下次还来。", "good"),
    ("又脏又吵，空调还是坏的，再也不来了。", "bad"),
    ("Lovely view and a very kind host.", "good"),
    ("The bed was broken and nobody cared.", "bad"),
    ("早餐丰富，位置方便。", "good"),
    ("退款拖了两个月，客服态度极差。", "bad"),
)
FAILED: list[str] = []


def hold(claim: str, holds: bool) -> None:
    """Print one claim, and remember where it does not hold."""
    print(f"  {'ok  ' if holds else 'FAIL'} {claim}")
    if not holds:
        FAILED.append(claim)


def speed(replies: list[Reply]) -> str:
    """Tokens and seconds of replies that were asked for."""
    told, took = sum(r.tokens_out for r in replies), sum(r.seconds for r in replies)
    return f"{sum(r.tokens_in for r in replies)} tokens in, {told} out, {took:.1f} s, {told / max(took, 1e-9):.1f} out/s"


def check(access: Access, folder: Path) -> None:
    """Chat, JSON, replay and budget by one way to the model."""
    door = LlmDoor(access, run="check/1", folder=folder / "llm")
    asked = [{"question": q} for q in QUESTIONS]
    replies = door.ask(CHAT, asked)
    for question, reply in zip(QUESTIONS, replies, strict=True):
        print(
            f"       {question} -> {reply.text[:90]!r}{' ' + reply.failed.text('en') if reply.failed else ''}"
        )
    hold(f"chat answers: {speed(replies)}", all(r.failed is None and r.tokens_out for r in replies))
    said = door.ask(LABEL, [{"text": t} for t, _ in REVIEWS])
    right = sum(
        r.data is not None and r.data["label"] == label for r, (_, label) in zip(said, REVIEWS, strict=True)
    )
    hold(
        f"JSON of the schema: {right} of {len(REVIEWS)} labels right, {speed(said)}",
        all(r.data for r in said),
    )
    kept = (folder / "llm" / "replies.jsonl").read_text(encoding="utf-8")
    hold("no personal value was kept", "13912345678" not in kept)
    again = door.at(folder / "llm", replays=True).ask(CHAT, asked)
    hold("replay gives the same and asks nothing", [r.text for r in again] == [r.text for r in replies])
    hold("replay costs nothing", not any(r.tokens_out or r.seconds for r in again))


def check_budget(access: Access, folder: Path) -> None:
    """A budget for about three calls stops a loop of a hundred."""
    calls = folder / "budget"
    run = f"check/{folder.name}"
    door = LlmDoor(access, run=run, folder=calls, keeps=False)
    replies = door.ask(LABEL, [{"text": f"number {i}"} for i in range(100)])
    state = State(access.state)
    spent = Purses(state.database).spent(f"llm run {run}")
    state.close()
    asked = sum('"key"' in line for line in (calls / "calls.jsonl").read_text(encoding="utf-8").split("\n"))
    stopped = sum(r.failed is not None and r.failed.key == "llm.no_money_run" for r in replies)
    hold(
        f"budget of {access.run_budget:g} stopped after {asked} calls and {spent:.4f}",
        0 < asked < 100 and spent <= access.run_budget and stopped == 100 - asked,
    )


@contextmanager
def listening(gguf: Path) -> Iterator[str]:
    """llama.cpp's own OpenAI-compatible server on loopback, behind a key."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(gguf)
    parameters.n_ctx, parameters.n_parallel, parameters.verbosity = 4_096, 1, 0
    parameters.api_keys = ["check-llm"]
    for cpu in (parameters.cpuparams, parameters.cpuparams_batch):
        cpu.n_threads, cpu.poll = max(1, (os.cpu_count() or 2) - 1), 0
    server = xllamacpp.Server(parameters)
    yield f"{server.listening_address}/v1"
    del server


def main() -> int:
    """Run every check; 2 without weights."""
    named = os.environ.get("PILOTHOUSE_GGUF", "")
    if not Path(named).is_file():
        print("name a GGUF file in PILOTHOUSE_GGUF")
        return 2
    gguf = Path(named).resolve()
    with tempfile.TemporaryDirectory() as made:
        state = Path(made) / "state.db"
        opened = State(state)
        opened.runs()
        opened.close()
        priced = {"price_in": 1.0, "price_out": 2.0, "day_budget": 1.0}
        print("in process:")
        check(Access(gguf.stem, state, gguf=gguf), Path(made) / "here")
        check_budget(Access(gguf.stem, state, gguf=gguf, run_budget=0.003, **priced), Path(made) / "here")
        print("over HTTP:")
        os.environ["CHECK_LLM_KEY"] = "check-llm"
        with listening(gguf) as url:
            far = {"base_url": url, "key": "CHECK_LLM_KEY", "allow_hosts": ("127.0.0.1",), "timeout_s": 300.0}
            check(Access(gguf.stem, state, **far), Path(made) / "there")
            check_budget(Access(gguf.stem, state, run_budget=0.003, **priced, **far), Path(made) / "there")
            wrong = Access(gguf.stem, state, base_url=url, allow_hosts=("127.0.0.1",))
            (reply,) = LlmDoor(wrong).ask(CHAT, [{"question": "hello"}])
            hold(
                "without the key it is rejected",
                reply.failed is not None and reply.failed.key == "llm.rejected",
            )
    print(json.dumps({"model": gguf.name, "failed": FAILED}, ensure_ascii=False))
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
