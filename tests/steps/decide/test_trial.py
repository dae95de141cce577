from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.steps.decide.trial import arm_size, design_showing, design_trial, round_up


def power_by_simulation(control, treated, margin, arm, level=0.90, replays=40_000):
    """Share of experiments whose range of the difference lies above the margin."""
    from scipy import stats

    rng = np.random.default_rng(0)
    a, b = rng.binomial(arm, control, replays) / arm, rng.binomial(arm, treated, replays) / arm
    half = stats.norm.ppf((1 + level) / 2) * np.sqrt((a * (1 - a) + b * (1 - b)) / arm)
    return ((a - b) - half > margin).mean()


@pytest.mark.parametrize(
    "control,treated,margin", [(0.70, 0.63, 0.0), (0.70, 0.63, 0.0333), (0.2, 0.15, 0.0), (0.05, 0.04, 0.002)]
)
def test_arm_size_has_the_power_asked_for(control, treated, margin):
    arm = arm_size(control, treated, margin)
    assert power_by_simulation(control, treated, margin, arm) == pytest.approx(0.80, abs=0.015)


def test_arm_size_agrees_with_the_published_formula():
    # Chow, Shao, Wang, Lokhnygina: two-sided 5 %, power 80 %, .65 against .85: 70 in each group
    assert arm_size(0.65, 0.85, level=0.95) == 70


def test_no_size_shows_what_is_not_there():
    with pytest.raises(ValueError, match="no size"):
        arm_size(0.5, 0.48, margin=0.02)


@settings(max_examples=60)
@given(
    precision=st.floats(0, 1),
    success=st.one_of(st.none(), st.floats(0, 1)),
    even=st.one_of(st.none(), st.floats(0, 3), st.just(float("inf"))),
    per_period=st.one_of(st.none(), st.floats(1, 1e5)),
)
def test_trial_has_a_size_whatever_is_assumed(precision, success, even, per_period):
    trial = design_trial(precision, success, even, per_period)
    assert trial.arm >= 2
    assert (trial.periods is None) == (per_period is None)
    assert 0 <= trial.treated <= trial.control <= 1


def test_trial_is_sized_against_break_even():
    against_zero = design_trial(0.7, 0.1, None, None).arm
    assert against_zero == round_up(arm_size(0.7, 0.63)) == 560
    assert design_trial(0.7, 0.1, 20 / 420, None).arm > 3 * against_zero


def test_length_counts_both_groups():
    trial = design_trial(0.7, 0.1, None, 500)
    assert trial.periods == 3  # 1,120 flagged at 500 a period


def test_round_up_keeps_two_digits():
    assert [round_up(n) for n in (7, 99, 101, 559, 2067, 12_001)] == [7, 99, 110, 560, 2100, 13_000]


def test_showing_two_lists_is_sized_to_tell_their_hit_rates_apart():
    trial = design_showing(0.20, 0.24, 1000)
    assert trial.arm == round_up(arm_size(0.20, 0.24)) and trial.margin == 0
    assert (trial.control, trial.treated) == (0.20, 0.24)
    assert power_by_simulation(0.24, 0.20, 0.0, trial.arm) >= 0.79
    assert trial.periods == int(np.ceil(2 * trial.arm / 1000))
    assert design_showing(0.20, 0.24, None).periods is None


@pytest.mark.parametrize("rates", [(0.2, 0.2), (0.24, 0.2), (0.0, 0.1), (0.5, 1.0), (float("nan"), 0.2)])
def test_lists_that_are_not_better_are_not_shown(rates):
    assert design_showing(*rates, 1000) is None
