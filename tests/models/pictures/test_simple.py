from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse.models.pictures.simple import Commonest, Nearest, Pixels, class_means, nearest
from pilothouse.models.shelf import load_model, save_model
from pilothouse.models.target import Target
from pilothouse.types import Context, Data
from small_pictures import SHAPES, TILES, labelled


@pytest.mark.parametrize("kind", [Pixels, Nearest])
@pytest.mark.parametrize("table", [SHAPES, TILES], ids=["shapes", "tiles"])
def test_simple_models_learn_and_come_back(kind: Any, table: Any, tmp_path: Path) -> None:
    table = labelled(table)
    target, learn, ask = Target.of(table), np.arange(0, table.rows, 2), np.arange(1, table.rows, 2)
    model = kind(target).build({}).fit(Data({"rows": table.take(learn)}), Context())
    said = model.predict(table.take(ask), Context())["probability"]
    assert np.allclose(said.sum(axis=1), 1.0)
    if target.kind == "classes":  # tiles differ in colour only: grey is blind
        assert (said.argmax(axis=1) == target.truth(table)[ask]).mean() > 0.8
    save_model(model, tmp_path)
    assert (load_model(tmp_path).predict(table.take(ask), Context())["probability"] == said).all()


def test_commonest_says_the_shares_and_baselines_speak() -> None:
    table = labelled(SHAPES).take(np.arange(100))
    model = Commonest(Target.of(table)).build({}).fit(Data({"rows": table}), Context())
    said = model.predict(table, Context())["probability"][0]
    assert said.argmax() == np.bincount(Target.of(table).truth(table)).argmax()
    for candidate in (Commonest(Target.of(table)), Pixels(Target.of(table))):
        assert candidate.is_stand_in and candidate.build({}).sentence().text("zh")


def test_three_pictures_a_label_are_enough_for_means() -> None:
    table = labelled(SHAPES)
    truth = Target.of(table).truth(table)
    learn = np.concatenate([np.flatnonzero(truth == c)[:3] for c in range(3)])
    model = Nearest(Target.of(table)).build({}).fit(Data({"rows": table.take(learn)}), Context())
    said = model.predict(table, Context())["probability"].argmax(axis=1)
    assert (said == truth).mean() > 0.6


def test_a_label_without_pictures_is_never_nearest() -> None:
    parts, truth = np.array([[0.0], [0.2], [4.0], [4.2]]), np.array([0, 0, 2, 2])
    means, inside = class_means(parts, truth, 3)
    said = nearest(parts / inside, means / inside)
    assert np.isnan(means[1]).all() and (said[:, 1] < 1e-9).all()
    assert said.argmax(axis=1).tolist() == truth.tolist()
