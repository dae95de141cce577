"""The whole pipeline on files whose truth is known: noise, too few rows, and replays.

Each file is run as a user would run it (``time_budget_s = 5``, values given, the action's
effect not needed, so that every verdict is within reach).
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.honesty.replays import VALUE, truth_of
from benchmarks.honesty.worlds import FRESH, World, data_of, write
from pilothouse import pipeline
from pilothouse.models.baselines import Everyone, Nothing
from pilothouse.models.rule import Rule
from pilothouse.models.target import Target
from pilothouse.pipeline import Finished
from pilothouse.pipeline.exhibit import read_exhibit
from pilothouse.pipeline.handover import Made, Rows
from pilothouse.product import ProductSettings, TableSettings, UseCaseSettings, create
from pilothouse.steps.evaluate.metrics_binary import auc
from pilothouse.types import Context, Table

BUDGET_S = 5.0
BASELINES = {"nothing": Nothing, "everyone": Everyone, "rule": Rule}


@dataclass(frozen=True)
class Outcome:
    """One file: its verdict, and what the fits of its run are worth.

    ``covered`` tells whether the 90 % range of the gain held the gain of the fit that was
    measured (nested folds measure one fit for each fold: there, of the fit on all rows),
    ``shipped`` whether it held that of the fit on all rows, ``kept`` whether this is above d.
    """

    seed: int
    verdict: str
    covered: bool | None = None
    shipped: bool | None = None
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
    """A file from a world; the gain over the baseline is looked up on fresh rows."""
    rng = np.random.default_rng(seed)
    world = World.make(seed)
    table = world.draw(int(rng.integers(1_500, 6_000)), seed)
    made: list[Rows] = []
    with tempfile.TemporaryDirectory() as folder:
        finished = _run(table, Path(folder), made)
        record, exhibit = finished.record, read_exhibit(finished.folder)
    nested = exhibit.kept_aside.all()
    fits, fresh = made[0], world.draw(fresh_rows, seed + 1)
    truth, asked = truth_of(fresh), fresh.drop(["churned"])
    learn = np.ones(table.rows, dtype=bool) if nested else ~exhibit.kept_aside
    baseline = BASELINES[str(record.baseline["name"])](Target("churned", "binary", ("no", "yes")))
    known = [c.name for c in fits.fitted.schema if c.name in table] + ["churned"]
    stands = baseline.build({}).fit(data_of(table.select(known).take(np.flatnonzero(learn))), Context())

    def score(model: Any) -> float:
        return float(auc(truth, model.predict(asked, Context())["probability"][:, 1]))

    simple, claimed = score(stands), record.test.gain_interval
    shipped = score(fits.fitted) - simple
    measured = shipped if nested else score(fits.tested) - simple
    inside = [claimed.low <= gain <= claimed.high for gain in (measured, shipped)]
    return Outcome(seed, record.verdict.code, *inside, shipped > 0.01)


def _run(table: Table, folder: Path, fits: list[Rows] | None = None) -> Finished:
    """Run the file; ``fits`` takes what the run fitted, of which the run folder keeps one."""
    write(table, folder / "rows.csv")
    product = create(folder / "product", ProductSettings(name="world", language="en"))
    product.declare("tables", "rows", TableSettings(source="../rows.csv"))
    options = {"target": "churned", "time_budget_s": BUDGET_S}
    known = {
        name: True for name in table.names if name != "churned"
    }  # nothing in a world comes after the fact
    use = UseCaseSettings(scenario="predict", table="rows", options=options, value=VALUE, available=known)
    product.declare("use_cases", "question", use)
    carried = import_module("pilothouse.pipeline.run")
    fit = carried.make_model

    def watched(*given: Any) -> Made:
        made: Made = fit(*given)
        if fits is not None and made.rows is not None:
            fits.append(made.rows)
        return made

    with patch.object(carried, "make_model", watched):
        *_, last = pipeline.run(product, "question", language="en")
    assert isinstance(last, Finished)
    return last
