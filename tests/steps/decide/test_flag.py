from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.steps.decide.assumptions import Assumptions, Rivals, parse_ranges
from pilothouse.steps.decide.flag import Policy, choose_policy, count_flagged, hits_at, pick


def shop(rows=1000, seed=0):
    rng = np.random.default_rng(seed)
    truth = (rng.random(rows) < 0.3).astype(np.int64)
    return truth, 1 / (1 + np.exp(-rng.normal(1.5 * truth - 1, 1.0))), np.round(rng.normal(truth, 1.0))


def test_capacity_comes_first_then_costs_then_the_base_rate():
    costs = {"true_positive": 600, "contact": 20, "success": 0.1}
    assert choose_policy(Assumptions(parse_ranges({**costs, "capacity": 1000}), 8000), 0.3) == Policy(
        "capacity", 0.125
    )
    assert choose_policy(Assumptions(parse_ranges({**costs, "capacity": 9000}), 8000), 0.3).share == 1.0
    policy = choose_policy(Assumptions(parse_ranges(costs), 8000), 0.3)
    assert (policy.set_by, policy.chance) == ("costs", pytest.approx(20 / 60))
    assert choose_policy(None, 0.3) == Policy("base_rate", 0.3)


def test_costs_without_any_gain_flag_nobody():
    ranges = parse_ranges({"true_positive": 0, "contact": 20, "success": 0.1})
    truth, winner, baseline = shop()
    policy = choose_policy(Assumptions(ranges, 1000), 0.3)
    found = count_flagged(Rivals(truth, winner, baseline, np.arange(1000)), policy, 0, 50)
    assert found.count == 0 and np.isnan(found.winner.value)


def test_hits_without_ties_are_the_top_rows():
    truth, score, _ = shop()
    top = np.argsort(-score)[:250]
    assert hits_at(truth, score, np.array([0.25])) == pytest.approx([truth[top].sum() / 1000])


def test_tied_rows_at_the_edge_count_in_proportion():
    truth = np.array([1, 0, 1, 1, 0, 0])
    score = np.array([0.9, 0.5, 0.5, 0.5, 0.5, 0.1])
    assert hits_at(truth, score, np.array([0.5]))[0] == pytest.approx((1 + 2 * 0.5) / 6)


def test_hits_of_ties_are_the_mean_over_random_orders():
    truth, _, score = shop(200)
    rng, found = np.random.default_rng(1), []
    for _ in range(4000):
        order = rng.permutation(200)
        top = order[np.argsort(-score[order], kind="stable")][:70]
        found.append(truth[top].sum() / 200)
    assert hits_at(truth, score, np.array([0.35]))[0] == pytest.approx(np.mean(found), abs=0.001)


@settings(max_examples=40)
@given(
    scores=st.lists(st.integers(0, 4), min_size=2, max_size=30),
    share=st.floats(0, 1),
    seed=st.integers(0, 999),
)
def test_integer_weights_equal_repeated_rows(scores, share, seed):
    rng = np.random.default_rng(seed)
    score, truth = np.array(scores, dtype=float), rng.integers(0, 2, len(scores))
    weight = rng.integers(0, 3, len(scores))
    weight[0] += 1
    repeated = hits_at(np.repeat(truth, weight), np.repeat(score, weight), np.array([share]))
    assert hits_at(truth, score, np.array([share]), weight.astype(float)) == pytest.approx(
        repeated, abs=1e-12
    )
    assert 0 <= repeated[0] <= share + 1e-12


def test_everyone_and_nobody_find_the_base_rate():
    truth, _, _ = shop()
    shares = np.array([0.2, 1.0])
    expected = truth.mean() * shares
    assert hits_at(truth, None, shares) == pytest.approx(expected)
    assert hits_at(truth, np.zeros(1000), shares) == pytest.approx(expected)


def test_winner_and_baseline_flag_equally_many():
    truth, winner, baseline = shop()
    found = count_flagged(Rivals(truth, winner, baseline, np.arange(1000)), Policy("capacity", 0.1), 0, 400)
    assert (found.count, found.share) == (100, 0.1)
    assert found.winner.value == pytest.approx(truth[winner >= found.threshold].mean())
    assert found.extra.value == pytest.approx(found.winner.value - found.baseline.value)
    assert found.winner.interval.low < found.winner.value < found.winner.interval.high
    assert found.extra.interval.low < found.extra.value < found.extra.interval.high


def test_costs_flag_all_rows_above_the_chance():
    truth, winner, baseline = shop()
    found = count_flagged(Rivals(truth, winner, baseline, np.arange(1000)), Policy("costs", 0.3, 0.4), 0, 50)
    assert found.count == (winner > 0.4).sum()
    assert found.winner.value == pytest.approx(truth[winner > 0.4].mean())


def test_precision_interval_covers_the_truth():
    big_truth, big_score, _ = shop(400_000, 10**6)
    true = hits_at(big_truth, big_score, np.array([0.2]))[0] / 0.2
    held = 0
    for seed in range(300):
        truth, score, baseline = shop(600, seed)
        found = count_flagged(
            Rivals(truth, score, baseline, np.arange(600)), Policy("capacity", 0.2), seed, 300
        )
        held += found.winner.interval.low <= true <= found.winner.interval.high
    assert 0.85 <= held / 300 <= 0.95


def test_pick_is_likeliest_first_and_breaks_ties_at_random():
    score = np.array([0.1, 0.9, 0.5, 0.5, 0.5])
    assert pick(score, 2, 0)[0] == 1
    assert {int(pick(score, 2, seed)[1]) for seed in range(30)} == {2, 3, 4}
    assert pick(score, 99, 0).tolist()[-1] == 0
