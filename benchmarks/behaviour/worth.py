"""What pre-training is worth: on the films people rated, on purchases, on digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.behaviour.logs import customers, digits, films
from pilothouse.models.networks.convolution import ConvolutionShape, convolution
from pilothouse.models.networks.events import EventsShape, events
from pilothouse.models.pasts import Reading
from pilothouse.models.pretraining import Backbone, Gain, attach, gain_over_scratch, pretrain, teach
from pilothouse.models.pretraining.objectives import masked_picture, next_event
from pilothouse.models.training import Trained, TrainingPlan
from pilothouse.steps.evaluate.metrics_binary import auc
from pilothouse.steps.prepare.supervise import Prepared
from pilothouse.types import Context

PLACES = 64
PICTURES, ASKED = 10_000, 2_000


@dataclass(frozen=True)
class Worth:
    """The gains on one set, and how the backbone came about."""

    told: str
    metric: str
    lesson: Trained
    gains: tuple[Gain, ...]
    learnt: str = "labels"


@dataclass(frozen=True)
class Bench:
    """What is learnt from and asked: tensors without labels, labels, the backbone."""

    inputs: list[Any]
    truth: NDArray[Any]
    asked: list[Any]
    backbone: Backbone
    fresh: Callable[[], Any]
    described: int
    outputs: int

    def learn(self, rows: NDArray[np.int64], pretrained: bool, seed: int) -> NDArray[np.float64]:
        """Learn from the labels of ``rows``; answer what is asked with probabilities."""
        torch.manual_seed(seed)
        network = self.backbone.network() if pretrained else self.fresh()
        headed = attach(network, self.described, self.outputs, dropout=0.3)
        order = np.random.default_rng(seed).permutation(rows)
        kept = round(len(order) * 0.8)
        truth = torch.from_numpy(self.truth)
        learn, check = (
            [*(one[torch.from_numpy(part)] for one in self.inputs), truth[torch.from_numpy(part)]]
            for part in (order[:kept], order[kept:])
        )
        # Some hundred steps whatever the labels; both ways alike, and the best epoch stands.
        batch = 16 if len(order) <= 200 else 64
        epochs = int(np.clip(400 * batch // kept, 8, 40))
        plan = TrainingPlan(epochs=epochs, batch=batch, rate=1e-3, weight_decay=0.05, patience=8)
        teach(headed, (learn, check), plan, Context(seed=seed))
        with torch.no_grad():
            said = torch.softmax(headed(*self.asked), dim=1).double().numpy()
        return said[:, 1] if self.outputs == 2 else said


def of_films(seeds: int) -> Worth:
    """Women among 943 people; the backbone has seen the 660 pasts that are learnt from."""
    return _of_pasts(films(), "ml-100k: is a person a woman, by the last 64 films they rated?", 120, seeds)


def of_customers(seeds: int) -> Worth:
    """Who buys again; the backbone has seen the 1,650 pasts that are learnt from."""
    return _of_pasts(customers(), "CDNOW: who of nine months' buyers buys in the next nine?", 60, seeds)


def _of_pasts(made: Prepared, told: str, epochs: int, seeds: int) -> Worth:
    table, truth = made.data.table, np.asarray(made.truth)
    order = np.random.default_rng(0).permutation(table.rows)
    kept = round(0.7 * table.rows)
    known, asked = order[:kept], order[kept:]
    reading = Reading.learn([table.take(known)], PLACES)
    parts = [torch.from_numpy(one) for one in reading.parts(table)]
    shape = EventsShape(**reading.sizes, window=PLACES + 1, dropout=0.2)
    torch.manual_seed(0)
    network = events(shape)
    check = kept // 8
    plan = TrainingPlan(epochs=epochs, batch=64, rate=3e-3, weight_decay=0.05, patience=5, check_batch=512)
    rows = tuple([one[torch.from_numpy(part)] for one in parts] for part in (known[check:], known[:check]))
    lesson = pretrain(network, next_event(shape), (rows[0], rows[1]), plan, Context())
    bench = Bench(
        inputs=[one[torch.from_numpy(known)] for one in parts],
        truth=truth[known].astype(np.int64),
        asked=[one[torch.from_numpy(asked)] for one in parts],
        backbone=Backbone.of("events", shape, network, {"objective": "next_event", "rows": kept}),
        fresh=lambda: events(shape),
        described=shape.described,
        outputs=2,
    )
    answered = truth[asked].astype(np.int64)
    return Worth(told, "AUC", lesson, _gains(bench, answered, (100, 10**9), _auc, seeds))


def of_digits(seeds: int) -> Worth:
    """MNIST: the backbone has rebuilt 10,000 pictures of which half the squares were painted over."""
    pictures, truth = digits("train", PICTURES)
    shown, answered = digits("t10k", ASKED)
    shape = ConvolutionShape(channels=1, side=28, outputs=10, width=64)
    inputs = torch.from_numpy(pictures.astype(np.float32) / 255.0)
    torch.manual_seed(0)
    network = convolution(shape)
    plan = TrainingPlan(epochs=40, batch=128, rate=3e-3, patience=3)
    check = PICTURES // 10
    objective = masked_picture(shape.width, 1, 28)
    lesson = pretrain(network, objective, ([inputs[check:]], [inputs[:check]]), plan, Context())
    bench = Bench(
        inputs=[inputs],
        truth=truth,
        asked=[torch.from_numpy(shown.astype(np.float32) / 255.0)],
        backbone=Backbone.of("convolution", shape, network, {"objective": "masked_picture"}),
        fresh=lambda: convolution(shape),
        described=shape.width,
        outputs=10,
    )
    told = "MNIST: the first 2,000 test pictures"
    return Worth(told, "accuracy", lesson, _gains(bench, answered, (100, 1_000), _right, seeds))


def _gains(
    bench: Bench, answered: NDArray[Any], counts: Sequence[int], score: Any, seeds: int
) -> tuple[Gain, ...]:
    return gain_over_scratch((bench.truth, answered), counts, bench.learn, score, seeds=seeds)


def _auc(truth: NDArray[Any], said: NDArray[Any]) -> float:
    return float(auc(truth, said))


def _right(truth: NDArray[Any], said: NDArray[Any]) -> float:
    return float((said.argmax(axis=1) == truth).mean())
