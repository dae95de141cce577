"""F07, the state: eight processes on one product."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pilothouse.errors import Workspace
from pilothouse.store.state import State

LOOKER = """
import sys
from pathlib import Path
from pilothouse.store.state import Run, State
state = State(Path(sys.argv[1]), wait_s=60)
for i in range(40):
    print(state.look("data", "target", f"{sys.argv[2]}-{i}"))
    state.record_run(Run("churn", f"{sys.argv[2]}-{i}", "2025", "done"))
"""
HOLDER = """
import sys, time
from pathlib import Path
from pilothouse.store.state import State
with State(Path(sys.argv[1])).database.write():
    print("holding", flush=True)
    time.sleep(60)
"""


def test_f07_eight_processes_lose_and_double_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", LOOKER, str(path), str(number)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(8)
    ]
    numbers: list[int] = []
    for process in started:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        numbers += map(int, out.split())
    assert sorted(numbers) == list(range(1, 321))
    state = State(path)
    assert len(state.runs()) == 320
    state.close()


def test_f07_waiting_writer_names_the_holder_and_goes_on_when_it_dies(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    state = State(path, wait_s=0.3)
    assert state.look("d", "t", "a") == 1
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None and holder.stdout.readline() == b"holding\n"
    began = time.monotonic()
    with pytest.raises(Workspace) as caught:
        state.look("d", "t", "b")
    assert time.monotonic() - began < 10
    for language in ("en", "zh"):
        assert str(holder.pid) in caught.value.text(language)
        assert "locked" not in caught.value.text(language)
    assert state.runs() == []
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    assert state.look("d", "t", "b") == 2
    state.close()
