"""The neural network for tables: a small pack of perceptrons on bent numbers.

It sees what the linear model sees (``encoding.Dense``) and adds interplay; eight small
perceptrons are trained side by side and their answers averaged, which is worth more
than one larger one. Needs the extra ``deep``. The size of table it learns from is
capped; answers differ from run to run of the same plan only by CPU kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.lazy import require
from pilothouse.messages import Message, say
from pilothouse.models.costs import decline, estimate
from pilothouse.models.encoding import Dense
from pilothouse.models.linear import drawn_rows
from pilothouse.models.networks.pack import PackShape, pack
from pilothouse.models.networks.weights import filled, weights_of
from pilothouse.models.target import Target
from pilothouse.models.training import Lesson, Taught, Trained, TrainingPlan, train
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

_MOST_CELLS = 20_000_000
_MOST_ROWS = 400_000
_PIECES = 10
_CHECK_SHARE = 0.15
_STEPS = 1_500
_AT_ONCE = 8_192


@dataclass(frozen=True)
class Network(Candidate):
    """A pack of small perceptrons, trained by the house's trainer."""

    target: Target
    name: ClassVar[str] = "network"
    label: ClassVar[Message] = say("models.network")
    rank: ClassVar[int] = 30
    extra: ClassVar[str | None] = "deep"
    needs_module: ClassVar[str | None] = "torch"

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline without columns, or beyond memory or time."""
        return decline(self.cost(shape), budget_s) if shape.columns else say("models.no_columns")

    def cost(self, shape: Shape) -> Cost:
        """Estimate one fit at the default settings from the packaged table."""
        return estimate("network", shape, most_cells=_MOST_CELLS)

    def space(self, trial: Any) -> Parameters:
        """Draw rate, dropout, decay and width."""
        return {
            "rate": trial.suggest_float("rate", 5e-4, 8e-3, log=True),
            "dropout": trial.suggest_float("dropout", 0.0, 0.5),
            "weight_decay": trial.suggest_float("weight_decay", 1e-3, 1.0, log=True),
            "width": trial.suggest_categorical("width", [32, 64, 128]),
        }

    def build(self, parameters: Parameters) -> NetworkModel:
        """Make an unfitted model."""
        return NetworkModel(self.target, dict(parameters))


@dataclass(frozen=True)
class NetworkModel:
    """A pack over the parts of a ``Dense`` encoder, standardised.

    Parameters
    ----------
    centre, scale
        (numbers,) mean and deviation of each part while learning.
    spread
        (2,) mean and deviation of a numeric target; (0, 1) for classes.
    trained
        Its curves, an entry an epoch.
    """

    target: Target
    parameters: Mapping[str, Any] = field(default_factory=dict)
    encoder: Dense | None = None
    centre: NDArray[np.float64] | None = None
    scale: NDArray[np.float64] | None = None
    spread: tuple[float, float] = (0.0, 1.0)
    shape: PackShape | None = None
    trained: Trained = field(default_factory=Trained, repr=False, compare=False)
    weights: Mapping[str, NDArray[np.float32]] = field(default_factory=dict, repr=False)
    network: Any = field(default=None, repr=False, compare=False)
    kind: ClassVar[str] = "network"

    def fit(self, data: Data, context: Context) -> Self:
        """Learn from the rows of ``data``, of which a share checks when to stop."""
        table = data.table
        drawn = np.random.default_rng(context.seed)
        encoder = Dense.learn(table, _PIECES)
        most = max(1_000, _MOST_CELLS // max(1, 2 * len(encoder.layout.numbers) + encoder.places))
        if table.rows > most:
            table = table.take(np.sort(drawn.choice(table.rows, most, replace=False)))
        numbers = encoder.numbers(table)
        centre, deviation = numbers.mean(axis=0), numbers.std(axis=0)
        truth = self.target.truth(table)
        spread = (float(truth.mean()), float(truth.std()) or 1.0) if self.target.is_number else (0.0, 1.0)
        shape = PackShape(
            numbers=numbers.shape[1],
            places=encoder.places,
            categories=len(encoder.layout.levels),
            outputs=1 if self.target.is_number else len(self.target.classes),
            width=int(self.parameters.get("width", 64)),
            dropout=float(self.parameters.get("dropout", 0.25)),
        )
        scale = np.where(deviation > 1e-6, deviation, 1.0)
        made = replace(self, encoder=encoder, centre=centre, scale=scale, spread=spread, shape=shape)
        network, done = made._taught(table, truth, drawn.permutation(len(truth)), context)
        return replace(made, trained=done, weights=weights_of(network), network=network)

    @property
    def taught(self) -> tuple[Taught, ...]:
        """How it learnt, for the reader."""
        return (Taught(say("models.network"), say("learning.rows"), self.trained),)

    def fit_batches(self, batches: Callable[[], Iterator[Table]], context: Context) -> Self:
        """Learn from a table too large for memory: from rows drawn over all batches.

        Parameters
        ----------
        batches
            Gives the table's batches from the start, each time it is called.
        context
            As for ``fit``, which cuts wide tables further.
        """
        return self.fit(Data({"rows": drawn_rows(batches, _MOST_ROWS, context.seed)[0]}), context)

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each row: the mean over the pack."""
        torch = require("torch", extra="deep")
        if self.network is None:
            raise RuntimeError("predict before fit")
        numbers, hot = self._parts(requests)
        found = []
        with torch.no_grad():
            for start in range(0, max(1, len(numbers)), _AT_ONCE):
                end = start + _AT_ONCE
                margin = self.network(numbers[start:end], hot[start:end]).double()
                found.append(margin if self.target.is_number else torch.softmax(margin, dim=2))
        raw = torch.cat(found, dim=1).mean(dim=0).numpy()
        if self.target.is_number:
            return self.target.answers(raw[:, 0] * self.spread[1] + self.spread[0])
        return self.target.answers(raw)

    def _parts(self, table: Table) -> tuple[Any, Any]:
        """Standardised numbers (float32) and hot places (int64) as tensors."""
        torch = require("torch", extra="deep")
        if self.encoder is None or self.centre is None or self.scale is None:
            raise RuntimeError("predict before fit")
        numbers = (self.encoder.numbers(table) - self.centre) / self.scale
        np.clip(numbers, -8.0, 8.0, out=numbers)
        return torch.from_numpy(numbers.astype(np.float32)), torch.from_numpy(self.encoder.hot(table))

    def _taught(
        self, table: Table, truth: NDArray[Any], order: NDArray[np.int64], context: Context
    ) -> tuple[Any, Trained]:
        """Make the network and train it; the last rows of ``order`` check."""
        torch = require("torch", extra="deep")
        numbers, hot = self._parts(table)
        aim = (truth - self.spread[0]) / self.spread[1] if self.target.is_number else truth
        wanted = torch.from_numpy(aim.astype(np.float32 if self.target.is_number else np.int64))
        whole = (numbers, hot, wanted)
        kept = len(order) - int(len(order) * _CHECK_SHARE)
        learn = [one[torch.from_numpy(order[:kept])] for one in whole]
        check = [one[torch.from_numpy(order[kept:])] for one in whole]
        if self.shape is None:
            raise RuntimeError("train before fit")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(context.seed)
            network = pack(self.shape)
        lesson = Lesson(learn, check if len(order) > kept else None, self._loss(torch))
        return network, train(network, lesson, self._plan(kept), context)

    def _plan(self, rows: int) -> TrainingPlan:
        """Epochs such that small tables get about 1,500 steps, 10 to 60 passes."""
        batch = 128 if rows < 20_000 else 512
        epochs = min(60, max(10, _STEPS * batch // max(1, rows)))
        return TrainingPlan(
            epochs=int(self.parameters.get("epochs", epochs)),
            batch=batch,
            rate=float(self.parameters.get("rate", 2e-3)),
            weight_decay=float(self.parameters.get("weight_decay", 0.05)),
        )

    def _loss(self, torch: Any) -> Any:
        """Mean over the pack of cross-entropy, or of the Huber loss for a number."""
        functional = torch.nn.functional
        if self.target.is_number:
            return lambda out, aim: functional.smooth_l1_loss(out[:, :, 0], aim.expand(len(out), -1))
        return lambda out, aim: functional.cross_entropy(
            out.reshape(-1, out.shape[2]).float(), aim.repeat(len(out))
        )

    def save(self, folder: Path) -> None:
        """Write JSON and safetensors."""
        if self.encoder is None or self.shape is None or self.centre is None or self.scale is None:
            raise RuntimeError("save before fit")
        state = {
            "target": self.target.state(),
            "parameters": dict(self.parameters),
            "encoder": self.encoder.state(),
            "centre": self.centre.tolist(),
            "scale": self.scale.tolist(),
            "spread": list(self.spread),
            "shape": self.shape.state(),
            "trained": self.trained.state(),
        }
        save_file(folder / "network.json", state, "json")
        save_file(folder / "network.safetensors", dict(self.weights), "tensors")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / "network.json", "json")
        weights = load_file(folder / "network.safetensors", "tensors")
        shape = PackShape(**state["shape"])
        return cls(
            target=Target.restore(state["target"]),
            parameters=state["parameters"],
            encoder=Dense.restore(state["encoder"]),
            centre=np.array(state["centre"]),
            scale=np.array(state["scale"]),
            spread=(state["spread"][0], state["spread"][1]),
            shape=shape,
            trained=Trained.restore(state.get("trained", {})),
            weights=weights,
            network=filled(pack(shape), weights),
        )

    def __getstate__(self) -> dict[str, Any]:
        """Leave the torch module out: it is made again from shape and weights."""
        return {**self.__dict__, "network": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.shape is not None and self.weights:
            self.__dict__["network"] = filled(pack(self.shape), self.weights)
