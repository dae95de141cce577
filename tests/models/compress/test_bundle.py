"""The bundle runs where neither Pilothouse nor PyTorch is, and answers as the product does."""

from __future__ import annotations

import ast
import gzip
import json
import struct
import subprocess
import sys
import sysconfig
import venv
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from models.compress.conftest import SHAPE
from pilothouse.models.calibration import Calibration
from pilothouse.models.compress import bundle
from pilothouse.models.fitted import Fitted
from pilothouse.models.networks.weights import weights_of
from pilothouse.models.pictures.frame import Frame
from pilothouse.models.pictures.network import PictureNetwork
from pilothouse.models.target import Target
from pilothouse.types import Column, Kind, Role, Table

LABELS = ("left", "=右", "nowhere")
NEEDED = ("onnxruntime", "numpy", "flatbuffers", "packaging", "protobuf", "coloredlogs", "sympy", "mpmath")


@pytest.fixture(scope="session")
def fitted(small) -> Fitted:
    model = PictureNetwork(
        Target("side", "classes", LABELS),
        Frame(SHAPE.side, SHAPE.channels),
        "convolution",
        SHAPE,
        weights=weights_of(small.network),
        network=small.network,
    )
    schema = (Column("picture", Kind.PICTURE, Role.IMAGE),)
    made = Fitted(model.target, schema, model, Calibration("temperature", (1.7,)))
    # Silent for half of the pictures.
    return replace(made, threshold=float(np.median(answers(made, small.judged[0][60:100, 0]).max(axis=1))))


@pytest.fixture(scope="session")
def folder(fitted, small, tmp_path_factory) -> Path:
    edge = bundle.edge_of(fitted)
    pictures, _ = small.judged
    written = bundle.make_bundle(edge, "sides", list(pictures[:60, 0]), list(pictures[60:, 0]))
    place = tmp_path_factory.mktemp("bundle")
    bundle.write_bundle(written, place)
    return place


@pytest.fixture(scope="session")
def empty(tmp_path_factory) -> Path:
    """Python of an environment that holds onnxruntime, numpy and what they name as their own, by links."""
    place = tmp_path_factory.mktemp("empty")
    venv.create(place, with_pip=False, symlinks=True)
    inside = {"base": str(place), "platbase": str(place)}
    site = Path(sysconfig.get_path("purelib", "venv", vars=inside))
    for name in NEEDED:
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        for top in {Path(one).parts[0] for one in found.files or () if ".." not in one.parts}:
            if (Path(found.locate_file(top))).exists() and not (site / top).exists():
                (site / top).symlink_to(found.locate_file(top))
    return Path(sysconfig.get_path("scripts", "venv", vars=inside)) / "python"


