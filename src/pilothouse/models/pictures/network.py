"""Convolutional and residual networks that tell pictures by label, by the house's trainer.

Epochs follow from the budget and the cost of a picture before anything runs; a network
that gets fewer than is usual says that it was cut short. A tenth of the learning
pictures checks each epoch and chooses the best. The residual network sees every picture
a little shifted, turned and sized anew (``changes``). Needs the extra ``deep``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.lazy import require
from pilothouse.messages import Message, say
from pilothouse.models.costs import decline
from pilothouse.models.networks.convolution import ConvolutionShape, convolution
from pilothouse.models.networks.residual import ResidualShape, residual
from pilothouse.models.networks.weights import filled, weights_of
from pilothouse.models.pictures.changes import changer
from pilothouse.models.pictures.frame import Frame, pictures_of
from pilothouse.models.target import Target
from pilothouse.models.training import Lesson, Taught, Trained, TrainingPlan, train
from pilothouse.models.training.precision import alone
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

_USUAL, _MOST, _FEWEST = 12, 60, 3
_STEPS = 500
_CHECK_SHARE = 0.1
_AT_ONCE = 512
# CPU seconds: of one multiplication while learning (three passes), and of one picture besides.
_PRODUCT_S, _PICTURE_S = 4.5e-11, 1.0e-4
_MAKERS: Mapping[str, tuple[Any, Any]] = {
    "convolution": (ConvolutionShape, convolution),
    "residual": (ResidualShape, residual),
}


@dataclass(frozen=True)
class _Networked(Candidate):
    """A candidate whose model is a network; ``epochs`` of None are the usual number."""

    target: Target
    frame: Frame
    epochs: int | None = None
    mirror: bool = False
    extra: ClassVar[str | None] = "deep"
    needs_module: ClassVar[str | None] = "torch"
    changes: ClassVar[bool] = False

    @property
    def cut_short(self) -> bool:
        """Whether the time, not the score, ends its training."""
        return self.epochs is not None

    @property
    def shape(self) -> Any:
        """Size of the network."""
        sizes = (self.frame.channels, self.frame.side, len(self.target.classes))
        deep = self.frame.side > 32
        if self.name == "residual":
            return ResidualShape(*sizes, filters=(16, 32, 64, 128) if deep else (16, 32, 64))
        return ConvolutionShape(*sizes, filters=(16, 32, 64) if deep else (16, 32))

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline beyond memory or time."""
        return decline(self.cost(shape), budget_s)

    def within(self, rows: int, budget_s: float) -> Self:
        """Return it with as many epochs over ``rows`` as ``budget_s`` holds; as it is where all do."""
        each = rows * (_PICTURE_S + _PRODUCT_S * products(self.shape))
        most = max(_FEWEST, int((budget_s - 1.0) / each))
        return self if most >= usual_epochs(rows) else replace(self, epochs=most)

    def cost(self, shape: Shape) -> Cost:
        """Grow with epochs x pictures x multiplications."""
        epochs = usual_epochs(shape.rows) if self.epochs is None else self.epochs
        each = shape.rows * (_PICTURE_S + _PRODUCT_S * products(self.shape))
        pixels = self.frame.channels * self.frame.side**2
        return Cost(
            1.0 + epochs * each,
            350.0 + 5e-3 * pixels * self.shape.filters[-1] / 16 + 2e-6 * pixels * shape.rows,
        )

    def build(self, parameters: Parameters) -> PictureNetwork:
        """Make an unfitted model."""
        settings = {"epochs": self.epochs, "changes": self.changes, "mirror": self.mirror, **parameters}
        return PictureNetwork(self.target, self.frame, self.name, self.shape, settings)


@dataclass(frozen=True)
class Convolution(_Networked):
    """A small convolutional network on the pictures as they are."""

    name: ClassVar[str] = "convolution"
    label: ClassVar[Message] = say("images.convolution")
    rank: ClassVar[int] = 20


@dataclass(frozen=True)
class Residual(_Networked):
    """A residual network that sees every picture changed a little."""

    name: ClassVar[str] = "residual"
    label: ClassVar[Message] = say("images.residual")
    rank: ClassVar[int] = 30
    changes: ClassVar[bool] = True


