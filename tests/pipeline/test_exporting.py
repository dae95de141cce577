"""A winner over pictures leaves as a folder that answers as ``predict`` does; others decline."""

from __future__ import annotations

import csv
import json
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conftest import Done
from models.compress.conftest import SHAPE, halves, loss
from pilothouse import pipeline
from pilothouse.errors import Conflict, NotFound, UserFault
from pilothouse.models.networks.convolution import convolution
from pilothouse.models.networks.weights import weights_of
from pilothouse.models.pictures.frame import Frame
from pilothouse.models.pictures.network import PictureNetwork
from pilothouse.models.training import Lesson, TrainingPlan, train
from pilothouse.product import Product, ProductSettings, TableSettings, UseCaseSettings, create
from pilothouse.types import Context


@pytest.fixture(scope="module")
def pictured(tmp_path_factory: pytest.TempPathFactory) -> Product:
    """A product over IDX pictures whose newest run was won by a network.

    The run is real; on so few pictures a simpler model wins it, so the network is put in
    its place, fitted as the winner was.
    """
    torch = pytest.importorskip("torch", reason="needs the extra deep")
    pytest.importorskip("onnxruntime", reason="needs the extra deep")
    place = tmp_path_factory.mktemp("pictured") / "sides"
    product = create(place, ProductSettings(name="sides", language="en"))
    (place / "data").mkdir(exist_ok=True)
    pictures, labels = halves(240, 4)
    images = struct.pack(">4B3i", 0, 0, 8, 3, 240, 8, 8) + pictures.tobytes()
    (place / "data" / "s-images-idx3-ubyte").write_bytes(images)
    told = struct.pack(">4Bi", 0, 0, 8, 1, 240) + labels.astype(np.uint8).tobytes()
    (place / "data" / "s-labels-idx1-ubyte").write_bytes(told)
    product.declare("tables", "s", TableSettings(source="data/s-images-idx3-ubyte"))
    use = UseCaseSettings(scenario="images", table="s", options={"time_budget_s": 5.0})
    product.declare("use_cases", "side", use)
    *_, last = pipeline.run(product, "side")
    torch.manual_seed(0)
    network = convolution(SHAPE)
    learn = tuple(torch.from_numpy(one) for one in (pictures, labels))
    plan = TrainingPlan(epochs=8, batch=32, rate=1e-2, patience=None)
    train(network, Lesson(learn, None, loss), plan, Context())
    servable = pipeline.servable_in(last.folder.model)
    frame = Frame(SHAPE.side, SHAPE.channels)
    model = PictureNetwork(
        servable.fitted.target,
        frame,
        "convolution",
        SHAPE,
        weights=weights_of(network),
        network=network,
    )
    folder = last.folder.model
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    replace(servable, fitted=replace(servable.fitted, model=model)).save(folder)
    return product


def test_exported_folder_answers_as_predict_does(pictured: Product, tmp_path: Path) -> None:
    source = pictured.folder / "data" / "s-images-idx3-ubyte"
    told = pipeline.export(pictured, "side", tmp_path / "edge")
    for language in ("en", "zh"):
        assert str(tmp_path / "edge") in told.text(language)
    pipeline.predict(pictured, "side", source, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        expected = list(csv.DictReader(file))
    command = [sys.executable, str(tmp_path / "edge" / "run.py"), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(expected) == 240
    for one, own in zip(expected, answers, strict=True):
        assert (one["label"] or None) == own["label"]
        for label, likely in own["probability"].items():
            assert float(one[f"probability_{label}"]) == pytest.approx(likely, abs=1e-5)


def test_release_is_exported_by_its_number_over_an_earlier_bundle(pictured: Product, tmp_path: Path) -> None:
    number, edge = pipeline.ship(pictured, "side").number, tmp_path / "edge"
    edge.mkdir()
    (edge / "bundle.json").write_text("{}", encoding="utf-8")
    pipeline.export(pictured, "side", edge, release=number)
    assert len(json.loads((edge / "bundle.json").read_text(encoding="utf-8"))["labels"]) == 3
    with pytest.raises(NotFound):
        pipeline.export(pictured, "side", tmp_path / "none", release=number + 1)


def test_folder_with_other_files_is_left_alone(pictured: Product, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    for taken in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(Conflict):
            pipeline.export(pictured, "side", taken)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_winner_over_a_table_declines_and_writes_nothing(finished: Done, tmp_path: Path) -> None:
    with pytest.raises(UserFault) as fault:
        pipeline.export(finished.product, "churn", tmp_path / "edge")
    assert "churn" in fault.value.text("en") and "pilothouse predict" in fault.value.text("zh")
    assert not (tmp_path / "edge").exists()
