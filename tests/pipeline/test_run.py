from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Done
from leavers import figures, make_product
from pilothouse import pipeline
from pilothouse.errors import Conflict, UserFault
from pilothouse.lazy import installed
from pilothouse.pipeline import Event, Finished
from pilothouse.pipeline.verify import differences


def test_run_leaves_a_folder_of_readable_files(finished: Done) -> None:
    names = {p.name for p in finished.folder.path.iterdir()}
    wanted = {"run.json", "plan.json", "candidates.json", "report.html", "card.md"}
    assert wanted | {"predictions.parquet", "rejects.csv", "model", "manifest.json"} <= names
    assert "work" not in names
    flagged = (finished.product.outputs("churn") / "flagged.csv").read_text(encoding="utf-8-sig")
    assert flagged.splitlines()[0].startswith("customer,probability_yes")


def test_run_folder_holds_pseudonyms_and_outputs_hold_raw_ids(finished: Done) -> None:
    raw = b"000123"
    for path in finished.folder.path.rglob("*"):
        if path.is_file() and path.suffix in (".json", ".html", ".md"):
            assert b'"' + raw + b'"' not in path.read_bytes(), path.name
    ids = finished.folder.get_predictions()["id"]
    assert not any(str(i).isdigit() and len(str(i)) == 6 for i in ids)
    flagged = (finished.product.outputs("churn") / "flagged.csv").read_text(encoding="utf-8-sig")
    assert all(line.split(",")[0].isdigit() for line in flagged.splitlines()[1:])


def test_same_plan_and_seed_give_the_same_figures_and_no_new_look(copied: Done) -> None:
    *events, last = pipeline.run(copied.product, "churn")
    assert isinstance(last, Finished)
    assert all(isinstance(e, Event) for e in events)
    assert {e.step for e in events if isinstance(e, Event)} <= set(pipeline.STEPS)
    again, before = last.folder.get_json("run.json"), copied.folder.get_json("run.json")
    assert differences("run", figures(again), figures(before)) == []
    assert last.folder.run_id != copied.folder.run_id


def test_closed_stream_leaves_a_run_that_is_resumed(tmp_path: Path, finished: Done) -> None:
    product = make_product(tmp_path / "shop")
    events = pipeline.run(product, "churn")
    for event in events:
        if isinstance(event, Event) and event.step == "train" and event.done > 3:
            break
    events.close()  # type: ignore[attr-defined]
    (left,) = [p for p in product.runs("churn").iterdir() if p.is_dir()]
    *_, last = pipeline.run(product, "churn")
    assert isinstance(last, Finished)
    assert last.folder.path == left
    assert (
        differences(
            "run", figures(last.folder.get_json("run.json")), figures(finished.folder.get_json("run.json"))
        )
        == []
    )


def test_two_runs_of_one_use_case_at_once_are_refused(tmp_path: Path) -> None:
    product = make_product(tmp_path / "shop", rows=300)
    first = pipeline.run(product, "churn")
    for event in first:
        if isinstance(event, Event) and event.step == "train":
            break
    with pytest.raises(Conflict, match=str(os.getpid())):
        list(pipeline.run(product, "churn"))
    first.close()  # type: ignore[attr-defined]


def test_use_case_with_nothing_to_learn_is_the_users_to_fix(tmp_path: Path) -> None:
    product = make_product(tmp_path / "shop", rows=300)
    lines = (tmp_path / "shop" / "data" / "shop.csv").read_text(encoding="utf-8").splitlines()
    kept = [",".join((line.split(",")[0], line.split(",")[-1])) for line in lines]
    (tmp_path / "shop" / "data" / "shop.csv").write_text("\n".join(kept), encoding="utf-8")
    with pytest.raises(UserFault):
        list(pipeline.run(product, "churn"))


@pytest.mark.skipif(not installed("ray"), reason="ray is not installed: pip install 'pilothouse[ray]'")
def test_ray_gives_the_figures_of_local_processes(tmp_path: Path, finished: Done) -> None:
    make_product(tmp_path / "shop", engine="ray")
    command = [sys.executable, "-m", "pilothouse", "run", "shop", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    record = json.loads(done.stdout.splitlines()[-1])
    assert differences("run", figures(record), figures(finished.folder.get_json("run.json"))) == []
