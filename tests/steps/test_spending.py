from __future__ import annotations

from dataclasses import replace

import pytest

from pilothouse.steps.spending import Job, Probes, Spending, models_of
from pilothouse.types import Shape
from steps.entrants import Baseline, Quick, Slow

SHAPE = Shape(rows=10_000, numbers=10, categories=5, classes=2, levels=50)
PROBES = Probes(5, 40, 20_000)


def way(rows: int = 10_000, folds: int = 5, split: str = "holdout", winner: bool = True) -> Spending:
    return Spending(Job(SHAPE, 2_000, split), rows, folds, PROBES, winner)  # type: ignore[arg-type]


def test_contest_is_folds_times_fits() -> None:
    fit = Quick().cost(way().fold_shape).seconds
    assert way().fold_shape.rows == 6_400
    assert way().essential([Quick()])["contest"] == pytest.approx(5 * fit)


def test_nested_split_multiplies_what_is_chosen_inside() -> None:
    once, nested = way().essential([Quick()]), way(split="nested").essential([Quick()])
    assert nested["contest"] == pytest.approx(6 * once["contest"])
    assert nested["leaks"] == pytest.approx(once["leaks"])
    assert nested["opening"] == pytest.approx(5 * once["opening"])
    assert nested["curve"] == pytest.approx(once["curve"])


def test_baselines_bring_neither_probes_nor_curve() -> None:
    essential = way().essential([Baseline()])
    assert essential["leaks"] == essential["curve"] == 0
    assert models_of([Baseline(), Quick()]) == [Quick()]
    assert way().refit_s([Baseline()]) == 0


def test_curve_costs_a_winner_on_average_or_the_quickest_model() -> None:
    models = [Quick(), Slow()]
    assert way().essential(models)["curve"] > way(winner=False).essential(models)["curve"]
    assert way(winner=False).essential(models)["curve"] == pytest.approx(way().essential([Quick()])["curve"])


def test_memory_counts_workers_beside_the_table_or_the_last_fit() -> None:
    alone, two = way().memory_mb([Slow()], 1), way().memory_mb([Slow()], 2)
    assert 220 < alone < two
    assert two - way(rows=1_000).memory_mb([Slow()], 2) > 0


def test_people_are_judged_where_rows_are_not_asked() -> None:
    events = replace(SHAPE, rows=100_000, users=900)
    rows, people = Job(events, 900, "time"), Job(events, 900, "time", rows_are_asked=False)
    assert rows.fixed_s - people.fixed_s > 20  # resampling 900 people is quick, 100,000 rows are not
