"""The page that writes a scenario from nothing, done as it says."""

from __future__ import annotations

import csv
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from docs.pages import blocks, files, install, page
from pilothouse import registry
from pilothouse.checks import check_scenario

EN, ZH = "docs/writing-a-scenario.md", "docs/writing-a-scenario.zh-CN.md"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("site")
    install(page(EN), place)
    return place


@pytest.fixture
def installed(package: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(package))
    importlib.invalidate_caches()
    yield package
    sys.modules.pop("pilothouse_wait", None)


def test_both_languages_show_the_same_code() -> None:
    assert blocks(page(EN)) == blocks(page(ZH))
    assert set(files(page(EN))) == set(files(page(ZH)))


def test_scenario_is_about_forty_lines() -> None:
    code = files(page(EN))["pilothouse_wait/__init__.py"]
    said = [
        line for line in code.splitlines() if line.strip() and not line.startswith(('"""', "import", "from"))
    ]
    assert len(said) <= 40


def test_scenario_passes_every_check(installed: Path) -> None:
    assert "wait" in registry.names()
    passed = []
    for name, check in check_scenario(registry.find("wait")):
        check()
        passed.append(name)
    assert "runs_end_with_a_verdict" in passed


def test_check_blocks_of_the_page_run(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = next(b for language, b in blocks(page(EN)) if "check_scenario(Wait)" in b)
    called: list[str] = []

    def quick(kind: object) -> Iterator[tuple[str, Callable[[], None]]]:
        yield "one", lambda: called.append(kind.__name__)  # type: ignore[attr-defined]

    monkeypatch.setattr("pilothouse.checks.check_scenario", quick)
    exec(compile(code, "page", "exec"), {})
    assert called == ["Wait"]


def test_scenario_runs_from_the_command_line(package: Path, tmp_path: Path) -> None:
    with (tmp_path / "orders.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["orders", "cooks", "km", "minutes"])
        random = np.random.default_rng(4)
        for orders, cooks, km in random.poisson(6, (400, 3)):
            writer.writerow(
                [orders, cooks, km, round(30 + 2 * (orders - cooks + km) + random.normal(0, 8), 1)]
            )
    words = ["run", "orders.csv", "--target", "minutes", "--option", "scenario=wait", "--option", "close=10"]
    command = [sys.executable, "-m", "pilothouse", *words, "--option", "time_budget_s=5", "--json"]
    env = {**os.environ, "PYTHONPATH": str(package), "LC_ALL": "zh_CN.UTF-8"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["scenario"] == "wait"
    assert record["metric"]["name"] == "close"
    assert record["question"]["zh"] == "要等多久？"


def test_unknown_scenario_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    command = [sys.executable, "-m", "pilothouse", "run", "a.csv", "--option", "scenario=predikt"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "predict" in done.stderr
