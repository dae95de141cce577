from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import Done
from pilothouse import pipeline
from pilothouse.errors import Conflict, Corrupt, NotFound, Refused
from pilothouse.pipeline.begin import begin
from pilothouse.pipeline.events import silent
from pilothouse.store.state import Run, State

FILES = [
    *("run.json", "plan.json", "candidates.json", "frozen.json", "exhibit.json", "predictions.parquet"),
    *("report.html", "card.md", "rejects.csv", "manifest.json"),
    *("model/fitted.json", "model/serving.json", "model/manifest.json"),
]


def edit_digit(path: Path) -> None:
    """Turn the last digit into another; a file without one gets one."""
    content = bytearray(path.read_bytes())
    found = [i for i, byte in enumerate(content) if chr(byte).isdigit()]
    if found:
        content[found[-1]] = ord("1") if content[found[-1]] != ord("1") else ord("2")
    else:
        content += b"1"
    path.write_bytes(bytes(content))


def test_fresh_run_holds(finished: Done) -> None:
    assert pipeline.verify(finished.folder.path) == []


@pytest.mark.parametrize("name", FILES)
def test_one_edited_digit_is_found(copied: Done, name: str) -> None:
    edit_digit(copied.folder.path / name)
    try:
        found = pipeline.verify(copied.folder.path)
    except (Corrupt, Refused):
        return
    assert any(name in message.text("en") for message in found)


def test_list_of_files_is_the_whole_folder(finished: Done) -> None:
    there = {str(p.relative_to(finished.folder.path)) for p in finished.folder.path.rglob("*") if p.is_file()}
    assert {name for name in there if not name.startswith("model/model/")} == set(FILES)


@pytest.mark.parametrize(
    "place",
    ["gain", "score", "rows", "low"],
)
def test_edited_figure_is_found_even_under_a_new_seal(copied: Done, place: str) -> None:
    path = copied.folder.path / "run.json"
    text = path.read_text(encoding="utf-8")
    test = text.index('"test": {', text.index('"baseline"'))
    spot = re.compile(rf'"{place}": (-?\d+\.?\d*)').search(text, test if place != "rows" else 0)
    assert spot is not None
    changed = f"{float(spot[1]) + 0.01:.6f}" if place != "rows" else str(int(spot[1]) + 1)
    path.write_text(text[: spot.start(1)] + changed + text[spot.end(1) :], encoding="utf-8")
    seal = copied.folder.seal()
    state = State(copied.product.hidden / "state.db")
    run = copied.record
    state.record_run(Run("churn", run.run_id, run.started_at, "done", run.verdict.code, seal))
    state.close()
    assert copied.folder.broken_files() == []
    assert pipeline.verify(copied.folder.path)


def test_retrained_run_gives_the_same_predictions(copied: Done) -> None:
    assert pipeline.verify(copied.folder.path, retrain=True) == []


def test_retrain_on_other_data_is_refused(copied: Done) -> None:
    edit_digit(copied.product.folder / "data" / "shop.csv")
    with pytest.raises(Conflict):
        pipeline.verify(copied.folder.path, retrain=True)


def test_retrain_on_other_questions_is_refused(copied: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = begin(copied.product, "churn", "en", silent)
    fewer = replace(whole, questions=replace(whole.questions, unit=whole.questions.unit[:-1]))
    monkeypatch.setitem(pipeline.verify.__globals__, "begin", lambda *_: fewer)
    with pytest.raises(Conflict, match="another number of questions"):
        pipeline.verify(copied.folder.path, retrain=True)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        pipeline.verify(tmp_path)
