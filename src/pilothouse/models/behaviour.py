"""The behaviour model: what users did, read as a language, then asked one question.

A causal Transformer over each row's past (type, item, time gap and value of its events)
learns to foretell the next event from all pasts at hand, those of rows without a known
outcome too; then it learns the outcome, with the row's other columns beside what it says
of the past. Needs the extra ``deep``. It declines where the budget does not hold its
training. Rows of one user share events, and it looks at the latest only.

References
----------
Event sequences of customers: Babaev et al., "CoLES: contrastive learning for event
sequences with self-supervision", 2022; Padhi et al., "Tabular transformers for modeling
multivariate time series", 2021.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.lazy import require
from pilothouse.messages import Message, say
from pilothouse.models.costs import decline
from pilothouse.models.encoding import Dense
from pilothouse.models.networks.events import EventsShape, events
from pilothouse.models.networks.weights import filled, weights_of
from pilothouse.models.pasts import Reading, has_past, lengths, with_past
from pilothouse.models.pretraining import Backbone, attach, teach
from pilothouse.models.pretraining.pasts import learn_pasts, lesson, parted, plan_for, read_pasts
from pilothouse.models.target import Target
from pilothouse.models.training import Taught, Trained
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Role, Shape, Table
from pilothouse.types.candidate import Parameters

_EPOCHS, _FEWEST = 30, 4
_HALF = 0.5  # epochs with labels, of those without
_PIECES = 8
_LONGEST, _SHORTEST, _COVERED = 64, 8, 0.95
_AT_ONCE = 512
_OWN = "network."
_SHARES = 24
"""Fits of this model that share a run's time with all others'."""
# CPU seconds of one place of a past in one epoch, of telling it apart from one item, and
# places that a row costs besides.
_PLACE_S, _ITEM_S, _OVERHEAD = 1.2e-5, 1.4e-8, 16


@dataclass(frozen=True)
class Behaviour(Candidate):
    """A pre-trained network of events, taught the outcome.

    Parameters
    ----------
    places
        Events of a past that are read, at most.
    pasts, items
        Pasts to learn from besides the rows', and items that are told apart in them.
    epochs
        Passes over the pasts without labels; half as many follow over the rows with
        labels. Both stop earlier where nothing is gained.
    backbone, digest
        A network of events that learnt before, to start from in place of learning without
        labels, and what tells its content apart.
    """

    target: Target
    places: int
    pasts: int = 0
    items: int = 0
    epochs: int = _EPOCHS
    backbone: Backbone | None = field(default=None, repr=False, compare=False)
    digest: str = ""
    name: ClassVar[str] = "behaviour"
    label: ClassVar[Message] = say("behaviour.label")
    rank: ClassVar[int] = 35
    must_excel: ClassVar[bool] = True
    extra: ClassVar[str | None] = "deep"
    needs_module: ClassVar[str | None] = "torch"

    @staticmethod
    def of(data: Data, time_budget_s: float, path: Path | None = None) -> Behaviour:
        """Make the candidate for ``data``, with as many epochs as its share of the time holds.

        It never has fewer than a few, with which ``feasible`` or the plan then declines.

        Parameters
        ----------
        path
            Folder with a backbone, by itself or as part of a run's model.

        Raises
        ------
        BadOption
            When there is none, or it knows less than half its words from these events.
        """
        backbone, digest = (None, "") if path is None else read_pasts(path, data.table)
        size = lengths(data.table)
        read = int(np.quantile(size, _COVERED)) if len(size) else 0
        besides = data.tables["unlabelled"].rows if "unlabelled" in data.tables else 0
        places = min(_LONGEST, max(_SHORTEST, read))
        items = len(Reading.learn([data.table], places).items)
        usual = Behaviour(Target.of(data.table), places, besides, items, backbone=backbone, digest=digest)
        shape = Shape(rows=data.rows, numbers=0, categories=0, classes=0)
        each = usual.cost(shape).seconds / _EPOCHS
        affordable = int(time_budget_s / _SHARES / max(each, 1e-9))
        return replace(usual, epochs=max(_FEWEST, min(_EPOCHS, affordable)))

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline beyond memory or time."""
        return decline(self.cost(shape), budget_s)

    def cost(self, shape: Shape) -> Cost:
        """Grow with epochs x pasts x places, and x items that are told apart."""
        each, rows = self.places + _OVERHEAD, shape.rows + self.pasts
        foretelling_s = 0.0 if self.backbone else rows * each * (_PLACE_S + _ITEM_S * self.items)
        epoch_s = foretelling_s + shape.rows * _HALF * each * _PLACE_S
        return Cost(0.5 + self.epochs * epoch_s, 400.0 + rows * each * 1e-4)

    def build(self, parameters: Parameters) -> BehaviourModel:
        """Make an unfitted model."""
        settings = {"epochs": self.epochs, "places": self.places, **parameters}
        return BehaviourModel(self.target, settings, start=self.backbone)


