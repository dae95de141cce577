"""The eye: a small network whose features say what a picture looks like.

Distances between sets of pictures are taken between its features and not between
pixels. Where pictures have labels it is a convolutional classifier of those labels and
its features are what its last layer sees; without labels it is an autoencoder and its
features are the codes. It learns from the pictures that generators learn from, never from those
kept aside, and it is the same for every candidate. It does not normalise over batches: with
that, digits blurred by one pixel lay nearly as far from digits as noise did (264 of 362),
without it a third as far (152 of 434). Distances by different eyes cannot be
compared, so neither can those of two products.

References
----------
Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash
equilibrium", 2017 (distances between features of a classifier).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.lazy import require
from pilothouse.models.networks.autoencoder import AutoencoderShape, autoencoder, rebuilding_loss
from pilothouse.models.networks.convolution import ConvolutionShape, convolution
from pilothouse.models.networks.weights import filled, weights_of
from pilothouse.models.training import Lesson, TrainingPlan, train
from pilothouse.types import Column, Context, Kind, Table

WIDTH = 32
"""Numbers that a picture is described by."""
_MOST = 12_000
_STEPS = 200
_BATCH = 64
_AT_ONCE = 500


@dataclass(frozen=True)
class Eye:
    """A trained network for features; ``labels`` is 0 for an autoencoder."""

    channels: int
    side: int
    labels: int
    weights: Mapping[str, NDArray[Any]] = field(repr=False)

    @staticmethod
    def trained(pictures: NDArray[np.uint8], label: NDArray[np.int64] | None, seed: int) -> Eye:
        """Train one on (n, channels, side, side) pictures and (n,) label numbers from 0, or None."""
        torch = require("torch", extra="deep")
        drawn = np.random.default_rng(seed).permutation(len(pictures))[:_MOST]
        labels = 0 if label is None else int(label.max()) + 1
        eye = Eye(pictures.shape[1], pictures.shape[2], labels, {})
        shown = torch.from_numpy(pictures[drawn].astype(np.float32) / 255.0)
        plan = TrainingPlan(
            epochs=max(2, -(-_STEPS * _BATCH // len(drawn))), batch=_BATCH, patience=None, device="cpu"
        )
        if label is None:
            lesson = Lesson([shown, shown], loss=rebuilding_loss)
        else:
            truth = torch.from_numpy(label[drawn])
            lesson = Lesson([shown, truth], loss=torch.nn.functional.cross_entropy)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = eye._network()
        train(network, lesson, plan, Context(seed=seed))
        return Eye(eye.channels, eye.side, labels, weights_of(network))

    def features(self, pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return (n, WIDTH) features, in double precision so that they do not depend on the batch."""
        torch = require("torch", extra="deep")
        network = filled(self._network(), self.weights).double()
        seen = [np.empty((0, WIDTH))]
        with torch.no_grad():
            for start in range(0, len(pictures), _AT_ONCE):
                part = torch.from_numpy(pictures[start : start + _AT_ONCE].astype(np.float64) / 255.0)
                seen.append(network.features(part).numpy())
        return np.concatenate(seen)

    def table(self) -> Table:
        """Return it as a table, one row a tensor, so that it travels with the data."""
        values = {
            "name": np.array(list(self.weights), dtype=object),
            "shape": _cells([np.array(one.shape) for one in self.weights.values()]),
            "values": _cells([one.ravel() for one in self.weights.values()]),
            "size": _cells([np.array([self.channels, self.side, self.labels])] * len(self.weights)),
        }
        kinds = {"name": Kind.CATEGORY}
        columns = tuple(Column(name, kinds.get(name, Kind.SEQUENCE)) for name in values)
        return Table(columns, values, "eye")

    @staticmethod
    def of(table: Table) -> Eye:
        """Make it from what ``table`` returned."""
        rows = zip(table["name"], table["shape"], table["values"], strict=True)
        weights = {name: one.reshape(tuple(int(n) for n in shape)) for name, shape, one in rows}
        channels, side, labels = (int(n) for n in table["size"][0])
        return Eye(channels, side, labels, weights)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what a file keeps."""
        return {"size": np.array([self.channels, self.side, self.labels]), **self.weights}

    @staticmethod
    def restore(arrays: Mapping[str, NDArray[Any]]) -> Eye:
        """Make it from what ``arrays`` returned."""
        channels, side, labels = (int(n) for n in arrays["size"])
        return Eye(channels, side, labels, {k: v for k, v in arrays.items() if k != "size"})

    def _network(self) -> Any:
        if self.labels:
            shape = ConvolutionShape(
                self.channels, self.side, self.labels, width=WIDTH, dropout=0.0, normalise=False
            )
            return convolution(shape)
        return autoencoder(AutoencoderShape(self.channels * self.side**2, 128, WIDTH))


def _cells(values: list[NDArray[Any]]) -> NDArray[Any]:
    held = np.empty(len(values), dtype=object)
    held[:] = values
    return held
