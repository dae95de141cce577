from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.steps.decide.rules import Case, go_conditions, judge
from pilothouse.steps.evaluate import metrics_binary as binary
from pilothouse.steps.evaluate.bootstrap import Pairing, interval_level, paired_gain

ORDER = {"no_go": 0, "more_data": 1, "pilot": 2, "go": 3}
PERFECT = Case(
    gain=5.0,
    low=3.0,
    high=7.0,
    smallest=1.0,
    rows=1000,
    outcomes=300,
    p_corrected=0.001,
    low_99_fold=0.02,
    low_99_test=0.02,
    value_low=10.0,
    curve_high=0.05,
    curve_smallest=0.01,
    effect="measured",
)

cases = st.builds(
    lambda gain, half, low_skew, **rest: Case(
        gain=gain, low=gain - half * low_skew, high=gain + half, **rest
    ),
    gain=st.floats(-10, 10),
    half=st.floats(0, 10),
    low_skew=st.floats(0.5, 1.5),
    smallest=st.floats(0, 5),
    rows=st.integers(1, 100_000),
    outcomes=st.floats(0, 10_000),
    p_corrected=st.floats(0, 1),
    low_99_fold=st.floats(-1, 1),
    low_99_test=st.floats(-1, 1),
    value_low=st.one_of(st.none(), st.floats(-10, 10)),
    curve_high=st.one_of(st.none(), st.floats(-1, 1)),
    curve_smallest=st.just(0.01),
    look=st.integers(1, 3),
    effect=st.sampled_from(["assumed", "measured", "not_needed"]),
    open_questions=st.sampled_from([(), ("duration",)]),
    losing_slices=st.sampled_from([(), ("city = a",)]),
    windows_won=st.sampled_from([(), (True, True, False), (True, False, False)]),
    matured=st.booleans(),
)


def test_everything_holds_is_go():
    assert judge(PERFECT).code == "go"
    assert judge(replace(PERFECT, effect="not_needed")).code == "go"


@pytest.mark.parametrize(
    "change,name",
    [
        ({"open_questions": ("duration",)}, "question"),
        ({"value_low": None}, "values"),
        ({"effect": "assumed"}, "effect"),
        ({"look": 2}, "look"),
        ({"low": 0.5}, "gain"),
        ({"value_low": -1.0}, "value"),
        ({"p_corrected": 0.05}, "folds"),
        ({"low_99_test": 0.0}, "certain"),
        ({"low_99_fold": -0.01}, "certain"),
        ({"losing_slices": ("city = a",)}, "slices"),
        ({"windows_won": (True, False, False)}, "windows"),
    ],
)
def test_one_condition_missing_makes_it_a_pilot_and_says_which(change, name):
    ruling = judge(replace(PERFECT, **change))
    assert (ruling.code, ruling.missing) == ("pilot", (name,))
    assert len(ruling.reasons) == 1
    assert ruling.reasons[0].text("en") and ruling.reasons[0].text("zh")


def test_two_of_three_windows_are_enough():
    assert judge(replace(PERFECT, windows_won=(True, False, True))).code == "go"


@pytest.mark.parametrize("change", [{"outcomes": 99}, {"matured": False}])
def test_too_few_or_unripe_outcomes_are_more_data_before_all_else(change):
    ruling = judge(replace(PERFECT, **change))
    assert (ruling.code, ruling.rule) == ("more_data", 1)


def test_rows_to_a_hundred_outcomes_are_told():
    assert judge(replace(PERFECT, outcomes=50)).more_rows == pytest.approx(2.0)
    assert judge(replace(PERFECT, outcomes=0)).more_rows is None


def test_small_gain_with_a_flat_curve_is_no_go_even_when_sure():
    tiny = replace(PERFECT, gain=0.5, low=0.2, high=0.9, curve_high=0.005)
    assert (judge(tiny).code, judge(tiny).rule) == ("no_go", 2)
    assert judge(replace(tiny, curve_high=0.02)).code == "pilot"
    assert judge(replace(tiny, curve_high=None)).code == "pilot"


def test_unsettled_gain_asks_for_rows_only_when_four_times_would_settle_it():
    near = replace(PERFECT, gain=3.0, low=-1.0, high=7.0)
    assert (judge(near).code, judge(near).rule) == ("more_data", 5)
    assert judge(near).more_rows == pytest.approx((4.0 / 2.0) ** 2)
    assert judge(replace(near, gain=2.9, low=-1.1, high=6.9)).code == "no_go"
    assert judge(replace(near, gain=0.5, low=-1.0, high=2.0)).code == "no_go"


@settings(max_examples=400)
@given(case=cases)
def test_limits_that_nothing_lifts(case):
    ruling = judge(case)
    at_most = ORDER[ruling.code]
    if case.value_low is None or case.open_questions or case.look > 1 or case.effect == "assumed":
        assert at_most <= ORDER["pilot"]
    if case.outcomes < 100 or not case.matured:
        assert ruling.code == "more_data"
    if case.low <= 0:
        assert at_most <= ORDER["more_data"]
    if ruling.code == "go":
        assert all(go_conditions(case).values()) and case.low > case.smallest
    assert ruling.rules["code"] == ruling.code
    assert all(reason.text(lang) for reason in ruling.reasons for lang in ("en", "zh"))


@settings(max_examples=300)
@given(case=cases, up=st.floats(0, 10))
def test_more_gain_never_lowers_the_verdict(case, up):
    better = replace(case, gain=case.gain + up, low=case.low + up, high=case.high + up)
    assert ORDER[judge(better).code] >= ORDER[judge(case).code]


@settings(max_examples=200)
@given(case=cases, change=st.sampled_from(["p_corrected", "low_99_test", "value_low", "smallest"]))
def test_stronger_proof_never_lowers_the_verdict(case, change):
    stronger = {"p_corrected": 0.0, "low_99_test": 1.0, "value_low": 10.0, "smallest": 0.0}
    if change == "value_low" and case.value_low is None:
        return
    assert ORDER[judge(replace(case, **{change: stronger[change]})).code] >= ORDER[judge(case).code]


def test_not_a_number_is_never_in_favour():
    nan = float("nan")
    assert judge(replace(PERFECT, gain=nan, low=nan, high=nan)).code == "no_go"
    assert judge(replace(PERFECT, p_corrected=nan)).code == "pilot"


def test_noise_never_goes_even_when_all_else_is_granted():
    codes = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 2, 400)
        gain = paired_gain(
            Pairing(truth, rng.random(400), np.full(400, 0.5), np.arange(400), binary.auc), seed, 300
        )
        ends = gain.at(interval_level(1))
        low_99 = gain.at(0.99).low
        case = replace(
            PERFECT,
            gain=gain.gain.value,
            low=ends.low,
            high=ends.high,
            smallest=0.01,
            rows=400,
            outcomes=int(truth.sum()),
            low_99_test=low_99,
            low_99_fold=low_99,
        )
        codes.append(judge(case).code)
    assert codes.count("go") <= 2
    assert codes.count("no_go") >= 140
