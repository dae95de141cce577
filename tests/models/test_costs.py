import math

import pytest

from pilothouse.models.costs import MOST_MEMORY_MB, cost_table, decline, estimate
from pilothouse.types import Cost, Shape

SHAPE = Shape(rows=10_000, numbers=10, categories=10, classes=2, levels=100)


@pytest.mark.parametrize("candidate", ["linear", "boosting", "network"])
def test_cost_grows_with_rows_and_columns(candidate):
    small = estimate(candidate, SHAPE)
    longer = estimate(candidate, Shape(20_000, 10, 10, 2, 100))
    wider = estimate(candidate, Shape(10_000, 40, 10, 2, 100))
    assert 0 < small.seconds < longer.seconds and small.seconds < wider.seconds
    assert small.memory_mb < longer.memory_mb


def test_cost_grows_with_classes_beyond_two():
    two, one = estimate("boosting", SHAPE), estimate("boosting", Shape(10_000, 10, 10, 0, 100))
    five = estimate("boosting", Shape(10_000, 10, 10, 5, 100))
    assert two == one and 4 < five.seconds / two.seconds < 5


def test_cost_of_a_sample_stops_growing_but_for_reading():
    most = 1_000_000
    costs = [estimate("linear", Shape(n, 10, 0, 2), most_cells=most).seconds for n in (10**5, 10**6)]
    assert costs[1] - costs[0] == pytest.approx(cost_table()["linear"]["read_s"] * 9e5 * 10)


def test_cost_table_is_complete_and_finite():
    names = {frozenset(figures) for figures in cost_table().values()}
    assert len(names) == 1
    assert all(math.isfinite(v) and v >= 0 for figures in cost_table().values() for v in figures.values())


def test_decline_says_how_much_and_how_much_there_is():
    assert decline(Cost(1.0, 100.0), 2.0) is None
    time = decline(Cost(120.0, 100.0), 60.0)
    memory = decline(Cost(1.0, MOST_MEMORY_MB * 2), 60.0)
    assert time is not None and "120" in time.text("en") and "60" in time.text("zh")
    assert memory is not None and "10,000" in memory.text("en")
