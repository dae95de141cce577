"""Weights on this machine: refused where they are none. Asking real ones is ``make check-llm``."""

from __future__ import annotations

from pathlib import Path

import pytest

from pilothouse.errors import Refused
from pilothouse.guards.llm import Access, LlmDoor
from pilothouse.types import Prompt

pytest.importorskip("xllamacpp", reason="needs the extra llm")
TEXT = Prompt("text", 1, "You answer.", "Answer: {text}")


def told(gguf: Path) -> str:
    door = LlmDoor(Access("m", gguf.parent / "state.db", gguf=gguf))
    assert not door.remote
    with pytest.raises(Refused):
        door.check()
    (reply,) = door.ask(TEXT, [{"text": "a"}])
    assert reply.failed is not None
    return reply.failed.key


def test_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert told(tmp_path / "none.gguf") == "llm.no_gguf"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04\x95pickle"])
def test_file_of_another_kind_is_not_opened_by_the_library(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(content)
    assert told(tmp_path / "x.gguf") == "llm.bad_gguf"


def test_broken_weights_are_told(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"GGUF" + b"\x03\x00\x00\x00" + b"\xff" * 64)
    door = LlmDoor(Access("m", tmp_path / "state.db", gguf=tmp_path / "x.gguf"))
    (reply,) = door.ask(TEXT, [{"text": "a"}])
    assert reply.failed is not None and reply.failed.key == "llm.bad_gguf"
