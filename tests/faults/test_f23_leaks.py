"""F23: answers hidden in the data are found before the headline; clean tables are left in peace.

A sample of ``python -m benchmarks.honesty.leaks`` at other seeds; the whole suite has 400 tables.
"""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.honesty import planted
from benchmarks.honesty.leaks import search, try_clean, try_planted
from benchmarks.honesty.tables import Making, happen

SEED = 31
FOOLING = (
    "strong_many",
    "previous_state",
    "credit",
    "related",
    "earlier_times",
    "odd_names",
    "classes",
    "list_price",
)


@pytest.mark.parametrize("kind", planted.KINDS)
def test_a_strong_leak_of_each_kind_is_found(kind: str) -> None:
    tried = try_planted((kind, "strong", SEED))
    assert tried["found"], tried
    assert tried["innocent"] == []


def test_clean_tables_lose_nothing_and_raise_few_questions() -> None:
    tried = [try_clean((kind, SEED)) for kind in FOOLING]
    assert [r["kind"] for r in tried if r["removed"]] == []
    assert sum(bool(r["asked"]) for r in tried) <= 1


def test_a_refund_after_the_cancellation_is_removed_and_both_scores_are_shown() -> None:
    made = Making(np.random.default_rng(11), 2_000)
    made.signal = made.rng.normal(size=made.rows)
    for k in range(5):
        made.add(f"habit_{k}", made.signal + 1.5 * made.rng.normal(size=made.rows))
    happen(made, 0.9, 0.27)
    made.add("refund_after_cancel", np.round(100 * made.y + made.rng.normal(0, 13, made.rows), 2))
    assert np.corrcoef(made.columns["refund_after_cancel"], made.y)[0, 1] == pytest.approx(0.957, abs=0.01)
    report, _ = search(made)
    assert report.drop == {"refund_after_cancel"}
    assert report.score_with > 0.97
    assert 0.6 < report.score_without < 0.75
