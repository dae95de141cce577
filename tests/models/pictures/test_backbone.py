from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx: Any = pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from pilothouse.errors import BadOption, PilothouseError  # noqa: E402
from pilothouse.models.pictures.backbone import OnnxBackbone, load_backbone, read_backbone  # noqa: E402
from small_pictures import SHAPES, TILES  # noqa: E402


def averaging(path: Path, shape: list[Any]) -> Path:
    """A network that gives the mean of each channel."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    node = helper.make_node("GlobalAveragePool", ["pictures"], ["out"])
    given = helper.make_tensor_value_info("pictures", kind, shape)
    said = helper.make_tensor_value_info("out", kind, ["n", "c", 1, 1])
    graph = helper.make_graph([node], "mean", [given], [said])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    return path


def test_onnx_sees_pictures_at_its_own_side_and_colours(tmp_path: Path) -> None:
    grey, _ = read_backbone(averaging(tmp_path / "grey.onnx", ["n", 1, 12, 12]))
    found = grey.vectors(SHAPES)
    wanted = [p.mean() / 255 for p in SHAPES["picture"]]
    assert found.shape == (SHAPES.rows, 1) and np.allclose(found[:, 0], wanted, atol=1e-5)
    colours, digest = read_backbone(averaging(tmp_path / "colours.onnx", ["n", 3, 16, 16]))
    assert colours.vectors(TILES).shape == (TILES.rows, 3) and len(digest) == 64
    assert colours.picture_s >= 0


def test_backbone_is_kept_with_the_model(tmp_path: Path) -> None:
    found, _ = read_backbone(averaging(tmp_path / "b.onnx", ["n", 1, 12, 12]))
    found.save(tmp_path / "model")
    again = load_backbone(tmp_path / "model")
    assert isinstance(again, OnnxBackbone)
    assert (again.vectors(SHAPES) == found.vectors(SHAPES)).all()


def test_what_takes_no_pictures_is_refused(tmp_path: Path) -> None:
    for shape in ([1, 10], ["n", 7, 8, 9]):
        with pytest.raises(PilothouseError):
            read_backbone(averaging(tmp_path / "odd.onnx", shape))
    with pytest.raises(BadOption):
        read_backbone(tmp_path / "nothing")


def test_f16_a_pickle_offered_as_a_backbone_is_refused_unopened(tmp_path: Path) -> None:
    marker = tmp_path / "marker"

    class Payload:
        def __reduce__(self) -> Any:
            return (Path.touch, (marker,))

    path = tmp_path / "backbone.onnx"
    path.write_bytes(pickle.dumps(Payload()))
    with pytest.raises(PilothouseError):
        read_backbone(path)
    assert not marker.exists()