def asked(python: Path, folder: Path, *words: str) -> list[dict]:
    done = subprocess.run(
        [python, "-I", "-c", RUN, folder, *words], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


# -I leaves the script's own folder out of the path, as an attacker's current folder; a user runs it plainly.
RUN = """
import runpy, sys
folder = sys.argv[1]
sys.path.insert(0, folder)
sys.argv = sys.argv[1:]
sys.stdout.reconfigure(encoding="utf-8")
runpy.run_path(folder + "/run.py", run_name="__main__")
"""


def answers(fitted: Fitted, pictures) -> np.ndarray:
    """What the product says of pictures, (n, labels)."""
    held = np.empty(len(pictures), dtype=object)
    held[:] = list(pictures)
    return fitted.predict(Table(fitted.schema, {"picture": held}))["probability"]


def probabilities(told: list[dict]) -> np.ndarray:
    return np.array([[one["probability"][label] for label in LABELS] for one in told])


def test_the_empty_environment_is_empty(empty):
    for name in ("pilothouse", "torch", "onnx", "PIL", "pip", "scipy"):
        done = subprocess.run([empty, "-I", "-c", f"import {name}"], capture_output=True, text=True)
        assert f"No module named '{name}'" in done.stderr


def test_bundle_answers_there_as_the_product_does(empty, folder, fitted, small, tmp_path):
    pictures = small.judged[0][60:100, 0]
    np.save(tmp_path / "pictures.npy", pictures)
    expected = answers(fitted, pictures)
    told = asked(empty, folder, str(tmp_path / "pictures.npy"))
    np.testing.assert_allclose(probabilities(told), expected, atol=1e-5)
    assert [one["row"] for one in told] == list(range(1, 41))
    for one, likely in zip(told, expected, strict=True):
        assert one["label"] == (LABELS[likely.argmax()] if likely.max() >= fitted.threshold else None)
    assert {one["label"] for one in told} == {*LABELS, None}
    rounded = probabilities(asked(empty, folder, str(tmp_path / "pictures.npy"), "int8"))
    assert 0 < np.abs(rounded - expected).max() < 0.2


@pytest.mark.parametrize("shape", [(12, 20), (12, 20, 3), (8, 8, 3), (5, 3)])
def test_pictures_of_any_size_are_framed_as_in_the_product(empty, folder, fitted, tmp_path, shape):
    pictures = np.random.default_rng(3).integers(0, 255, (4, *shape)).astype(np.uint8)
    np.save(tmp_path / "pictures.npy", pictures)
    told = asked(empty, folder, str(tmp_path / "pictures.npy"))
    np.testing.assert_allclose(probabilities(told), answers(fitted, pictures), atol=1e-5)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_idx_files_are_read(empty, folder, fitted, small, tmp_path, pack):
    pictures = small.judged[0][:5, 0]
    content = struct.pack(">4B3i", 0, 0, 8, 3, *pictures.shape) + pictures.tobytes()
    (tmp_path / "pictures").write_bytes(pack(content))
    told = asked(empty, folder, str(tmp_path / "pictures"))
    np.testing.assert_allclose(probabilities(told), answers(fitted, pictures), atol=1e-5)


def test_pickled_pictures_are_refused(empty, folder, tmp_path):
    np.save(tmp_path / "pictures.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    done = subprocess.run(
        [empty, "-I", "-c", RUN, folder, tmp_path / "pictures.npy"], capture_output=True, text=True
    )
    assert done.returncode != 0 and "allow_pickle=False" in done.stderr


BINARY = np.random.default_rng(0).random((50, 1))


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("identity", ()),
        ("logistic", (0.7, 0.3)),
        ("beta", (0.5, 1.4, -0.2)),
        ("steps", (0.1, 0.5, 0.9, 0.2, 0.3, 0.95)),
        ("temperature", (2.5,)),
    ],
)
def test_runner_calibrates_as_the_product_does(folder, kind, numbers):
    """The runner's own function, taken out of the file as it stands."""
    tree = ast.parse((folder / "processing.py").read_text(encoding="utf-8"))
    (own,) = [node for node in tree.body if getattr(node, "name", "") == "calibrated"]
    space = {"np": np}
    exec(compile(ast.Module([own], []), "processing.py", "exec"), space)
    said = np.concatenate([1.0 - BINARY, BINARY], axis=1)
    expected = Calibration(kind, numbers).apply(said)
    np.testing.assert_allclose(space["calibrated"](said, kind, list(numbers)), expected, atol=1e-12)


def test_bundle_says_what_it_holds(folder, fitted):
    kept = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    assert kept["labels"] == list(LABELS) and kept["least_probability"] == fitted.threshold
    assert kept["calibration"] == {"kind": "temperature", "numbers": [1.7]}
    for entry in kept["files"].values():
        assert (folder / entry["name"]).stat().st_size == entry["bytes"]
    assert {p.name for p in folder.iterdir() if p.is_file()} == {
        *("model.onnx", "model.int8.onnx", "bundle.json", "run.py", "prepare.py", "processing.py"),
        *("README.md", "README.zh-CN.md"),
    }
    en, zh = ((folder / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
    assert "python run.py pictures.npy" in en and "python run.py pictures.npy" in zh
    assert "| fp32 |" in en and "| int8 |" in zh and "{" not in en + zh and "弃权" in zh


def test_runner_is_short_and_needs_nothing_else(folder):
    parsed = [ast.parse((folder / name).read_text(encoding="utf-8")) for name in ("run.py", "processing.py")]
    docstring, *code = ast.unparse(parsed[0]).splitlines()
    assert docstring.startswith('"""') and sum(bool(line.strip()) for line in code) <= 30
    named = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for tree in parsed
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert named - set(sys.stdlib_module_names) == {"numpy", "onnxruntime", "prepare", "processing"}


def test_frame_travels_without_the_product(folder):
    text = (folder / "prepare.py").read_text(encoding="utf-8")
    assert "pilothouse" not in text and "def fit(" in text
    assert "Table" not in text, "only what the runner asks for"


def test_what_is_no_network_over_pictures_cannot_leave(fitted):
    assert bundle.edge_of(None) is None
    assert bundle.edge_of(Fitted(fitted.target, fitted.schema, object())) is None
