"""Every page of the cookbook, run as it stands: its code, its figures and its picture."""

from __future__ import annotations

import ast
import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from docs.pages import ROOT, blocks, page

BOOK = ROOT / "docs" / "cookbook"
NAMES = sorted(path.stem for path in (BOOK / "en").glob("[0-9]-*.md"))
LANGUAGES = ("en", "zh")
NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?")
LOOSE = {"5-drawing": 0.25, "8-few-labels": 0.15}
"""Shares by which figures of longer trainings may differ between machines; else 0.05."""
LARGEST = 60_000
HAN = re.compile(r"[一-鿿]")


def text_of(name: str, language: str) -> str:
    return page(f"docs/cookbook/{language}/{name}.md")


def code_of(text: str) -> list[str]:
    return [block for kind, block in blocks(text) if kind == "python"]


def told_of(text: str) -> list[str]:
    return [block for kind, block in blocks(text) if kind == "text"]


def number(shown: str) -> float:
    return float(shown.replace(",", ""))


def prose(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    torch = pytest.importorskip("torch", reason="needs the extra deep")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(before)


def followed(text: str) -> list[str]:
    """Run a page's blocks in one namespace; return what each said that is followed by a text block."""
    known: dict[str, Any] = {"__name__": "page"}
    said, spoken = [], ""
    for kind, block in blocks(text):
        if kind == "python":
            assert not spoken, "what a block says must stand below it"
            heard = io.StringIO()
            with contextlib.redirect_stdout(heard):
                exec(compile(block, "page", "exec"), known)
            spoken = heard.getvalue()
        elif kind == "text":
            said.append(spoken)
            spoken = ""
    assert not spoken, "what a block says must stand below it"
    return said


def test_there_are_eight_pages_in_both_languages() -> None:
    assert len(NAMES) == 8
    assert sorted(path.stem for path in (BOOK / "zh").glob("[0-9]-*.md")) == NAMES


@pytest.mark.parametrize("language", LANGUAGES)
def test_index_names_every_page_in_order(language: str) -> None:
    index = text_of("README", language)
    assert re.findall(r"\]\(([0-9][^)]*)\)", index) == [f"{name}.md" for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_show_the_same_code_and_figures(name: str) -> None:
    en, zh = text_of(name, "en"), text_of(name, "zh")
    for one, other in zip(code_of(en), code_of(zh), strict=True):
        assert ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))  # all but comments
    assert told_of(en) == told_of(zh)
    bold = re.compile(r"\*\*([\d.,]+)\*\*")
    assert sorted(bold.findall(en)) == sorted(bold.findall(zh)) != []
    for mark in (r"^(#+) ", r"^> ", r"^!\[.*\]\((.*)\)", r"^\| "):
        assert re.findall(mark, prose(en), re.M) == re.findall(mark, prose(zh), re.M), mark


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_page_opens_with_a_question_and_closes_with_a_decision(name: str, language: str) -> None:
    text = prose(text_of(name, language))
    parts = re.findall(r"^## (.*)$", text, re.M)
    if language == "en":
        assert parts == ["What to decide", "What it took", "What can go wrong"]
        assert not HAN.search(text)
    else:
        assert parts == ["怎么决定", "花了多少", "小心什么"]
    assert re.search(r"^> \*\*.*[?？]$", text, re.M)


@pytest.mark.parametrize("name", NAMES)
def test_bold_figures_of_the_prose_stand_in_the_output(name: str) -> None:
    text = text_of(name, "en")
    told = {number(one) for one in NUMBER.findall("\n".join(told_of(text)))}
    assert {number(one) for one in re.findall(r"\*\*([\d.,]+)\*\*", text)} <= told


@pytest.mark.parametrize("name", NAMES)
def test_links_and_pictures_of_a_page_exist(name: str) -> None:
    for language in LANGUAGES:
        for target in re.findall(r"\]\(([^)#]+)", text_of(name, language)):
            assert (BOOK / language / target).exists(), target
    picture = BOOK / "pictures" / f"{name}.png"
    assert f"(../pictures/{name}.png)" in text_of(name, "zh")
    assert picture.stat().st_size < LARGEST


@pytest.mark.parametrize("name", NAMES)
def test_page_runs_to_its_figures_and_its_picture(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="needs the extra deep")
    pytest.importorskip("matplotlib", reason="needs the extra deep")
    image = pytest.importorskip("PIL.Image", reason="needs the extra deep")
    text = text_of(name, "en")
    monkeypatch.chdir(tmp_path)
    with one_thread():
        said = followed(text)
    for here, there in zip(said, told_of(text), strict=True):
        assert NUMBER.sub("#", here).split() == NUMBER.sub("#", there).split()
        for now, then in zip(NUMBER.findall(here), NUMBER.findall(there), strict=True):
            digit = 10.0 ** -len(then.partition(".")[2])
            near = pytest.approx(
                number(then), rel=0, abs=LOOSE.get(name, 0.05) * abs(number(then)) + 1.5 * digit
            )
            assert number(now) == near, here
    drawn, kept = (
        np.asarray(image.open(folder / f"{name}.png").convert("L"), dtype=float)
        for folder in (tmp_path, BOOK / "pictures")
    )
    assert kept.shape == drawn.shape and kept.shape[1] == 700
    assert drawn.std() > 20, "the picture is blank"
    assert np.abs(drawn - kept).mean() < 12, "draw the picture anew"
