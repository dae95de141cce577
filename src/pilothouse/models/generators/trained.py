"""The two that learn: a variational autoencoder and an adversarial pair.

How long each trains is fixed by the time budget before anything runs. The first also
tells its bound on pictures held out of its learning; the second has no such figure.
Both networks are made for small pictures of few kinds.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.lazy import require
from pilothouse.messages import Message, say
from pilothouse.models.costs import decline
from pilothouse.models.generators.baselines import drawing_cost
from pilothouse.models.generators.drawing import Arrays, Drawer, as_bytes, noise
from pilothouse.models.generators.recall import Bytes
from pilothouse.models.networks.adversarial import (
    AdversarialShape,
    adversarial,
    drawing_loss,
    judging_loss,
)
from pilothouse.models.networks.variational import VariationalShape, bound_loss, variational
from pilothouse.models.networks.weights import NetworkShape, filled, weights_of
from pilothouse.models.training import Lesson, Player, Trained, TrainingPlan, train
from pilothouse.types import Candidate, Context, Cost, Shape
from pilothouse.types.candidate import Parameters

BATCH = 64
VAE_PLAN = TrainingPlan(
    batch=BATCH, rate=3e-3, weight_decay=0.0, patience=None, largest_step=float("inf"), device="cpu"
)
GAN_PLAN = TrainingPlan(
    batch=BATCH,
    rate=1e-3,
    weight_decay=0.0,
    patience=None,
    largest_step=float("inf"),
    momentum=0.0,
    schedule="cosine",
    device="cpu",
)
_CHECKED = 0.05
_AT_ONCE = 256


@dataclass(frozen=True)
class Trains(Candidate):
    """A generator that trains for ``epochs`` on pictures of ``cells`` numbers.

    Attributes
    ----------
    most
        Passes over the pictures beyond which more bring little.
    fewest_steps
        Steps that a training should have, however few the pictures.
    step_s, cell_s
        Seconds of one step, and for one number of a picture in it.
    """

    cells: int
    epochs: int = 1
    most: ClassVar[int]
    fewest_steps: ClassVar[int]
    step_s: ClassVar[float]
    cell_s: ClassVar[float]
    is_stand_in: ClassVar[bool] = False
    extra: ClassVar[str | None] = "deep"
    needs_module: ClassVar[str | None] = "torch"

    def within(self, rows: int, seconds: float) -> Self:
        """Return it with as many epochs as ``seconds`` allow for ``rows`` pictures."""
        wanted = max(self.most, -(-self.fewest_steps * BATCH // rows))
        allowed = int(seconds / self._pass_s(rows))
        return replace(self, epochs=max(1, min(wanted, allowed)))

    @property
    def cut_short(self) -> bool:
        """Whether the time budget leaves it fewer epochs than it wants."""
        return self.epochs < self.most

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline what takes too long or too much memory."""
        return decline(self.cost(shape), budget_s)

    def cost(self, shape: Shape) -> Cost:
        """Take ``epochs`` passes."""
        drawing = drawing_cost(shape)
        passes = self.epochs * self._pass_s(shape.rows)
        return Cost(drawing.seconds + passes, drawing.memory_mb + 300.0)

    def _pass_s(self, rows: int) -> float:
        return self.step_s * -(-rows // BATCH) + self.cell_s * rows * self.cells


@dataclass(frozen=True)
class Vae(Trains):
    """Draws from a code whose distribution is known."""

    name: ClassVar[str] = "vae"
    label: ClassVar[Message] = say("generators.vae")
    rank: ClassVar[int] = 2
    most: ClassVar[int] = 10
    fewest_steps: ClassVar[int] = 1_500
    step_s: ClassVar[float] = 1.5e-3
    cell_s: ClassVar[float] = 1.2e-7

    def build(self, parameters: Parameters) -> VaeModel:
        """Make an unfitted model."""
        return VaeModel(epochs=self.epochs)


@dataclass(frozen=True)
class Gan(Trains):
    """Draws what a critic cannot tell from real."""

    name: ClassVar[str] = "gan"
    label: ClassVar[Message] = say("generators.gan")
    rank: ClassVar[int] = 3
    most: ClassVar[int] = 10
    fewest_steps: ClassVar[int] = 1_500
    step_s: ClassVar[float] = 8e-3
    cell_s: ClassVar[float] = 8e-7

    def build(self, parameters: Parameters) -> GanModel:
        """Make an unfitted model."""
        return GanModel(epochs=self.epochs)


@dataclass(frozen=True)
class TrainedModel(Drawer):
    """A network that draws."""

    epochs: int = 1

    @abstractmethod
    def decode(self, codes: NDArray[np.float64]) -> Bytes:
        """Draw (m, channels, side, side) from (m, code)."""

    @property
    def width(self) -> int:
        """Dimensions of the code."""
        return int(self.told["shape"]["code"])

    def draw(self, seeds: NDArray[np.int64]) -> Bytes:
        """Draw from the prior of the code."""
        return self.decode(noise(seeds, self.width))

    def settings(self) -> dict[str, Any]:
        """Keep how long it trained."""
        return {"epochs": self.epochs}


@dataclass(frozen=True)
class VaeModel(TrainedModel):
    """See ``models.networks.variational``."""

    kind: ClassVar[str] = "vae"

    def learn(self, pictures: Bytes, context: Context) -> tuple[Arrays, dict[str, Any]]:
        """Raise the bound; 5 % of the pictures are held out to tell it."""
        torch = require("torch", extra="deep")
        order = np.random.default_rng(context.seed).permutation(len(pictures))
        held = max(1, round(_CHECKED * len(pictures)))
        shown = torch.from_numpy(pictures.astype(np.float32) / 255.0)
        learn, check = shown[order[held:]], shown[order[:held]]
        shape = VariationalShape(int(shown[0].numel()))
        network = _seeded(torch, lambda: variational(shape), context.seed)
        lesson = Lesson([learn, learn], [check, check], loss=bound_loss)
        done = train(network, lesson, replace(VAE_PLAN, epochs=self.epochs), context)
        told = _told(shape, done) | {"size": list(pictures.shape[1:]), "bound": -min(done.history)}
        return weights_of(network), told

    def decode(self, codes: NDArray[np.float64]) -> Bytes:
        """Draw the mean picture of each code."""
        shape = VariationalShape(**self.told["shape"])
        return _drawn(variational(shape), self.arrays, _chances, codes).reshape(-1, *self.told["size"])

    def codes(self, pictures: Bytes) -> NDArray[np.float64]:
        """Return the mean codes (m, code) of pictures."""
        torch = require("torch", extra="deep")
        network = filled(variational(VariationalShape(**self.told["shape"])), self.arrays).double()
        with torch.no_grad():
            return np.asarray(network.features(torch.from_numpy(pictures / 255.0)).numpy())

    def sentence(self) -> Message:
        """Say it in plain words."""
        return say("generators.vae_sentence")


@dataclass(frozen=True)
class GanModel(TrainedModel):
    """See ``models.networks.adversarial``."""

    kind: ClassVar[str] = "gan"

    def learn(self, pictures: Bytes, context: Context) -> tuple[Arrays, dict[str, Any]]:
        """Let critic and generator learn in turn."""
        torch = require("torch", extra="deep")
        shape = AdversarialShape(pictures.shape[1], pictures.shape[2])
        network = _seeded(torch, lambda: adversarial(shape), context.seed)
        players = (
            Player("critic", lambda pair, batch: judging_loss(pair, batch[-1], shape.penalty)),
            Player("generator", lambda pair, batch: drawing_loss(pair, batch[-1])),
        )
        lesson = Lesson([torch.from_numpy(pictures.astype(np.float32) / 255.0)], players=players)
        done = train(network, lesson, replace(GAN_PLAN, epochs=self.epochs), context)
        return weights_of(network.average), _told(shape, done)

    def decode(self, codes: NDArray[np.float64]) -> Bytes:
        """Draw with the averaged generator."""
        shape = AdversarialShape(**self.told["shape"])
        return _drawn(adversarial(shape).average, self.arrays, lambda network, part: network(part), codes)

    def sentence(self) -> Message:
        """Say it in plain words."""
        return say("generators.gan_sentence")


def _seeded(torch: Any, make: Any, seed: int) -> Any:
    """Make a network whose first weights depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()


def _told(shape: NetworkShape, done: Trained) -> dict[str, Any]:
    return {"shape": shape.state(), "curves": done.curves()}


def _chances(network: Any, codes: Any) -> Any:
    return network.decode(codes).sigmoid()


def _drawn(network: Any, weights: Mapping[str, Any], how: Any, codes: NDArray[np.float64]) -> Bytes:
    """Draw in double precision: the last digits would else depend on how many are drawn at once."""
    torch = require("torch", extra="deep")
    network, parts = filled(network, weights).double(), []
    with torch.no_grad():
        for start in range(0, len(codes), _AT_ONCE):
            parts.append(how(network, torch.from_numpy(codes[start : start + _AT_ONCE])).numpy())
    return as_bytes(np.concatenate(parts))
