from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from pilothouse.cli.app import app
from pilothouse.cli.help import about, about_param, language_in

HAN = re.compile(r"[\u4e00-\u9fff]")


def walk(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, member in getattr(command, "commands", {}).items():
        yield from walk(member, f"{path}_{name}".strip("_"))


COMMANDS = dict(walk(get_command(app)))


@pytest.mark.parametrize("path", COMMANDS)
def test_help_speaks_the_locales_language(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["pilothouse"])
    words = [*path.split("_"), "--help"] if path else ["--help"]
    shown = {}
    for locale in ("C", "zh_CN.UTF-8"):
        monkeypatch.setenv("LC_ALL", locale)
        done = CliRunner().invoke(app, words, prog_name="pilothouse")
        assert done.exit_code == 0, done.output
        shown[locale] = done.stdout
    assert about(path).text("en") in shown["C"] and not HAN.search(shown["C"])
    assert about(path).text("zh") in shown["zh_CN.UTF-8"]
    for param in COMMANDS[path].params:
        if param.name != "help":
            assert about_param(path, param.name).text("en") in shown["C"]
            assert about_param(path, param.name).text("zh") in shown["zh_CN.UTF-8"]


def test_every_entry_of_the_catalogue_is_used() -> None:
    import tomllib
    from importlib import resources

    text = (resources.files("pilothouse") / "catalogues" / "help.toml").read_text(encoding="utf-8")
    told = {name for name in tomllib.loads(text) if name.startswith(("command_", "param_"))}
    used = {"command_root", "param_help"}
    for path, command in COMMANDS.items():
        used |= {about(path).key.partition(".")[2]}
        used |= {about_param(path, p.name).key.partition(".")[2] for p in command.params if p.name != "help"}
    assert told == used | {"param_source", "param_output", "param_name", "param_run"} & told


@pytest.mark.parametrize(
    ("words", "language"),
    [(["--lang", "zh"], "zh"), (["run", "--lang=zh"], "zh"), (["--lang"], "en"), (["--lang", "fr"], "en")],
)
def test_language_is_found_before_parsing(
    words: list[str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    assert language_in(words) == language


def test_help_costs_little_more_than_the_library_that_shows_it() -> None:
    import subprocess

    def quickest(*words: str) -> float:
        best = 99.0
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([sys.executable, *words], check=True, capture_output=True)
            best = min(best, time.perf_counter() - start)
        return best

    bare = quickest("-c", "import json, tomllib, pathlib, dataclasses")
    assert quickest("-m", "pilothouse", "--help") < 8 * bare  # a clock would blame a busy machine
