"""Closed forms to 1e-6, Monte Carlo to 1 %."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.steps.decide.assumptions import Assumptions, Rivals, parse_ranges
from pilothouse.steps.decide.flag import Policy, choose_policy
from pilothouse.steps.decide.value import (
    action_money,
    best_in_money,
    break_even,
    classes_money,
    hits_money,
    number_money,
)


def exact_shop():
    """1,000 rows; of the winner's top 100 exactly 70 are right, of the baseline's 59."""
    truth = np.zeros(1000, dtype=np.int64)
    truth[:200] = 1
    winner, baseline = np.full(1000, 0.1), np.full(1000, 0.1)
    winner[np.r_[0:70, 200:230]] = 0.9
    baseline[np.r_[0:59, 200:241]] = 0.9
    return Rivals(truth, winner, baseline, np.arange(1000))


def terms(volume=10_000, **changes):
    given = {"true_positive": 600, "contact": 20, "success": 0.1, "capacity": 1000, **changes}
    return Assumptions(parse_ranges({k: v for k, v in given.items() if v is not None}), volume)


def money(assumptions, rivals=None, draws=500):
    return action_money(rivals or exact_shop(), assumptions, choose_policy(assumptions, 0.2), 0, draws)


def test_value_of_a_thousand_calls_is_the_closed_form():
    found = money(terms())
    assert found.winner.value == pytest.approx(1000 * (0.70 * 600 * 0.1 - 20), abs=1e-6)
    assert found.baseline.value == pytest.approx(1000 * (0.59 * 600 * 0.1 - 20), abs=1e-6)
    assert found.gain.value == pytest.approx(6600, abs=1e-6)


def test_value_above_a_chance_is_the_closed_form():
    found = money(terms(capacity=None))
    assert found.winner.value == pytest.approx(10_000 * (0.070 * 60 - 0.100 * 20), abs=1e-6)
    assert found.gain.value == pytest.approx(10_000 * 0.011 * 60, abs=1e-6)


def test_capacity_counts_a_period_not_the_file():
    assert money(terms(volume=10_000)).gain.value == pytest.approx(6600)
    half = money(terms(volume=10_000, capacity=500))
    assert half.gain.value == pytest.approx(3300)


def test_break_even_of_the_example():
    assert break_even(0.70, 600, 20) == pytest.approx(20 / 420)
    assert break_even(0.0, 600, 20) == float("inf")


def test_break_even_success_makes_the_value_zero():
    rate = break_even(0.70, 600, 20)
    assert money(terms(success=rate)).winner.value == pytest.approx(0, abs=1e-6)


def test_doing_nothing_is_worth_zero():
    rivals = exact_shop()
    nothing = Rivals(rivals.truth, rivals.winner, None, rivals.unit)
    found = action_money(nothing, terms(capacity=None), Policy("costs", 0.2, 1 / 3), 0, 100)
    assert found.baseline.value == 0
    assert found.gain.value == pytest.approx(found.winner.value)


def test_monte_carlo_mean_of_products_is_within_one_percent():
    rivals = exact_shop()
    fixed = Rivals(rivals.truth, rivals.winner, rivals.baseline, np.zeros(1000, dtype=np.int64))
    wide = terms(true_positive=[300, 600, 1200], success=[0.05, 0.1, 0.3], contact=[10, 20, 30])
    found = action_money(fixed, wide, choose_policy(wide, 0.2), 0, 60_000)
    expected = 1000 * 0.11 * 700 * 0.15
    assert found.by_draw.mean() == pytest.approx(expected, rel=0.01)


def test_range_of_capacities_is_followed():
    rivals = exact_shop()
    fixed = Rivals(rivals.truth, rivals.winner, rivals.baseline, np.zeros(1000, dtype=np.int64))
    found = action_money(fixed, terms(capacity=[500, 750, 1000]), Policy("capacity", 0.075), 0, 40_000)
    assert found.by_draw.mean() == pytest.approx(750 * 6.6, rel=0.01)


def test_a_sample_that_flags_nobody_does_not_know_that_nobody_is_ever_flagged():
    rivals = exact_shop()
    nobody = Rivals(rivals.truth, np.zeros(1000), None, rivals.unit)
    found = action_money(nobody, terms(capacity=None), Policy("costs", 0.2, 1 / 3), 0, 4000)
    assert found.gain.value == 0
    assert found.gain.interval.low < 0 < found.gain.interval.high
    assert found.gain.interval.high <= 10_000 / 1000 * 3 * 60  # no more than three flagged leavers in 1,000


def test_interval_joins_sampling_and_assumptions():
    rivals = exact_shop()
    sampling = money(terms(), rivals, 2000).gain.interval
    both = money(terms(success=[0.02, 0.1, 0.4]), rivals, 2000).gain.interval
    assert both.high - both.low > 1.5 * (sampling.high - sampling.low)


def test_sampling_interval_has_the_width_of_the_paired_difference():
    rivals = exact_shop()
    found = money(terms(capacity=None), rivals, 4000).gain.interval
    per_row = ((rivals.winner > 0.5).astype(float) - (rivals.baseline > 0.5)) * (60 * rivals.truth - 20)
    half = 1.645 * 10_000 * per_row.std() / np.sqrt(1000)
    unseen = 1.645 * 10_000 * np.sqrt(2 * 0.5 * (40**2 + 20**2)) / 1000  # half a hit, half a miss, of both
    assert found.high - found.low == pytest.approx(2 * np.hypot(half, unseen), rel=0.06)


def test_assumption_of_the_widest_swing_matters_most():
    assert money(terms(success=[0.05, 0.1, 0.2], true_positive=[500, 600, 700])).matters_most == "success"
    assert (
        money(terms(success=[0.09, 0.1, 0.11], true_positive=[100, 600, 1600])).matters_most
        == "true_positive"
    )
    assert money(terms()).matters_most == "success"


def test_lowest_corner_decides_whether_it_is_positive_over_the_range():
    pays = money(terms(success=[0.06, 0.1, 0.2]))
    assert pays.positive_over_range and pays.lowest == pytest.approx(1000 * 0.11 * 600 * 0.06)
    fails = money(terms(success=[0.04, 0.1, 0.2]))
    assert not fails.positive_over_range
    assert fails.lowest == pytest.approx(1000 * (0.7 * 600 * 0.04 - 20))


def test_smallest_gain_is_the_users_or_a_twentieth_of_the_baseline():
    assert money(terms()).smallest_gain == pytest.approx(0.05 * 15_400)
    own = Assumptions(terms().ranges, 10_000, smallest_gain=2000.0)
    assert money(own).smallest_gain == 2000.0


def test_best_in_money_may_be_to_do_nothing():
    rivals = exact_shop()
    scores = {"nothing": None, "everyone": np.ones(1000), "rule": rivals.baseline}
    policy = Policy("costs", 0.2, 0.5)
    assert best_in_money(rivals.truth, scores, terms(capacity=None), policy) == "rule"
    assert best_in_money(rivals.truth, scores, terms(capacity=None, contact=50), policy) == "nothing"
    assert best_in_money(rivals.truth, scores, terms(capacity=None, contact=0), policy) == "everyone"


def test_classes_are_paid_for_right_and_charged_for_wrong():
    truth = np.array([0, 1, 2, 2] * 50)
    rivals = Rivals(truth, truth, np.zeros(200, dtype=np.int64), np.arange(200))
    found = classes_money(rivals, Assumptions(parse_ranges({"right": 3, "wrong": 1}), 1000), 0, 200)
    assert found.winner.value == pytest.approx(3000)
    assert found.baseline.value == pytest.approx(1000 * (0.25 * 3 - 0.75))
    assert found.positive_over_range


def test_number_is_charged_by_the_unit_of_error():
    truth = np.arange(200.0)
    rivals = Rivals(truth, truth + 12, truth - 15, np.arange(200))
    found = number_money(rivals, Assumptions(parse_ranges({"error": [1, 2, 4]}), 1000), 0, 200)
    assert found.gain.value == pytest.approx(3 * 2 * 1000)
    assert found.winner.value == pytest.approx(-24_000)
    assert found.lowest == pytest.approx(3000) and found.positive_over_range


def test_money_interval_covers_the_true_gain():
    def shop(rows, seed):
        rng = np.random.default_rng(seed)
        truth = (rng.random(rows) < 0.25).astype(np.int64)
        rule = np.round(rng.normal(0.8 * truth, 1.0))
        return Rivals(truth, rng.normal(1.4 * truth, 1.0), rule, np.arange(rows))

    terms_ = terms(volume=10_000, capacity=1500)
    policy = choose_policy(terms_, 0.25)
    true = action_money(shop(500_000, 10**6), terms_, policy, 0, 1).gain.value
    held = 0
    for seed in range(300):
        found = action_money(shop(600, seed), terms_, policy, seed, 300).gain.interval
        held += found.low <= true <= found.high
    assert 0.85 <= held / 300 <= 0.95


def lists(baseline=0.20, winner=0.24, rows=1000):
    """Of 1,000 people ``winner`` pick something from its list."""
    mine, theirs = (np.arange(rows) < share * rows for share in (winner, baseline))
    return Rivals(np.zeros(rows), mine.astype(float), theirs[::-1].astype(float), np.arange(rows))


def test_hits_are_paid_for_those_that_are_new():
    found = hits_money(lists(), Assumptions(parse_ranges({"hit": 3, "added": 0.5}), 10_000), 0, 500)
    assert found.winner.value == pytest.approx(10_000 * 0.24 * 3 * 0.5)
    assert found.baseline.value == pytest.approx(10_000 * 0.20 * 3 * 0.5)
    assert found.gain.value == pytest.approx(600)
    assert found.rates == {"winner": (0.24,), "baseline": (0.20,)}
    assert found.gain.interval.low < 600 < found.gain.interval.high
    assert found.positive_over_range


def test_hits_that_are_all_old_business_are_worth_nothing():
    found = hits_money(lists(), Assumptions(parse_ranges({"hit": 3, "added": [0, 0.1, 1]}), 10_000), 0, 200)
    assert found.lowest == 0 and not found.positive_over_range
    assert found.matters_most == "added"


def test_interval_of_hits_has_the_width_of_the_paired_difference():
    rivals = lists()
    found = hits_money(rivals, Assumptions(parse_ranges({"hit": 1, "added": 1}), 10_000), 0, 4000).gain
    half = 1.645 * 10_000 * (rivals.winner - rivals.baseline).std() / np.sqrt(1000)
    assert found.interval.high - found.interval.low == pytest.approx(2 * half, rel=0.06)


def test_labels_that_lose_money_do_not_pay_however_much_the_rule_loses():
    truth = np.arange(1000) % 2
    mine, rule = np.where(np.arange(1000) < 800, truth, 1 - truth), 1 - truth
    rivals = Rivals(truth, mine, rule, np.arange(1000))
    found = classes_money(rivals, Assumptions(parse_ranges({"right": 1.0, "wrong": 5.0}), 1000), 0, 100)
    assert found.gain.value > 0 > found.winner.value
    assert not found.positive_over_range
