"""A backbone that the user brings: pictures in, numbers that describe them out; it never learns here.

Two kinds: an ONNX file with one input of pictures and one output, run by onnxruntime,
and a picture network of this house, the folder ``model`` of a run of ``images``. Both
are opened through the door for model files. An ONNX network gets pictures of its own
side from 0 to 1, in colours less the mean and over the deviation of ImageNet, as most
are trained; an output with sides is averaged over them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadOption
from pilothouse.guards.modelfile import MANIFEST, check_manifest, load_file, save_file
from pilothouse.lazy import require
from pilothouse.messages import say
from pilothouse.models.pictures.frame import Frame, pictures_of
from pilothouse.models.pictures.network import PictureNetwork, products
from pilothouse.types import Table

_MEAN, _DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
_USUAL_SIDE, _AT_ONCE = 224, 32
_WEIGHT_S = 6e-11
"""CPU seconds of one weight of an ONNX network over 32 x 32 pixels."""


class Backbone(Protocol):
    """Describes pictures by numbers."""

    @property
    def picture_s(self) -> float:
        """CPU seconds of one picture, estimated from its size."""
        ...

    def vectors(self, table: Table) -> NDArray[np.float64]:
        """Describe each picture, (n, numbers)."""
        ...

    def save(self, folder: Path) -> None:
        """Write it into a model's folder."""
        ...


@dataclass(frozen=True)
class OnnxBackbone:
    """An ONNX network that was checked."""

    content: bytes = field(repr=False)

    @property
    def picture_s(self) -> float:
        """By weights and pixels."""
        return len(self.content) / 4 * _WEIGHT_S * (self._entry()[2].side / 32) ** 2

    def vectors(self, table: Table) -> NDArray[np.float64]:
        """Describe each picture."""
        session, last, frame = self._entry()
        name, pictures = session.get_inputs()[0].name, pictures_of(table)
        found = []
        for start in range(0, len(pictures), _AT_ONCE):
            pixels = frame.pixels(pictures[start : start + _AT_ONCE]) / 255.0
            if frame.channels == 3:
                pixels = (pixels - _MEAN[:, None, None]) / _DEVIATION[:, None, None]
            given = (pixels.transpose(0, 2, 3, 1) if last else pixels).astype(np.float32)
            said = np.asarray(session.run(None, {name: given})[0], dtype=np.float64)
            found.append(said.mean(axis=(2, 3)) if said.ndim == 4 else said.reshape(len(said), -1))
        return np.concatenate(found)

    def _entry(self) -> tuple[Any, bool, Frame]:
        """Open it on one thread; tell whether channels stand last, and what goes in."""
        runtime = require("onnxruntime", extra="deep")
        wish = runtime.SessionOptions()
        wish.intra_op_num_threads = wish.inter_op_num_threads = 1
        session = runtime.InferenceSession(self.content, wish, providers=["CPUExecutionProvider"])
        shape = session.get_inputs()[0].shape
        sizes = [one if isinstance(one, int) else None for one in shape]
        if len(session.get_inputs()) != 1 or len(sizes) != 4 or not {1, 3} & {sizes[1], sizes[3]}:
            raise BadOption(say("images.backbone_shape", shape=str(shape)), say("images.backbone_fix"))
        last = sizes[1] not in (1, 3)
        channels = int((sizes[3] if last else sizes[1]) or 3)
        return session, last, Frame(int(sizes[2] or _USUAL_SIDE), channels)

    def save(self, folder: Path) -> None:
        """Write ONNX."""
        save_file(folder / "backbone.onnx", self.content, "onnx")


@dataclass(frozen=True)
class OwnBackbone:
    """A picture network without its head."""

    network: PictureNetwork

    @property
    def picture_s(self) -> float:
        """By multiplications."""
        return 1e-4 + 2e-11 * products(self.network.shape)

    def vectors(self, table: Table) -> NDArray[np.float64]:
        """Describe each picture."""
        return self.network.features(table)

    def save(self, folder: Path) -> None:
        """Write JSON and safetensors."""
        self.network.save(folder / "backbone")


def read_backbone(path: Path) -> tuple[Backbone, str]:
    """Open what the user named; return it with its SHA-256.

    Raises
    ------
    BadOption
        Nothing there, or nothing of either kind.
    Refused, Corrupt
        See ``guards.modelfile``.
    """
    if path.is_file():
        content: bytes = load_file(path, "onnx")
        found = OnnxBackbone(content)
        found._entry()  # a network that takes no pictures is told of now
        return found, hashlib.sha256(content).hexdigest()
    for inner in (path, path / "model"):
        if (inner / "network.json").is_file():
            digest = check_manifest(path) if (path / MANIFEST).is_file() else ""
            network = PictureNetwork.load(inner)
            return OwnBackbone(network), digest or hashlib.sha256(repr(network.shape).encode()).hexdigest()
    raise BadOption(say("images.no_backbone", path=path.name), say("images.backbone_fix"))


def load_backbone(folder: Path) -> Backbone:
    """Read back what ``save`` wrote into a model's folder."""
    if (folder / "backbone.onnx").is_file():
        return OnnxBackbone(load_file(folder / "backbone.onnx", "onnx"))
    return OwnBackbone(PictureNetwork.load(folder / "backbone"))
