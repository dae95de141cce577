from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from pilothouse.models.networks.convolution import ConvolutionShape  # noqa: E402
from pilothouse.models.pictures.frame import Frame  # noqa: E402
from pilothouse.models.pictures.network import Convolution, Residual, products, usual_epochs  # noqa: E402
from pilothouse.models.shelf import load_model, save_model  # noqa: E402
from pilothouse.models.target import Target  # noqa: E402
from pilothouse.types import Context, Data, Shape  # noqa: E402
from small_pictures import SHAPES, TILES, labelled  # noqa: E402

TABLE = labelled(SHAPES)
LEARN, ASK = np.arange(0, TABLE.rows, 2), np.arange(1, TABLE.rows, 2)


def candidate(kind: Any, **more: Any) -> Any:
    return kind(Target.of(TABLE), Frame.of(TABLE), **more)


@pytest.fixture(scope="module")
def model() -> Any:
    return candidate(Convolution, epochs=20).build({}).fit(Data({"rows": TABLE.take(LEARN)}), Context(seed=1))


def test_network_tells_shapes_apart(model: Any) -> None:
    said = model.predict(TABLE.take(ASK), Context())["probability"]
    assert said.dtype == np.float64 and np.allclose(said.sum(axis=1), 1.0)
    assert (said.argmax(axis=1) == Target.of(TABLE).truth(TABLE)[ASK]).mean() > 0.9


def test_curves_tell_every_epoch(model: Any) -> None:
    curves = model.trained.curves()
    assert curves["epoch"] == list(range(1, 21))
    assert (
        len(curves["loss"]) == len(curves["learning"]) == len(curves["metric"]) == len(curves["rate"]) == 20
    )
    assert curves["learning"][-1] < curves["learning"][0]


def test_model_comes_back_from_disk_and_from_another_process(model: Any, tmp_path: Path) -> None:
    said = model.predict(TABLE, Context())["probability"]
    save_model(model, tmp_path)
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".json", ".json", ".safetensors"]
    loaded = load_model(tmp_path)
    assert (loaded.predict(TABLE, Context())["probability"] == said).all()
    assert loaded.trained.curves() == model.trained.curves()
    sent = pickle.loads(pickle.dumps(model))
    assert (sent.predict(TABLE, Context())["probability"] == said).all()
    assert model.features(TABLE).shape == (TABLE.rows, 128)


def test_residual_network_learns_colours_of_all_sizes() -> None:
    table = labelled(TILES)
    made = Residual(Target.of(table), Frame.of(table), epochs=12).build({"rate": 0.01})
    fitted = made.fit(Data({"rows": table}), Context(seed=2))
    said = fitted.predict(table, Context())["probability"].argmax(axis=1)
    assert (said == Target.of(table).truth(table)).mean() > 0.8


def test_epochs_follow_from_the_budget_and_a_cut_is_told() -> None:
    usual = candidate(Convolution)
    rich, poor = usual.within(1_000, 1_000.0), usual.within(100_000, 2.0)
    assert rich is usual and not rich.cut_short
    assert poor.cut_short and poor.epochs == 3
    shape = Shape(rows=100_000, numbers=0, categories=1, classes=3)
    assert poor.cost(shape).seconds < usual.cost(shape).seconds
    assert poor.feasible(shape, 1.0) is not None and usual.feasible(shape, 1e6) is None
    assert usual_epochs(60_000) == 12 and usual_epochs(500) == 32 and usual_epochs(50) == 60


def test_multiplications_are_counted() -> None:
    shape = ConvolutionShape(1, 8, 3, filters=(4,), width=10)
    assert products(shape) == 3 * (9 * 1 * 4 * 64 + 4 * 16 * 10)
