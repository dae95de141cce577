from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from pilothouse.steps.evaluate.comparison import best_baseline, corrected_p, simplest_within_one_se


def test_corrected_p_is_the_t_test_with_the_published_variance():
    gains = [0.02, 0.05, 0.03, 0.01, 0.04]
    t = np.mean(gains) / np.sqrt((1 / 5 + 200 / 800) * np.var(gains, ddof=1))
    assert corrected_p(gains, 800, 200) == pytest.approx(2 * stats.t.sf(t, 4), rel=1e-12)


def test_corrected_p_is_the_plain_t_test_when_nothing_was_shared():
    gains = np.random.default_rng(0).normal(0.02, 0.03, 10)
    assert corrected_p(gains, 1e18, 1) == pytest.approx(stats.ttest_1samp(gains, 0).pvalue, rel=1e-9)


@pytest.mark.parametrize("gains", [[-0.1, -0.2, -0.1], [0.0, 0.0], [0.1], [0.1, float("nan")]])
def test_corrected_p_is_one_without_a_gain(gains):
    assert corrected_p(gains, 80, 20) == 1.0


def test_corrected_p_of_a_constant_gain_is_zero():
    assert corrected_p([0.25, 0.25, 0.25], 80, 20) == 0.0


SCORES = {
    "linear": [0.80, 0.82, 0.78, 0.81, 0.79],
    "boosting": [0.81, 0.82, 0.78, 0.82, 0.79],
    "network": [0.70, 0.71, 0.69, 0.70, 0.70],
}
RANKS = {"linear": 1, "boosting": 2, "network": 3}


def test_simplest_within_one_se_takes_the_simple_one_when_the_best_is_not_clearly_better():
    scores = {**SCORES, "boosting": [0.83, 0.80, 0.78, 0.81, 0.79]}
    assert simplest_within_one_se(scores, RANKS, True) == "linear"


def test_simplest_within_one_se_keeps_a_steady_lead_that_the_spread_of_folds_would_hide():
    scores = {**SCORES, "boosting": [s + 0.01 for s in SCORES["linear"]]}
    assert np.std(scores["linear"], ddof=1) / np.sqrt(5) > 0.007
    assert simplest_within_one_se(scores, RANKS, True) == "boosting"


def test_simplest_within_one_se_reads_errors_downwards():
    errors = {"linear": [3.0, 3.1, 2.9], "boosting": [2.0, 2.2, 2.1]}
    assert simplest_within_one_se(errors, RANKS, False) == "boosting"


def test_best_baseline_is_the_simplest_of_equals():
    ranks = {"nothing": 0, "everyone": 1, "rule": 2}
    assert (
        best_baseline({"nothing": [0.5, 0.5], "everyone": [0.5, 0.5], "rule": [0.4, 0.6]}, ranks, True)
        == "nothing"
    )
    assert best_baseline({"nothing": [9.0], "everyone": [9.0], "rule": [7.0]}, ranks, False) == "rule"
