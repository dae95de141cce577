"""The whole pipeline on files whose truth is known: noise, too few rows, and replays.

Each file is run as a user would run it (``time_budget_s = 5``, values given, the action's
effect not needed, so that every verdict is within reach).
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.honesty.replays import VALUE, truth_of
from benchmarks.honesty.worlds import FRESH, World, data_of, write
from pilothouse import pipeline
from pilothouse.models.baselines import Everyone, Nothing
from pilothouse.models.rule import Rule
from pilothouse.models.target import Target
from pilothouse.pipeline import Finished, servable_in
from pilothouse.pipeline.exhibit import read_exhibit
from pilothouse.product import ProductSettings, TableSettings, UseCaseSettings, create
from pilothouse.steps.evaluate.metrics_binary import auc
from pilothouse.types import Context, Table

BUDGET_S = 5.0
BASELINES = {"nothing": Nothing, "everyone": Everyone, "rule": Rule}


@dataclass(frozen=True)
class Outcome:
    """One file: the verdict; whether the 90 % range of the gain held the truth; whether the gain is above d."""

    seed: int
    verdict: str
    covered: bool | None = None
    kept: bool | None = None


def noise(seed: int) -> Outcome:
    """A file in which nothing predicts anything."""
    rng = np.random.default_rng(seed)
    table = World.make(seed, strength=0.0).draw(int(rng.integers(800, 4_000)), seed)
    with tempfile.TemporaryDirectory() as folder:
        return Outcome(seed, _run(table, Path(folder)).record.verdict.code)


def too_small(seed: int) -> Outcome:
    """A file of real signal with fewer than 100 outcomes of the rarer class."""
    rng = np.random.default_rng(seed)
    table = World.make(seed, strength=1.0).draw(int(rng.integers(60, 200)), seed)
    truth = truth_of(table)
    for label in (0, 1):  # at most 90 of the rarer class
        own = np.flatnonzero(truth == label)
        if len(own) == min(np.bincount(truth, minlength=2)) and len(own) > 90:
            table = table.take(np.sort(np.concatenate([own[:90], np.flatnonzero(truth != label)])))
    with tempfile.TemporaryDirectory() as folder:
        return Outcome(seed, _run(table, Path(folder)).record.verdict.code)


def replay(seed: int, fresh_rows: int = FRESH) -> Outcome:
    """A file from a world; the shipped model's gain is looked up on fresh rows."""
    rng = np.random.default_rng(seed)
    world = World.make(seed)
    table = world.draw(int(rng.integers(1_500, 6_000)), seed)
    with tempfile.TemporaryDirectory() as folder:
        finished = _run(table, Path(folder))
        record, exhibit = finished.record, read_exhibit(finished.folder)
        shipped = servable_in(finished.folder.model)
    fresh = world.draw(fresh_rows, seed + 1)
    truth = truth_of(fresh)
    learn = ~exhibit.kept_aside if not exhibit.kept_aside.all() else np.ones(table.rows, dtype=bool)
    made = BASELINES[str(record.baseline["name"])](Target("churned", "binary", ("no", "yes")))
    asked = [c.name for c in shipped.schema if c.name in table] + ["churned"]
    stands = made.build({}).fit(data_of(table.select(asked).take(np.flatnonzero(learn))), Context())
    scores = [
        float(auc(truth, said["probability"][:, 1]))
        for said in (shipped.predict(fresh), stands.predict(fresh.drop(["churned"]), Context()))
    ]
    gain, claimed = scores[0] - scores[1], record.test.gain_interval
    covered = claimed.low <= gain <= claimed.high
    return Outcome(seed, record.verdict.code, covered, gain > 0.01)


def _run(table: Table, folder: Path) -> Finished:
    write(table, folder / "rows.csv")
    product = create(folder / "product", ProductSettings(name="world", language="en"))
    product.declare("tables", "rows", TableSettings(source="../rows.csv"))
    options = {"target": "churned", "time_budget_s": BUDGET_S}
    known = {
        name: True for name in table.names if name != "churned"
    }  # nothing in a world comes after the fact
    use = UseCaseSettings(scenario="predict", table="rows", options=options, value=VALUE, available=known)
    product.declare("use_cases", "question", use)
    *_, last = pipeline.run(product, "question", language="en")
    assert isinstance(last, Finished)
    return last
