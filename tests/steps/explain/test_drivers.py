from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pilothouse.steps.explain.drivers import Effort, bends, direction, drivers
from pilothouse.types import Column, Kind

from .worlds import Known, measure, questions, table


def test_drivers_are_ranked_and_an_idle_column_is_worth_nothing() -> None:
    found = drivers(Known(), questions(), measure)
    assert [d.column for d in found[:2]] == ["contract", "tenure"]
    by_name = {d.column: d.importance for d in found}
    assert by_name["contract"].interval.low > 0.05
    assert by_name["idle"].value == 0.0
    assert "customer" not in by_name


def test_a_lower_score_that_is_better_counts_the_same_way() -> None:
    found = drivers(Known("number"), questions(kind="number"), measure)
    assert found[0].column == "contract"
    assert found[0].importance.value > 100


def test_ranges_cover_the_importance_on_fresh_rows() -> None:
    effort = Effort(rows=400, repeats=3, bent=0)
    found = [drivers(Known(), questions(k), measure, seed=k, effort=effort)[0].importance for k in range(20)]
    usual = np.mean([f.value for f in found])
    assert 14 <= sum(f.interval.low <= usual <= f.interval.high for f in found) <= 20
    assert np.mean([f.interval.high - f.interval.low for f in found]) < usual


def test_same_seed_gives_the_same_figures() -> None:
    one, other = (drivers(Known(), questions(), measure, seed=4, effort=Effort(rows=300)) for _ in range(2))
    assert one == other


def test_bends_follow_the_known_function() -> None:
    bent = dict(bends(Known(), table(), "contract", ("stay", "leave")))
    assert bent["monthly"] - bent["yearly"] == pytest.approx(0.5)
    assert next(iter(bent)) == "monthly"
    tenure = bends(Known(), table(), "tenure", ("stay", "leave"))
    assert [v for v, _ in tenure] == sorted(v for v, _ in tenure)
    assert tenure[0][1] - tenure[-1][1] == pytest.approx(0.3)


def test_direction_is_said_in_both_languages() -> None:
    found = {d.column: d.direction for d in drivers(Known(), questions(), measure)}
    assert found["tenure"].text("en") == "The higher tenure, the less likely: from 56 down to 26 of 100."
    assert "monthly" in found["contract"].text("zh")
    assert found["idle"] is None


def test_direction_tells_a_peak_from_a_slope() -> None:
    up = direction("age", ((20.0, 0.1), (40.0, 0.2), (60.0, 0.5)), ordered=True, is_number=False)
    peak = direction("age", ((20.0, 0.1), (40.0, 0.5), (60.0, 0.1)), ordered=True, is_number=False)
    assert (up.key, peak.key) == ("explain.more", "explain.peak")
    assert direction("age", ((20.0, 0.1), (40.0, 0.1)), ordered=True, is_number=False) is None


def test_wide_tables_are_glimpsed_first_and_lose_no_driver() -> None:
    asked = questions()
    rng, wide = np.random.default_rng(0), asked.requests
    for k in range(30):
        wide = wide.put(Column(f"idle_{k}", Kind.NUMBER), rng.normal(size=wide.rows))
    found = drivers(Known(), replace(asked, requests=wide), measure, effort=Effort(top=3))
    assert [d.column for d in found[:2]] == ["contract", "tenure"]
    assert len(found) == 3
    assert found[0].importance == drivers(Known(), asked, measure)[0].importance


def test_drivers_without_truth_are_refused() -> None:
    with pytest.raises(ValueError, match="truth"):
        drivers(Known(), replace(questions(), truth=None), measure)
