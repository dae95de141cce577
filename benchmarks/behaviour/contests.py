"""The behaviour model in the contest, trained until nothing is gained, beside the product's other models."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.baselines import Everyone
from pilothouse.models.behaviour import Behaviour, BehaviourModel
from pilothouse.models.boosting import Boosting
from pilothouse.models.linear import Linear
from pilothouse.models.network import Network
from pilothouse.models.rule import Rule
from pilothouse.steps.evaluate.metrics_binary import auc
from pilothouse.steps.prepare.supervise import Prepared
from pilothouse.types import Candidate, Context

DRAWS, MOST_EPOCHS = 2_000, 120


@dataclass(frozen=True)
class Line:
    """One contestant: AUC out of fold, its difference from LightGBM's with the 95 % interval, CPU seconds."""

    name: str
    auc: float
    away: tuple[float, float, float]
    seconds: float
    epochs: str = ""


def contest(made: Prepared, folds: int = 5) -> list[Line]:
    """Let everybody answer the product's own folds; one thread each."""
    table, truth = made.data.table, np.asarray(made.truth).astype(np.int64)
    parts = made.folds(np.arange(table.rows), folds)
    patient = replace(Behaviour.of(made.data, time_budget_s=1e9), epochs=MOST_EPOCHS)
    target = patient.target
    entrants: list[Candidate] = [Everyone(target), Rule(target), Linear(target), Boosting(target)]
    entrants += [Network(target), patient]
    said: dict[str, NDArray[np.float64]] = {}
    seconds, epochs = {}, []
    for entrant in entrants:
        answers, begun = np.full(table.rows, np.nan), time.process_time()
        for learn, ask in parts:
            model = entrant.build({}).fit(made.data.take(learn), Context())
            answers[ask] = model.predict(table.take(ask), Context())["probability"][:, 1]
            if isinstance(model, BehaviourModel):
                epochs.append([len(model.curves[lesson]["epoch"]) for lesson in ("events", "outcome")])
        said[entrant.name], seconds[entrant.name] = answers, time.process_time() - begun
    weight = np.random.default_rng(0).multinomial(table.rows, np.full(table.rows, 1 / table.rows), DRAWS)
    drawn = {name: np.asarray(auc(truth, one, weight)) for name, one in said.items()}
    lines = []
    for name, one in said.items():
        low, high = np.quantile(drawn[name] - drawn["boosting"], [0.025, 0.975])
        gain = float(auc(truth, one)) - float(auc(truth, said["boosting"]))
        told = " + ".join(f"{n:.0f}" for n in np.mean(epochs, axis=0)) if name == "behaviour" else ""
        lines.append(
            Line(name, float(auc(truth, one)), (gain, float(low), float(high)), seconds[name] / folds, told)
        )
    return sorted(lines, key=lambda line: -line.auc)
