"""One product with a language model: plan, run, go on, verify, ship, predict; also in worker processes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pilothouse import pipeline
from pilothouse.errors import Refused
from pilothouse.pipeline.foresee import foresee
from pilothouse.pipeline.speaking import door_of, in_preparation, in_run
from pilothouse.pipeline.verify import verify
from pilothouse.product import Product, ProductSettings, create
from pilothouse.runs.folder import RunFolder
from small_llm import SmallServer, serving
from small_told import install, make_told, said_of

NOTES = [f"stay {i} was" for i in range(12)]


@pytest.fixture(scope="module")
def server() -> Iterator[SmallServer]:
    with serving(said_of) as made:
        yield made


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, server: SmallServer) -> Iterator[Product]:
    with pytest.MonkeyPatch.context() as patch:
        install(patch)
        yield make_told(tmp_path_factory.mktemp("told") / "product", NOTES, server.url)


@pytest.fixture(scope="module")
def finished(product: Product, server: SmallServer) -> pipeline.Finished:
    foreseen = foresee(product, "told")
    assert foreseen.plan.money > 0 and "asked" in {e.name for e in foreseen.plan.entered}
    assert not server.got
    *_, last = pipeline.run(product, "told")
    assert isinstance(last, pipeline.Finished)
    return last


def test_product_without_a_model_has_no_door(tmp_path: Path) -> None:
    product = create(tmp_path, ProductSettings())
    assert door_of(product) is None and in_run(None, "x", RunFolder(tmp_path)) is None
    assert in_preparation(None, product, "help/first") is None
    assert not (product.hidden / "state.db").exists()


def test_run_asks_each_question_once_in_all_its_processes(
    finished: pipeline.Finished, server: SmallServer
) -> None:
    assert finished.record.winner == "asked"
    bodies = [sent.partition(b"\r\n\r\n")[2] for sent in server.got]
    assert 0 < len(set(bodies)) == len(bodies) <= 2 * len(NOTES)
    kept = finished.folder.path / "llm"
    assert {p.name for p in kept.iterdir()} == {"calls.jsonl", "replies.jsonl"}
    assert "stay" not in (kept / "calls.jsonl").read_text()


def test_verify_replays_and_asks_nothing(finished: pipeline.Finished, server: SmallServer) -> None:
    before = len(server.got)
    assert verify(finished.folder.path, retrain=True) == []
    assert len(server.got) == before


def test_shipped_winner_asks_on_the_days_budget(
    finished: pipeline.Finished, product: Product, server: SmallServer, tmp_path: Path
) -> None:
    pipeline.ship(product, "told", finished.folder.run_id)
    before = len(server.got)
    rows = tmp_path / "new.csv"
    rows.write_text('guest,nights,note\nA,1,"stay 0 was good"\nB,2,"stay 1 was bad"\n')
    output = tmp_path / "answers.csv"
    assert pipeline.predict(product, "told", rows, output, release=1) == 2
    answers = output.read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in answers[1:]] == ["yes", "no"]
    assert len(server.got) == before + 2
    assert (product.hidden / "llm" / "calls.jsonl").is_file()
    assert not (product.hidden / "llm" / "replies.jsonl").exists()


def test_candidate_is_left_out_and_told_where_no_model_can_be_asked(
    product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = (product.folder / "product.toml").read_text()
    shutil.copytree(product.folder / "data", tmp_path / "data")
    (tmp_path / "product.toml").write_text(told.partition("[llm]")[0])
    plan = foresee(Product(tmp_path), "told").plan
    assert [d.reason.key for d in plan.declined] == ["plan.no_llm"]
    assert plan.money == 0 and not plan.leaves_machine
    far = re.sub('base_url = ".*"', 'base_url = "https://models.example.com/v1"', told)
    (tmp_path / "product.toml").write_text(far)
    monkeypatch.setattr("pilothouse.guards.llm.door.name_finder", lambda: None)
    plan = foresee(Product(tmp_path), "told").plan
    assert [d.reason.key for d in plan.declined] == ["llm.needs_privacy"]


def test_run_without_its_key_stops_before_it_begins(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SMALL_KEY")
    with pytest.raises(Refused) as caught:
        list(pipeline.run(product, "told"))
    assert caught.value.problem.key == "llm.no_key"
