"""F03: a whole run killed with -9 goes on with the same command and ends with the same figures."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from conftest import Done
from leavers import figures, make_product
from pilothouse.pipeline.verify import differences

KILLS = 3


def start(place: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pilothouse", "run", place.name, "--json"]
    return subprocess.Popen(
        command,
        cwd=place.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ,
        start_new_session=True,
    )


def test_killed_run_ends_with_the_figures_of_an_uninterrupted_one(tmp_path: Path, finished: Done) -> None:
    product = make_product(tmp_path / "shop")
    moments = random.Random(11)
    killed = 0
    for _ in range(KILLS):
        child = start(product.folder)
        time.sleep(moments.uniform(0.8, 3.5))
        killed += child.poll() is None
        os.killpg(child.pid, signal.SIGKILL) if child.poll() is None else None
        child.communicate()
    assert killed
    last = start(product.folder)
    told, _ = last.communicate(timeout=180)
    assert last.returncode == 0
    assert differences("run", figures(json.loads(told)), figures(finished.folder.get_json("run.json"))) == []
    runs = [p for p in product.runs("churn").iterdir() if p.is_dir()]
    assert all((p / "manifest.json").exists() for p in runs), "an interrupted run was left behind"
