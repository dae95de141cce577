from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch: Any = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from pilothouse.models.pictures.frame import Frame  # noqa: E402
from pilothouse.models.pictures.network import Convolution  # noqa: E402
from pilothouse.models.pictures.transfer import Prototypes, Transfer  # noqa: E402
from pilothouse.models.shelf import load_model, save_model  # noqa: E402
from pilothouse.models.target import Target  # noqa: E402
from pilothouse.types import Context, Data  # noqa: E402
from small_pictures import SHAPES, labelled  # noqa: E402

TABLE = labelled(SHAPES)
TARGET = Target.of(TABLE)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backbone")
    made = Convolution(TARGET, Frame.of(TABLE), epochs=6).build({})
    save_model(made.fit(Data({"rows": TABLE}), Context(seed=3)), folder)
    return folder


@pytest.mark.parametrize("kind", [Transfer, Prototypes])
def test_what_was_learnt_elsewhere_helps_with_few_pictures(kind: Any, own: Path, tmp_path: Path) -> None:
    truth = TARGET.truth(TABLE)
    learn = np.concatenate([np.flatnonzero(truth == c)[:6] for c in range(3)])
    candidate = kind.of(TARGET, own)
    model = candidate.build({}).fit(Data({"rows": TABLE.take(learn)}), Context())
    said = model.predict(TABLE, Context())["probability"]
    assert (said.argmax(axis=1) == truth).mean() > 0.8 and np.allclose(said.sum(axis=1), 1.0)
    save_model(model, tmp_path)
    again = load_model(tmp_path)
    assert np.abs(again.predict(TABLE, Context())["probability"] - said).max() < 1e-9
    assert again.path == ""  # where the user's file lay is nobody's business


def test_candidate_tells_backbones_apart_by_content(own: Path) -> None:
    candidate = Transfer.of(TARGET, own)
    assert candidate.digest and candidate.picture_s > 0
