from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from pilothouse.steps.evaluate.calibration import calibrate_check, ece_of_perfect


def shop(rows, seed=0, shift=0.0, stretch=1.0):
    rng = np.random.default_rng(seed)
    odds = rng.normal(-1.0, 1.2, rows)
    said = 1 / (1 + np.exp(-odds))
    true = 1 / (1 + np.exp(-(shift + stretch * odds)))
    return (rng.random(rows) < true).astype(np.int64), said


def test_perfect_model_is_called_calibrated_about_95_times_of_100():
    found = [calibrate_check(*shop(300, s), np.arange(300), s, 200).calibrated for s in range(100)]
    assert sum(found) >= 88


def test_ece_of_a_perfect_model_is_far_above_zero_on_few_rows():
    _, few = shop(200)
    _, many = shop(20_000)
    assert 0.08 < ece_of_perfect(few, 0) < 0.14
    assert ece_of_perfect(many, 0) < 0.015


def test_overconfident_model_is_named_and_its_slope_is_below_one():
    found = calibrate_check(*shop(4000, stretch=0.5), np.arange(4000), 0)
    assert not found.calibrated
    assert found.slope.interval.low < 0.5 < found.slope.interval.high < 0.7


def test_too_high_promises_show_as_observed_over_expected():
    truth, said = shop(4000)
    found = calibrate_check(truth, np.clip(said * 1.25, 0, 1), np.arange(4000), 0)
    assert found.observed_expected.interval.low < 0.8 < found.observed_expected.interval.high
    assert not found.calibrated


def test_slope_equals_an_unpenalised_logistic_regression():
    truth, said = shop(900, stretch=0.8)
    odds = np.log(said / (1 - said))[:, None]
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(odds, truth)
    found = calibrate_check(truth, said, np.arange(900), 0, 100)
    assert found.slope.value == pytest.approx(peer.coef_[0, 0], rel=1e-5)


def test_one_step_draws_give_the_spread_of_full_refits():
    truth, said = shop(600)
    odds = np.log(said / (1 - said))[:, None]
    rng, slopes = np.random.default_rng(0), []
    for _ in range(300):
        i = rng.integers(0, 600, 600)
        slopes.append(LogisticRegression(C=np.inf).fit(odds[i], truth[i]).coef_[0, 0])
    found = calibrate_check(truth, said, np.arange(600), 0).slope.interval
    low, high = np.quantile(slopes, [0.05, 0.95])
    assert found.high - found.low == pytest.approx(high - low, rel=0.15)


def test_bins_tell_what_was_said_and_what_happened():
    truth, said = shop(1000)
    bins = calibrate_check(truth, said, np.arange(1000), 0, 50).bins
    assert [b["rows"] for b in bins] == [100.0] * 10
    assert sum(b["happened"] * b["rows"] for b in bins) == pytest.approx(truth.sum())
    assert [b["said"] for b in bins] == sorted(b["said"] for b in bins)


def test_constant_probability_has_no_slope_but_an_answer():
    truth = np.r_[np.ones(30), np.zeros(70)].astype(int)
    found = calibrate_check(truth, np.full(100, 0.3), np.arange(100), 0, 50)
    assert np.isnan(found.slope.value) and found.calibrated
    assert found.observed_expected.value == pytest.approx(1.0)
