"""F04: kill -9 before every system call of a promotion and of a rollback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    done = subprocess.run(
        [sys.executable, str(HERE / "killed_at_each_call.py"), str(tmp_path_factory.mktemp("f04"))],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)
    return found


def test_f04_promotion_is_old_or_new(left: dict[str, list[dict[str, Any]]]) -> None:
    seen = left["ship"]
    assert len(seen) > 30 and seen[-1]["ended"]
    for found in seen:
        assert found["number"] == found["wanted"] in (1, 2), found
        assert found["run"] == f"run-{found['number']}" and found["bias"] == found["number"], found
        assert found["next"] == found["number"] + 1, found
        assert found["releases"] == list(range(found["next"], 0, -1)), found
    numbers = [found["number"] for found in seen]
    assert numbers == sorted(numbers) and set(numbers) == {1, 2}


def test_f04_rollback_is_old_or_new(left: dict[str, list[dict[str, Any]]]) -> None:
    seen = left["rollback"]
    assert len(seen) > 5 and seen[-1]["ended"]
    for found in seen:
        assert found["number"] == found["wanted"] in (1, 2) and found["bias"] == found["number"], found
        assert found["next"] == 3, found
    assert {found["number"] for found in seen} == {1, 2}
