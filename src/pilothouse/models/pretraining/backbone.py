"""A backbone: a network that learnt without labels, kept as shape and weights.

Saved once as JSON and safetensors, loaded by any scenario that asks rows of the same
form. It answers nothing by itself: ``heads`` puts an answer on top.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from pilothouse.errors import Corrupt
from pilothouse.guards.modelfile import MANIFEST, check_manifest, load_file, save_file, write_manifest
from pilothouse.messages import say
from pilothouse.models.networks.weights import NetworkShape, filled, weights_of

BACKBONE = "backbone.json"
_PLACES = (".", "model", "model/model", "winner", "model/winner", "backbone", "model/backbone")
"""Where one may lie in a folder of its own, a model's or a run's."""
_MAKERS = {
    "convolution": ("ConvolutionShape", "convolution"),
    "residual": ("ResidualShape", "residual"),
    "recurrent": ("RecurrentShape", "recurrent"),
    "transformer": ("TransformerShape", "transformer"),
    "events": ("EventsShape", "events"),
    "sequence": ("SequenceShape", "sequence"),
}
"""Kind -> its shape and its maker, in the module of ``models.networks`` of that name."""


@dataclass(frozen=True)
class Backbone:
    """A network and how it came about.

    Parameters
    ----------
    kind
        Which network: the name of its module.
    shape
        From which it is made again.
    weights
        Arrays by name.
    origin
        Plain values for the reader: objective, rows, epochs, loss, and what a caller
        must know to lay its rows out in the same way (vocabularies, edges).
    """

    kind: str
    shape: NetworkShape
    weights: Mapping[str, NDArray[Any]] = field(repr=False)
    origin: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(kind: str, shape: NetworkShape, network: Any, origin: Mapping[str, Any]) -> Backbone:
        """Take what a trained network knows."""
        return Backbone(kind, shape, weights_of(network), dict(origin))

    def network(self) -> Any:
        """Make the torch module with its weights.

        Raises
        ------
        ValueError
            When weights and shape do not fit.
        """
        return filled(_maker(self.kind)[1](self.shape), self.weights)

    def write(self, folder: Path) -> None:
        """Write JSON and safetensors as part of a model, whose manifest covers them."""
        state = {"kind": self.kind, "shape": self.shape.state(), "origin": dict(self.origin)}
        save_file(folder / BACKBONE, state, "json")
        save_file(folder / "backbone.safetensors", dict(self.weights), "tensors")

    @staticmethod
    def read(folder: Path) -> Backbone:
        """Read back what ``write`` wrote."""
        state = load_file(folder / BACKBONE, "json")
        try:
            shape = _maker(state["kind"])[0](**state["shape"])
            weights = load_file(folder / "backbone.safetensors", "tensors")
            return Backbone(state["kind"], shape, weights, state["origin"])
        except (KeyError, TypeError) as fault:
            raise Corrupt(say("modelfile.corrupt", file=BACKBONE), say("modelfile.again")) from fault

    def save(self, folder: Path) -> str:
        """Keep it by itself, under a manifest; return the manifest's digest."""
        self.write(folder)
        return write_manifest(folder)

    @staticmethod
    def load(folder: Path, expected: str | None = None) -> Backbone:
        """Check every hash, then read back what ``save`` wrote.

        Raises
        ------
        Corrupt, Refused
            See ``guards.modelfile.check_manifest``.
        """
        check_manifest(folder, expected)
        return Backbone.read(folder)


def find_backbone(path: Path) -> tuple[Backbone | None, str]:
    """Open the backbone in a folder, or in a run's or its model's.

    Returns
    -------
    It and the SHA-256 of the manifest that covers it; None where there is none.

    Raises
    ------
    Corrupt, Refused
        See ``guards.modelfile.check_manifest``.
    """
    inner = next((path / p for p in _PLACES if (path / p / BACKBONE).is_file()), None)
    if inner is None:
        return None, ""
    above = [inner, *inner.parents]
    whole = next((p for p in above[: above.index(path) + 1] if (p / MANIFEST).is_file()), None)
    if whole is None:
        return None, ""
    digest = check_manifest(whole)
    return Backbone.read(inner), digest


def _maker(kind: str) -> tuple[Any, Any]:
    shape, maker = _MAKERS[kind]
    module = importlib.import_module(f"pilothouse.models.networks.{kind}")
    return getattr(module, shape), getattr(module, maker)
