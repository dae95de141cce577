from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")

from pilothouse.errors import BadOption
from pilothouse.models.labels.encoder import FineTuned, usual_epochs
from pilothouse.models.shelf import load_model, save_model
from pilothouse.models.target import Target
from pilothouse.types import Context, Data, Shape
from small_encoder import save_encoder
from small_texts import texts_table

TABLE = texts_table(
    ["card lost", "lost card account", "open account", "open money account"] * 10, ["a", "a", "b", "b"] * 10
)
TARGET = Target.of(TABLE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_encoder(tmp_path_factory.mktemp("encoder"))


def test_matrices_beside_the_weights_learn_and_the_folder_is_needed_no_longer(
    folder: Path, tmp_path: Path
) -> None:
    model = (
        FineTuned.of(TARGET, folder, 15.0)
        .build({"epochs": 40, "rate": 2e-2})
        .fit(Data({"rows": TABLE}), Context())
    )
    assert model.trained.history[-1] < model.trained.history[0]
    assert not [name for name in model.weights if "lora" in name.lower()]
    said = model.predict(TABLE, Context())["probability"]
    assert (said.argmax(axis=1) == TARGET.truth(TABLE)).mean() > 0.9
    assert model.predict(TABLE.take(slice(0, 1)), Context())["probability"] == pytest.approx(
        said[:1], abs=1e-6
    )
    save_model(model, tmp_path)
    again = load_model(tmp_path)
    assert again.folder == "" and (again.predict(TABLE, Context())["probability"] == said).all()


def test_as_much_is_read_as_most_texts_have(folder: Path) -> None:
    short = FineTuned.of(TARGET, folder, 15.0).build({"epochs": 1}).fit(Data({"rows": TABLE}), Context())
    assert short.window == 8 and [one.trained.epochs for one in short.taught] == [1]
    longer = texts_table(["card lost " * 10, "open account " * 100] * 10, ["a", "b"] * 10)
    made = FineTuned.of(TARGET, folder, 15.0).build({"epochs": 1, "window": 20})
    assert made.fit(Data({"rows": longer}), Context()).window == 20
    whole = FineTuned.of(TARGET, folder, 15.0).build({"epochs": 1, "half": True})
    most = whole.fit(Data({"rows": longer}), Context())
    assert most.window == 62  # what the encoder has places for
    assert np.isfinite(most.predict(longer, Context())["probability"]).all()


def test_a_folder_without_an_encoder_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="encoder"):
        FineTuned.of(TARGET, tmp_path, 15.0)
    (tmp_path / "config.json").write_text("[]", encoding="utf-8")
    with pytest.raises(BadOption):
        FineTuned.of(TARGET, tmp_path, 15.0)


def test_cost_grows_with_the_encoder(folder: Path) -> None:
    small = FineTuned.of(TARGET, folder, 15.0)
    large = FineTuned(TARGET, str(folder), 15.0, 12 * 12 * 768.0**2)
    shape = Shape(2_000, 0, 1, 2)
    assert large.cost(shape).seconds > 10 * small.cost(shape).seconds
    assert large.feasible(shape, 60.0) is not None
    assert [usual_epochs(rows) for rows in (1, 640, 10_000)] == [40, 6, 4]  # few texts, more passes
