"""Documents that cannot lie: generated pages, equal languages, links, commands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from docs.pages import ROOT, blocks, page
from pilothouse import registry
from pilothouse.cli.app import app
from pilothouse.product import Settings
from pilothouse.service.routes import events, predict, recommend

sys.path.insert(0, str(ROOT / "docs"))
PAGES = ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md")
HAN = re.compile(r"[\u4e00-\u9fff]")


def markdown() -> list[str]:
    return [*PAGES, *(f"docs/{p.name}" for p in sorted((ROOT / "docs").glob("*.md")))]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reference_is_what_the_code_says(language: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, generate; sys.stdout.write(generate.reference(sys.argv[1]))",
            language,
        ],
        cwd=ROOT / "docs",
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"},
    )
    name = "docs/reference.md" if language == "en" else "docs/reference.zh-CN.md"
    assert done.stdout == page(name), "run: python docs/generate.py"


def headings(text: str) -> list[str]:
    """Headings outside of blocks."""
    bare = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    return re.findall(r"^(#+) ", bare, re.M)


@pytest.mark.parametrize("name", ["README", "docs/reference", "docs/writing-a-scenario"])
def test_both_languages_have_the_same_shape(name: str) -> None:
    en, zh = page(f"{name}.md"), page(f"{name}.zh-CN.md")
    assert headings(en) == headings(zh)
    assert len(blocks(en)) == len(blocks(zh))
    assert en.count("\n| ") == zh.count("\n| ")
    assert en.count("\n- ") == zh.count("\n- ")
    assert len(re.findall(r"\]\(", en)) == len(re.findall(r"\]\(", zh))
    inline = re.compile(r"`[^`\n]+`")
    if name == "README":
        assert sorted(w for w in inline.findall(en) if not HAN.search(w) and "COLUMN" not in w) == sorted(
            w for w in inline.findall(zh) if not HAN.search(w)
        )


@pytest.mark.parametrize("name", markdown())
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page(name)):
        if "://" not in target:
            assert ((ROOT / name).parent / target).exists(), target


def commands(text: str) -> list[list[str]]:
    lines = [line for _, block in blocks(text) for line in block.splitlines()]
    return [re.split(r"\s{2,}", line)[0].split() for line in lines if line.startswith("pilothouse ")]


def test_readme_lists_every_command() -> None:
    known: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
    for name in ("README.md", "README.zh-CN.md"):
        text = " ".join(" ".join(words) for words in commands(page(name)))
        named = set(re.findall(r"[a-z]+", text))
        assert set(known) - {"demo"} <= named
        for words in commands(page(name)):
            assert words[1] in known, words


def test_readmes_own_command_is_understood(tmp_path: Path) -> None:
    (line,) = [c for _, b in blocks(page("README.md")) for c in b.splitlines() if "run customers.csv" in c]
    words = shlex.split(line)
    assert words[:2] == ["pilothouse", "run"]
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1 and "customers.csv" in done.stderr, "only the file may be missing"


def test_settings_of_the_readme_are_understood() -> None:
    found = [b for language, b in blocks(page("README.md")) if language == "toml"]
    read = [Settings.model_validate(tomllib.loads(block)) for block in found]
    (use,) = [use for one in read for use in one.use_cases.values()]
    registry.find(use.scenario).options_type.model_validate(use.options)
    assert any(one.llm is not None for one in read)


def test_addresses_of_the_readme_are_answered() -> None:
    routers = (recommend.router, events.router, predict.router)
    known = {route.path for router in routers for route in router.routes}  # type: ignore[attr-defined]
    asked = "".join(b for _, b in blocks(page("README.md")) if "curl" in b)
    for path in re.findall(r"\$URL(/[a-z/-]+)", asked):
        named = re.sub(r"(?<=use-cases/)[a-z]+", "{name}", f"/v1{path}")
        assert named in known, path


def test_make_targets_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", page("Makefile"), re.M))
    named = set(re.findall(r"^make ([a-z-]+)", page("README.md"), re.M))
    assert named and named <= targets


def test_tree_of_the_readme_is_the_house() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        (tree,) = [b for _, b in blocks(page(name)) if b.startswith("src/pilothouse/")]
        for line in tree.splitlines()[1:]:
            for word in re.findall(r"[a-z_/]+(?:/|\.py|(?<=steps/)[a-z]+)", line[:21]):
                assert (ROOT / "src" / "pilothouse" / word).exists(), word


def test_extras_of_the_readme_are_the_packages() -> None:
    extras = set(tomllib.loads(page("pyproject.toml"))["project"]["optional-dependencies"])
    for name in ("README.md", "README.zh-CN.md"):
        named = set(re.findall(r"^\| `([a-z]+)` \|", page(name), re.M))
        assert named == extras - {"dev", "browser"}


def test_documents_speak_of_the_project_only() -> None:
    for name in markdown():
        assert not re.search(r"/work|\.\./shared|issue \d|session", page(name).replace("sessions", "")), name
