from __future__ import annotations

import numpy as np
import pytest

from pilothouse.steps.evaluate.curve import curve_fits, fit_curve, price

SIZES = [250, 500, 1000, 2000, 4000]


def scores(a, b, c, noise=0.002, seed=0, repeats=5):
    n = np.array(SIZES, dtype=float)[:, None]
    return a - b * n**-c + np.random.default_rng(seed).normal(0, noise, (len(SIZES), repeats))


def test_plan_has_five_doubling_sizes_five_times_and_ends_with_the_fold_itself():
    truth = (np.arange(1000) % 10 == 0).astype(np.int64)
    folds = [(np.setdiff1d(np.arange(1000), a), a) for a in np.array_split(np.arange(1000), 5)]
    fits = curve_fits(folds, truth, 0)
    assert sorted((f.repeat, f.size) for f in fits) == [(r, s) for r in range(5) for s in range(5)]
    assert sorted({len(f.learn) for f in fits}) == [50, 100, 200, 400, 800]
    for fit in fits:
        assert set(fit.learn) <= set(folds[fit.repeat][0]) and fit.ask is folds[fit.repeat][1]
        assert truth[fit.learn].mean() == pytest.approx(0.1, abs=0.021)
    assert all(f.learn is folds[f.repeat][0] for f in fits if f.size == 4)


def test_plan_declines_too_few_rows():
    truth = np.tile([0, 1], 100)
    assert curve_fits([(np.arange(100), np.arange(100, 200))], truth, 0) == []


def test_plan_of_a_number_keeps_its_range():
    truth = np.arange(1000.0)
    fits = curve_fits([(np.arange(800), np.arange(800, 1000))], truth, 0)
    small = truth[fits[0].learn]
    assert len(small) == 50 and abs(small.mean() - 400) < 30


def test_planted_curve_is_foretold_at_twice_the_rows():
    found = fit_curve(SIZES, scores(0.85, 2.0, 0.6), [0.7] * 5, True, 0)
    true = 0.85 - 2.0 * 8000**-0.6
    assert found.status == "ok"
    assert found.at_double.value == pytest.approx(true, abs=0.004)
    assert found.gain_at_double.value == pytest.approx(true - 0.7, abs=0.004)


def test_exact_curve_is_recovered():
    found = fit_curve(SIZES, scores(0.9, 3.0, 0.5, noise=1e-9), [0.7] * 5, True, 0)
    assert (found.a, found.b, found.c) == pytest.approx((0.9, 3.0, 0.5), abs=1e-3)


def test_ninety_percent_interval_of_the_foretold_score_covers():
    true, held, told = 0.85 - 2.0 * 8000**-0.6, 0, 0
    for seed in range(200):
        found = fit_curve(SIZES, scores(0.85, 2.0, 0.6, 0.004, seed), [0.7] * 5, True, seed)
        if found.status == "ok":
            told += 1
            held += found.at_double.interval.low <= true <= found.at_double.interval.high
    assert told >= 150  # the backtest is a 90 % test and so turns some true curves away
    assert held / told >= 0.82


def test_curve_that_breaks_off_cannot_be_told():
    broken = scores(0.85, 2.0, 0.6)
    broken[-1] += 0.05
    found = fit_curve(SIZES, broken, [0.7] * 5, True, 0)
    assert found.status == "cannot_tell" and found.at_double is None
    assert found.backtest_error == pytest.approx(0.05, abs=0.02)


def test_noise_has_a_flat_curve_without_a_gain():
    found = fit_curve(SIZES, scores(0.5, 0.0, 1.0, 0.01, 4), [0.5] * 5, True, 0)
    assert found.status == "ok"
    assert found.gain_at_double.interval.high < 0.03


def test_errors_fall_and_the_gain_is_above_zero():
    errors = 12 + 300 * np.array(SIZES, dtype=float)[:, None] ** -0.7 + np.zeros((5, 5))
    errors += np.random.default_rng(0).normal(0, 0.05, (5, 5))
    found = fit_curve(SIZES, errors, [15.0] * 5, False, 0)
    true = 12 + 300 * 8000**-0.7
    assert found.at_double.value == pytest.approx(true, abs=0.2)
    assert found.at_double.interval.low <= found.at_double.interval.high
    assert found.gain_at_double.value == pytest.approx(15 - true, abs=0.2)
    assert found.a - found.b * 8000**-found.c == pytest.approx(found.at_double.value)


@pytest.mark.parametrize("sizes,table", [(SIZES[:4], np.zeros((4, 5))), (SIZES, np.full((5, 5), np.nan))])
def test_too_little_evidence_cannot_be_told(sizes, table):
    assert fit_curve(sizes, table, [0.5] * 5, True, 0).status == "cannot_tell"


def test_price_speaks_both_languages():
    assert price(600).text("en") == "label 600 more rows, about 5 hours"
    assert price(600).text("zh") == "再标注 600 行，约 5 小时"
    assert price(20).text("en") == "label 20 more rows, about 10 minutes"
