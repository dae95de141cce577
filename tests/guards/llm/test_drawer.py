from __future__ import annotations

import json
import multiprocessing
import threading
from pathlib import Path

import pytest

from pilothouse.errors import Workspace
from pilothouse.guards.llm.drawer import CALLS, REPLIES, Drawer

KEY = "00c0ffee"


def test_first_reply_stands_and_other_drawers_see_it(tmp_path: Path) -> None:
    one, two = Drawer(tmp_path / "llm"), Drawer(tmp_path / "llm")
    assert one.find(KEY) is None
    assert one.keep(KEY, {"text": "first"})["text"] == "first"
    assert two.keep(KEY, {"text": "second"})["text"] == "first"
    assert two.find(KEY) == Drawer(tmp_path / "llm").find(KEY) == {"key": KEY, "text": "first"}


def test_line_that_a_kill_cut_short_is_absent_and_swallows_nothing(tmp_path: Path) -> None:
    Drawer(tmp_path).keep("aa000000", {"text": "whole"})
    with (tmp_path / REPLIES).open("ab") as file:
        file.write(b'\n{"key": "bb000000", "text": "ha')
    again = Drawer(tmp_path)
    assert again.find("bb000000") is None
    again.keep("cc000000", {"text": "next"})
    fresh = Drawer(tmp_path)
    assert fresh.find("aa000000") and fresh.find("cc000000") and fresh.find("bb000000") is None


def test_drawer_that_keeps_nothing_lists_calls_only(tmp_path: Path) -> None:
    drawer = Drawer(tmp_path, keeps=False)
    with drawer.turn(KEY):
        assert drawer.keep(KEY, {"text": "x"}) == {"text": "x"}
    drawer.note({"outcome": "answered"})
    assert drawer.find(KEY) is None and [p.name for p in tmp_path.iterdir()] == [CALLS]
    (line,) = [json.loads(row) for row in (tmp_path / CALLS).read_text().split("\n") if row]
    assert line["outcome"] == "answered" and line["at"].endswith("+00:00")


def _hold(folder: Path, taken: object, give_back: object) -> None:
    with Drawer(folder).turn(KEY):
        taken.set()  # type: ignore[attr-defined]
        give_back.wait(20)  # type: ignore[attr-defined]


def test_turn_is_waited_for_and_comes_back_by_a_kill(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    taken, give_back = spawn.Event(), spawn.Event()
    holder = spawn.Process(target=_hold, args=(tmp_path, taken, give_back))
    holder.start()
    assert taken.wait(60)
    got = threading.Event()

    def wait() -> None:
        with Drawer(tmp_path).turn(KEY):
            got.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    assert not got.wait(0.2)
    holder.kill()
    waiter.join(20)
    assert got.is_set()
    holder.join()
    holder.close()


def test_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "llm").write_text("")
    drawer = Drawer(tmp_path / "llm")
    for act in (lambda: drawer.keep(KEY, {}), lambda: drawer.note({})):
        with pytest.raises(Workspace):
            act()