@dataclass(frozen=True)
class BehaviourModel:
    """The network with its head, and how rows are laid out for it.

    Parameters
    ----------
    parameters
        ``epochs``, ``places`` and, where they differ from the defaults, ``width``,
        ``blocks``, ``dropout``, ``rate``, ``taught_rate``; ``scratch`` leaves the
        learning without labels out.
    reading, encoder
        Of pasts, and of the other columns; no reading where rows have no past.
    centre, scale
        Mean and deviation of each number beside the past.
    spread
        Mean and deviation of a numeric target.
    trained
        Curves of both lessons, ``events`` and ``outcome``.
    start
        A backbone to start from.
    """

    target: Target
    parameters: Mapping[str, Any] = field(default_factory=dict)
    reading: Reading | None = None
    encoder: Dense | None = None
    centre: NDArray[np.float64] | None = None
    scale: NDArray[np.float64] | None = None
    spread: tuple[float, float] = (0.0, 1.0)
    shape: EventsShape | None = None
    trained: Mapping[str, Trained] = field(default_factory=dict, repr=False, compare=False)
    weights: Mapping[str, NDArray[Any]] = field(default_factory=dict, repr=False)
    start: Backbone | None = field(default=None, repr=False, compare=False)
    network: Any = field(default=None, repr=False, compare=False)
    kind: ClassVar[str] = "behaviour"

    def fit(self, data: Data, context: Context) -> Self:
        """Learn from all pasts of ``data``, then from its rows; shares of both tell when to stop.

        Where the past was taken out as a leak, what is left is a linear model.
        """
        table, besides = _pasts_of(data)
        reading, shape = self._read([table, *besides])
        encoder = Dense.learn(table.drop(_past(table)), _PIECES)
        numbers = encoder.matrix(table)
        deviation = numbers.std(axis=0)
        truth = self.target.truth(table)
        made = replace(
            self,
            reading=reading,
            encoder=encoder,
            centre=numbers.mean(axis=0),
            scale=np.where(deviation > 1e-6, deviation, 1.0),
            spread=(float(truth.mean()), float(truth.std()) or 1.0) if self.target.is_number else (0.0, 1.0),
            shape=shape,
        )
        network, trained = made._learn(table, besides, truth, context)
        return replace(made, trained=trained, weights=weights_of(network), network=network, start=None)

    @property
    def taught(self) -> tuple[Taught, ...]:
        """How it learnt, for the reader."""
        what = {"events": say("learning.pasts"), "outcome": say("learning.rows")}
        return tuple(Taught(say(f"behaviour.taught_{n}"), what[n], one) for n, one in self.trained.items())

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each row."""
        torch = require("torch", extra="deep")
        if self.network is None:
            raise RuntimeError("predict before fit")
        found = []
        with torch.no_grad():
            for start in range(0, max(1, requests.rows), _AT_ONCE):
                margin = self.network(*self.inputs(requests.take(slice(start, start + _AT_ONCE)))).double()
                found.append(margin if self.target.is_number else torch.softmax(margin, dim=1))
        raw = torch.cat(found).numpy()
        if self.target.is_number:
            return self.target.answers(raw[:, 0] * self.spread[1] + self.spread[0])
        return self.target.answers(raw)

    def described(self, requests: Table) -> NDArray[np.float32]:
        """Return what the network says of each past, (n, numbers): the vectors of the users."""
        torch = require("torch", extra="deep")
        if self.network is None:
            raise RuntimeError("described before fit")
        with torch.no_grad():
            vectors = self.network.network.features(*self.inputs(requests)[:-1])
        return np.asarray(vectors.numpy())

    def inputs(self, table: Table) -> list[Any]:
        """Return the parts of the pasts and the numbers beside them, as the network takes them."""
        torch = require("torch", extra="deep")
        if self.reading is None or self.encoder is None or self.centre is None or self.scale is None:
            raise RuntimeError("predict before fit")
        table = with_past(table)
        numbers = np.clip((self.encoder.matrix(table) - self.centre) / self.scale, -5.0, 5.0)
        parts = [torch.from_numpy(part) for part in self.reading.parts(table)]
        return [*parts, torch.from_numpy(numbers.astype(np.float32))]

    def _learn(
        self, table: Table, besides: Sequence[Table], truth: NDArray[Any], context: Context
    ) -> tuple[Any, dict[str, Trained]]:
        """Learn without labels, or start from who did, then learn with them."""
        torch = require("torch", extra="deep")
        network, start, trained = self._headed(context.seed), self.start, {}
        lessons = 1 if self.parameters.get("scratch") or start is not None else 2
        if lessons == 2:
            start, trained["events"] = self._learnt([table, *besides], lesson(context, 0, lessons))
        if start is not None:
            filled(network.network, start.weights)
        aim = (truth - self.spread[0]) / self.spread[1] if self.target.is_number else truth
        wanted = torch.from_numpy(aim.astype(np.float32 if self.target.is_number else np.int64))
        rows = parted([*self.inputs(table), wanted], context.seed)
        epochs = max(2, math.ceil(_HALF * _epochs(self.parameters)))
        plan = plan_for(table.rows, epochs, float(self.parameters.get("taught_rate", 1e-3)))
        trained["outcome"] = teach(network, rows, plan, lesson(context, lessons - 1, lessons))
        return network, trained

    def learn_backbone(self, data: Data, context: Context) -> Backbone:
        """Learn from all pasts of ``data``, without labels."""
        table, besides = _pasts_of(data)
        reading, shape = self._read([table, *besides])
        return replace(self, reading=reading, shape=shape)._learnt([table, *besides], context)[0]

    def _read(self, tables: Sequence[Table]) -> tuple[Reading, EventsShape]:
        """How pasts are read, and the size of a network for them; the backbone's, where there is one."""
        if self.start is not None:
            known = Reading.restore(self.start.origin["reading"])
            return known.of(tables[0]), cast(EventsShape, self.start.shape)
        reading = Reading.learn(tables, int(self.parameters.get("places", _LONGEST)))
        settings = {n: self.parameters[n] for n in ("width", "blocks", "dropout") if n in self.parameters}
        return reading, EventsShape(
            **{"dropout": 0.2, **reading.sizes, **settings}, window=reading.longest + 1
        )

    def _learnt(self, tables: Sequence[Table], context: Context) -> tuple[Backbone, Trained]:
        """Learn from pasts alone."""
        assert self.reading is not None and self.shape is not None
        rows = sum(one.rows for one in tables)
        plan = plan_for(rows, _epochs(self.parameters), float(self.parameters.get("rate", 2e-3)))
        return learn_pasts(tables, self.reading, self.shape, plan, context)

    def _headed(self, seed: int) -> Any:
        """Make the network and its head."""
        torch = require("torch", extra="deep")
        assert self.shape is not None and self.centre is not None
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            outputs = 1 if self.target.is_number else len(self.target.classes)
            return attach(
                events(self.shape), self.shape.described, outputs, beside=len(self.centre), dropout=0.3
            )

    def backbone(self) -> Backbone:
        """What it knows of pasts, for another question over the same kind of events."""
        if self.reading is None or self.shape is None:
            raise RuntimeError("backbone before fit")
        own = {n.removeprefix(_OWN): one for n, one in self.weights.items() if n.startswith(_OWN)}
        return Backbone("events", self.shape, own, {"reading": self.reading.state()})

    def save(self, folder: Path) -> None:
        """Write the backbone by itself, and JSON and safetensors of what stands on it."""
        if self.encoder is None or self.centre is None or self.scale is None:
            raise RuntimeError("save before fit")
        self.backbone().write(folder)
        state = {
            "target": self.target.state(),
            "parameters": dict(self.parameters),
            "encoder": self.encoder.state(),
            "centre": self.centre.tolist(),
            "scale": self.scale.tolist(),
            "spread": list(self.spread),
            "trained": {name: one.state() for name, one in self.trained.items()},
        }
        save_file(folder / "behaviour.json", state, "json")
        head = {n: one for n, one in self.weights.items() if not n.startswith(_OWN)}
        save_file(folder / "behaviour.safetensors", head, "tensors")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state, below = load_file(folder / "behaviour.json", "json"), Backbone.read(folder)
        assert isinstance(below.shape, EventsShape)
        own = {_OWN + name: one for name, one in below.weights.items()}
        made = cls(
            target=Target.restore(state["target"]),
            parameters=state["parameters"],
            reading=Reading.restore(below.origin["reading"]),
            encoder=Dense.restore(state["encoder"]),
            centre=np.array(state["centre"]),
            scale=np.array(state["scale"]),
            spread=(state["spread"][0], state["spread"][1]),
            shape=below.shape,
            trained={name: Trained.restore(one) for name, one in state.get("trained", {}).items()},
            weights={**own, **load_file(folder / "behaviour.safetensors", "tensors")},
        )
        return replace(made, network=filled(made._headed(0), made.weights))

    def __getstate__(self) -> dict[str, Any]:
        """Leave the torch module out: it is made again from shape and weights."""
        return {**self.__dict__, "network": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.shape is not None and self.weights:
            self.__dict__["network"] = filled(self._headed(0), self.weights)


def _epochs(parameters: Parameters) -> int:
    return int(parameters.get("epochs", _EPOCHS))


def _pasts_of(data: Data) -> tuple[Table, list[Table]]:
    """The rows with their pasts, and pasts of rows without a known outcome."""
    seen = has_past(data.table) and "unlabelled" in data.tables
    return with_past(data.table), [data.tables["unlabelled"]] if seen else []


def _past(table: Table) -> list[str]:
    return [c.name for c in table.of_role(Role.PAST)]
