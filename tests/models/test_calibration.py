import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.models.calibration import Calibration, fit_calibration


def both(yes):
    return np.stack([1.0 - yes, yes], axis=1)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def drawn(rows, bend, seed=0):
    """Truth, what an overconfident model says, and what is likely."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(-1.0, 1.5, rows)
    likely = sigmoid(odds)
    return (rng.random(rows) < likely).astype(np.int64), sigmoid(bend(odds)), likely


def test_calibrated_answers_are_left_alone():
    truth, said, _ = drawn(3000, lambda o: o)
    assert fit_calibration(truth, both(said)) == Calibration()


@pytest.mark.parametrize(
    "bend", [lambda o: 2.5 * o, lambda o: 0.4 * o + 1.0, lambda o: np.where(o < 0, 3 * o, o)]
)
def test_calibration_brings_answers_close_to_what_is_likely(bend):
    truth, said, _ = drawn(6000, bend)
    found = fit_calibration(truth, both(said))
    _, new_said, new_likely = drawn(4000, bend, seed=1)
    before = np.abs(new_said - new_likely).mean()
    after = np.abs(found.apply(both(new_said))[:, 1] - new_likely).mean()
    assert found.kind != "identity" and after < 0.02 < before


def test_steps_need_a_thousand_outcomes():
    def jumps(odds):
        return np.where(odds < -1, -6.0, np.where(odds < 1, 0.0, 0.5)) + 0.01 * odds

    truth, said, _ = drawn(20_000, jumps)
    assert fit_calibration(truth, both(said)).kind == "steps"
    few = np.flatnonzero(truth == 1)[:200]
    rows = np.concatenate([few, np.flatnonzero(truth == 0)[:600]])
    assert fit_calibration(truth[rows], both(said[rows])).kind != "steps"


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.sampled_from(["logistic", "beta", "steps"]))
def test_every_map_keeps_the_order_of_the_rows(seed, kind):
    rng = np.random.default_rng(seed)
    numbers = {
        "logistic": (float(rng.uniform(0.05, 5)), float(rng.normal())),
        "beta": (*rng.uniform(0.05, 5, 2).tolist(), float(rng.normal())),
        "steps": (0.1, 0.4, 0.9, *np.sort(rng.random(3)).tolist()),
    }
    said = np.sort(rng.uniform(0.001, 0.999, 200))
    after = Calibration(kind, numbers[kind]).apply(both(said))
    assert (np.diff(after[:, 1]) > 0).all() and np.allclose(after.sum(axis=1), 1.0)


def test_backward_answers_are_never_turned_round():
    truth, said, _ = drawn(3000, lambda o: -2 * o)
    after = fit_calibration(truth, both(said)).apply(both(np.array([0.2, 0.8])))[:, 1]
    assert after[0] < after[1]


def test_classes_share_a_temperature_and_keep_the_likeliest():
    rng = np.random.default_rng(0)
    odds = rng.normal(size=(4000, 4)) * 1.5
    likely = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    truth = (likely.cumsum(axis=1) > rng.random((4000, 1))).argmax(axis=1)
    sharp = likely**3 / (likely**3).sum(axis=1, keepdims=True)
    found = fit_calibration(truth, sharp)
    after = found.apply(sharp)
    assert found.kind == "temperature" and found.numbers[0] == pytest.approx(3.0, rel=0.1)
    np.testing.assert_array_equal(after.argmax(axis=1), sharp.argmax(axis=1))
    np.testing.assert_allclose(after.sum(axis=1), 1.0)


def test_too_few_rows_or_outcomes_are_left_alone():
    assert fit_calibration(np.array([0, 1] * 10), both(np.full(20, 0.9))) == Calibration()
    assert fit_calibration(np.array([1] * 3 + [0] * 97), both(np.full(100, 0.9))) == Calibration()


def test_rows_without_an_answer_are_left_out():
    truth, said, _ = drawn(2000, lambda o: 3 * o)
    gaps = said.copy()
    gaps[::4] = np.nan
    kept = np.isfinite(gaps)
    assert fit_calibration(truth, both(gaps)) == fit_calibration(truth[kept], both(gaps[kept]))


def test_certain_answers_stay_finite():
    for made in (Calibration("logistic", (2.0, 0.1)), Calibration("beta", (2.0, 1.0, 0.1))):
        assert np.isfinite(made.apply(both(np.array([0.0, 1.0])))).all()


def test_state_round_trip_through_json():
    truth, said, _ = drawn(2000, lambda o: 3 * o)
    found = fit_calibration(truth, both(said))
    assert Calibration.restore(json.loads(json.dumps(found.state()))) == found
