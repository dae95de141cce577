"""F05 and F06, the state: a folder that cannot be written to, a disk that is full."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pilothouse.store.state import Run, State

HERE = Path(__file__).parent
WRITER = """
import sys, time
from pathlib import Path
from pilothouse.store.state import Run, State
state = State(Path(sys.argv[1]))
state.record_run(Run("churn", "r2", "2025", "done"))
print("ready", flush=True)
time.sleep(60)
"""


def child(what: str, path: Path, *more: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(HERE / "unwritable_state.py"), what, str(path), *more],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def path() -> Iterator[Path]:
    """A state file that other users can reach: pytest's own folders are private."""
    folder = Path(tempfile.mkdtemp(prefix="pilothouse-f06-"))
    made = folder / "product" / ".pilothouse" / "state.db"
    state = State(made)
    state.record_run(Run("churn", "r1", "2025", "done"))
    state.close()
    made.chmod(0o644)
    yield made
    for part in (folder, folder / "product", made.parent):
        part.chmod(0o755)
    shutil.rmtree(folder)


def forbid_writing(path: Path) -> None:
    for part in path.parent.iterdir():
        part.chmod(0o444)
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        folder.chmod(0o555)


def check(found: dict[str, Any], runs: int) -> None:
    assert found["serving"] == found["again"] == {"value": runs}
    assert found["write"]["problem"] == "store.read_only"
    assert "cannot be written" in found["write"]["text"] and "无法写入" in found["write"]["zh"]


def test_f06_read_only_folder_is_read_and_says_so(path: Path) -> None:
    forbid_writing(path)
    check(child("as_nobody", path), 1)


def test_f06_read_only_folder_with_an_open_log_is_read_whole(path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None and writer.stdout.readline() == b"ready\n"
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    assert path.with_name("state.db-wal").stat().st_size > 0
    forbid_writing(path)
    check(child("as_nobody", path), 2)


@pytest.mark.parametrize("room", [0, 3_000, 60_000])
def test_f05_full_disk_loses_nothing_and_recovers(path: Path, room: int) -> None:
    found = child("without_room", path, str(room))
    assert found["fault"]["problem"] == "store.full" and found["fault"]["code"] == "workspace"
    assert found["during"] == {"value": found["before"] + found["kept"]}
    assert found["after"] == {"value": None}
    state = State(path)
    assert len(state.runs()) == found["before"] + found["kept"] + 1
    state.close()