@dataclass(frozen=True)
class PictureNetwork:
    """A network over pictures in a frame.

    Parameters
    ----------
    maker, shape
        "convolution" or "residual", and its size.
    settings
        ``epochs`` (None for the usual number), ``changes``, ``mirror``; ``rate`` and
        ``batch`` where they differ from the defaults.
    trained
        Its curves, an entry an epoch.
    """

    target: Target
    frame: Frame
    maker: str
    shape: Any
    settings: Mapping[str, Any] = field(default_factory=dict)
    trained: Trained = field(default_factory=Trained, compare=False)
    weights: Mapping[str, NDArray[Any]] = field(default_factory=dict, repr=False)
    network: Any = field(default=None, repr=False, compare=False)
    kind: ClassVar[str] = "picture_network"

    def fit(self, data: Data, context: Context) -> Self:
        """Learn from the pictures of ``data``, of which a tenth checks."""
        torch = require("torch", extra="deep")
        table = data.table
        pixels = torch.from_numpy(self.frame.pixels(pictures_of(table)))
        truth = torch.from_numpy(self.target.truth(table))
        order = torch.from_numpy(np.random.default_rng(context.seed).permutation(table.rows))
        kept = table.rows - int(table.rows * _CHECK_SHARE)
        learn, check = ([one[rows] for one in (pixels, truth)] for rows in (order[:kept], order[kept:]))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(context.seed)
            network = _MAKERS[self.maker][1](self.shape)
        lesson = Lesson(
            learn,
            check if table.rows > kept else None,
            torch.nn.functional.cross_entropy,
            changer(bool(self.settings.get("mirror"))) if self.settings.get("changes") else None,
            lambda out, aim: float((out.argmax(1) == aim).float().mean()),
        )
        done = train(network, lesson, self._plan(kept), context)
        weights = weights_of(network)
        # Made anew, so that its arrays lie in memory as those of a loaded one do: same last digits.
        return replace(self, trained=done, weights=weights, network=self._made(weights))

    @property
    def taught(self) -> tuple[Taught, ...]:
        """How it learnt, for the reader."""
        return (Taught(say(f"images.{self.maker}"), say("labels.pictures"), self.trained),)

    def _made(self, weights: Mapping[str, NDArray[Any]]) -> Any:
        return filled(_MAKERS[self.maker][1](self.shape), weights)

    def _plan(self, rows: int) -> TrainingPlan:
        epochs = self.settings.get("epochs")
        return TrainingPlan(
            epochs=usual_epochs(rows) if epochs is None else int(epochs),
            batch=int(self.settings.get("batch", _batch(rows))),
            rate=float(self.settings.get("rate", 4e-3)),
            weight_decay=0.02,
            patience=None,
            check_batch=_AT_ONCE,
        )

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each picture."""
        torch = require("torch", extra="deep")
        found = [
            torch.softmax(margin.double(), dim=1).numpy() for margin in self._over(requests, self._module())
        ]
        return self.target.answers(
            np.concatenate(found) if found else np.empty((0, len(self.target.classes)))
        )

    def features(self, requests: Table) -> NDArray[np.float64]:
        """Describe each picture by the numbers before the last layer, (n, width)."""
        found = [one.double().numpy() for one in self._over(requests, self._module().features)]
        return np.concatenate(found)

    def tensor(self, requests: Table) -> Any:
        """Return the pictures as the network gets them: (n, channels, side, side) bytes."""
        return require("torch", extra="deep").from_numpy(self.frame.pixels(pictures_of(requests)))

    def _module(self) -> Any:
        if self.network is None:
            raise RuntimeError("predict before fit")
        return self.network

    def _over(self, requests: Table, ask: Any) -> list[Any]:
        """Ask for some pictures at a time, on one thread: more would change the last digits."""
        torch = require("torch", extra="deep")
        pictures, starts = pictures_of(requests), range(0, requests.rows, _AT_ONCE)
        with alone(torch, 1), torch.no_grad():
            parts = (self.frame.pixels(pictures[start : start + _AT_ONCE]) for start in starts)
            return [ask(torch.from_numpy(part)) for part in parts]

    def save(self, folder: Path) -> None:
        """Write JSON and safetensors."""
        if not self.weights:
            raise RuntimeError("save before fit")
        state = {
            "target": self.target.state(),
            "frame": self.frame.state(),
            "maker": self.maker,
            "shape": self.shape.state(),
            "settings": dict(self.settings),
            "trained": self.trained.state(),
        }
        save_file(folder / "network.json", state, "json")
        save_file(folder / "network.safetensors", dict(self.weights), "tensors")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / "network.json", "json")
        weights = load_file(folder / "network.safetensors", "tensors")
        shape_type, maker = _MAKERS[state["maker"]]
        shape: Any = shape_type(**state["shape"])
        return cls(
            Target.restore(state["target"]),
            Frame(**state["frame"]),
            state["maker"],
            shape,
            state["settings"],
            Trained.restore(state["trained"]),
            weights,
            filled(maker(shape), weights),
        )

    def __getstate__(self) -> dict[str, Any]:
        """Leave the torch module out: it is made again from shape and weights."""
        return {**self.__dict__, "network": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.weights:
            self.__dict__["network"] = self._made(self.weights)


def usual_epochs(rows: int) -> int:
    """Twelve passes; more where pictures are few, so that there are about 500 steps."""
    return min(_MOST, max(_USUAL, -(-_STEPS * _batch(rows) // max(1, rows))))


def _batch(rows: int) -> int:
    return 32 if rows < 2_000 else 128


def products(shape: Any) -> float:
    """Count the multiplications of one picture on its way through, in three passes."""
    side, filters = int(shape.side), (int(shape.channels), *shape.filters)
    total = 0.0
    if isinstance(shape, ConvolutionShape):
        for entering, leaving in zip(filters, filters[1:], strict=False):
            total += 9 * entering * leaving * side**2
            side //= 2
        return 3.0 * float(total + filters[-1] * side**2 * shape.width)
    total = 9 * shape.channels * filters[1] * side**2
    for number, (entering, leaving) in enumerate(zip((filters[1], *filters[1:]), filters[1:], strict=False)):
        side = -(-side // 2) if number else side
        total += (9 * entering + 9 * leaving * (2 * shape.blocks - 1)) * leaving * side**2
    return 3.0 * float(total)
