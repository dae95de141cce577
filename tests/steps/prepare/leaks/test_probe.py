from __future__ import annotations

import numpy as np
import pytest
from benchmarks.honesty.probing import HereCrew, measure, stratified
from benchmarks.honesty.tables import Making, happen, usual
from scipy.stats import t

from pilothouse.models.boosting import Boosting
from pilothouse.models.target import Target
from pilothouse.steps.prepare.leaks.probe import (
    LeakBudget,
    Prober,
    Probing,
    lower_bound,
    pairs_in_order,
    sample_folds,
)
from pilothouse.steps.prepare.leaks.single import Truth
from pilothouse.types import Questions, Table


def probing(data) -> Probing:
    return Probing(HereCrew(data), Boosting(Target("target", "binary", ("no", "yes"))), measure)


def test_lower_bound_is_the_corrected_one() -> None:
    gains = np.array([0.10, 0.12, 0.08, 0.11, 0.09])
    by_hand = 0.10 - t.ppf(0.95, 4) * np.sqrt((1 / 5 + 1 / 4) * np.var(gains, ddof=1))
    assert lower_bound(gains, 0.25) == pytest.approx(by_hand)
    assert lower_bound(gains[:1], 0.25) == -np.inf


def test_pairs_in_order_of_numbers_counts_pairs() -> None:
    y, said = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 4.0])
    assert pairs_in_order(Truth(y, 0), said) == pytest.approx(5 / 6)
    assert pairs_in_order(Truth(y, 0), np.zeros(4)) == 0.5


def test_no_column_at_all_knows_nothing() -> None:
    data, questions = usual(np.random.default_rng(1)).data()
    prober = Prober(questions, stratified(questions.truth, 5, 0), probing(data))
    assert prober.score(()) == pytest.approx(0.5)


def test_a_set_is_fitted_once_and_a_dull_group_only_on_two_folds() -> None:
    made = Making(np.random.default_rng(3), 600)
    made.signal = made.rng.normal(size=600)
    made.add("signal", made.signal)
    made.add("idle", made.rng.normal(size=600))
    happen(made, 2.0)
    data, questions = made.data()
    tools = probing(data)
    prober = Prober(questions, stratified(questions.truth, 5, 0), tools)
    base = frozenset({"signal", "idle"})
    first = prober.losses(base, [frozenset({"signal"}), frozenset({"idle"})], 0.04)
    assert first[0].cost > 0.2 and first[0].low > 0.1
    assert first[1].low == -np.inf and abs(first[1].cost) < 0.04
    assert tools.crew.fits == 5 + 5 + 2
    assert prober.losses(base, [frozenset({"signal"}), frozenset({"idle"})], 0.04) == first
    assert tools.crew.fits == 12


def test_big_folds_are_cut_and_rare_outcomes_kept() -> None:
    truth = (np.arange(50_000) % 500 == 0).astype(np.int64)
    questions = Questions(Table((), {}), truth, np.arange(50_000), ("no", "yes"))
    learn, ask = np.arange(0, 50_000, 2), np.arange(1, 50_000, 2)
    cut = sample_folds(((learn, ask), (ask, learn)), questions, LeakBudget(max_rows=2_000), 0)
    assert len(cut[0][0]) == 2_000
    assert truth[cut[0][0]].sum() == truth[learn].sum() == 100
    assert len(cut[0][1]) == 10_000
    again = sample_folds(((learn, ask), (ask, learn)), questions, LeakBudget(max_rows=2_000), 0)
    assert all(
        np.array_equal(a, b) for x, y in zip(cut, again, strict=True) for a, b in zip(x, y, strict=True)
    )
