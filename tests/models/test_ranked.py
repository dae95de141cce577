import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.models.ranked import Rates, Slope, as_number, outcomes
from pilothouse.models.target import Target


def words(*values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def test_rates_are_shrunk_by_twenty_rows():
    values = words(*["a"] * 20, *["b"] * 60)
    truth = np.array([1] * 20 + [0] * 60)
    rates = Rates.learn(values, outcomes(truth, Target("y", "binary", ("n", "y"))))
    assert np.isclose(rates.answer(words("a"))[0, 1], (20 + 20 * 0.25) / 40)


def test_rates_of_a_level_never_seen_is_the_whole():
    rates = Rates.learn(words("a", "a", "b", None), np.array([[1.0], [1.0], [0.0], [0.0]]))
    assert rates.answer(words("z"))[0] == 0.5


def test_rates_cut_a_number_into_bins():
    numbers = np.arange(1000.0)
    rates = Rates.learn(numbers, (numbers > 500).astype(float)[:, None])
    low, high = rates.answer(np.array([0.0, 999.0]))
    assert low < 0.1 < 0.9 < high


def test_slope_orders_as_the_data_do():
    numbers = np.linspace(0, 1, 400)
    slope = Slope.learn(numbers, (numbers < 0.3).astype(float))
    said = slope.answer(np.array([0.1, 0.5, 0.9]))
    assert slope.slope < 0 and said[0] > said[1] > said[2]


def test_slope_takes_the_direction_it_is_given():
    numbers = np.linspace(0, 1, 400)
    slope = Slope.learn(numbers, (numbers < 0.3).astype(float), direction=1)
    assert slope.answer(np.array([0.1]))[0] < slope.answer(np.array([0.9]))[0]


def test_slope_missing_has_its_own_share():
    numbers = np.concatenate([np.full(200, np.nan), np.linspace(0, 1, 200)])
    outcome = np.concatenate([np.ones(200), np.zeros(200)])
    assert Slope.learn(numbers, outcome).answer(np.array([np.nan]))[0] > 0.9


def test_slope_is_calibrated_on_average():
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=2000)
    outcome = (rng.random(2000) < 1 / (1 + np.exp(-numbers))).astype(float)
    assert abs(Slope.learn(numbers, outcome).answer(numbers).mean() - outcome.mean()) < 1e-3


@settings(max_examples=50)
@given(st.lists(st.one_of(st.floats(allow_nan=True), st.integers(-5, 5).map(float)), min_size=1, max_size=60))
def test_slope_answers_are_probabilities_whatever_the_numbers(numbers):
    values = np.array(numbers)
    said = Slope.learn(values, (np.arange(len(values)) % 2).astype(float)).answer(values)
    assert ((said >= 0) & (said <= 1)).all()


def test_states_round_trip_through_json():
    numbers = np.append(np.linspace(0, 1, 100), np.nan)
    outcome = (np.arange(101) % 3 == 0).astype(float)
    slope = Slope.learn(numbers, outcome)
    rates = Rates.learn(numbers, outcome[:, None])
    for kept in (slope, rates):
        again = type(kept).restore(json.loads(json.dumps(kept.state())))
        np.testing.assert_array_equal(again.answer(numbers), kept.answer(numbers))


def test_as_number_of_a_time_is_days():
    days = as_number(np.array(["1970-01-02", "NaT"], dtype="datetime64[us]"))
    assert days[0] == 1.0 and np.isnan(days[1])
