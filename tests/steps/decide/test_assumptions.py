from __future__ import annotations

import numpy as np
import pytest

from pilothouse.errors import BadOption
from pilothouse.steps.decide.assumptions import Assumptions, Range, parse_range, parse_ranges


def test_one_number_is_a_range_without_width():
    assert parse_range("contact", 20) == Range(20.0, 20.0, 20.0)
    assert parse_range("contact", 20).is_known
    assert (Range(5.0, 5.0, 5.0).draw(np.random.default_rng(0), 3) == 5.0).all()


def test_three_numbers_are_low_likely_high():
    assert parse_range("true_positive", [300, 600, 900]) == Range(300.0, 600.0, 900.0)


@pytest.mark.parametrize(
    "given",
    [[1, 2], [3, 2, 1], -1, float("nan"), float("inf"), [1, "2", 3], [True, 1, 2], "20", [1, 2, 3, 4]],
)
def test_bad_range_is_refused_with_a_fix(given):
    with pytest.raises(BadOption) as caught:
        parse_range("contact", given)
    assert "contact" in caught.value.text("en") and "contact" in caught.value.text("zh")


def test_share_above_one_is_refused():
    with pytest.raises(BadOption, match="0.1"):
        parse_range("success", 10)


def test_draws_stay_inside_and_their_mean_is_a_third_of_the_sum():
    drawn = Range(300.0, 600.0, 1200.0).draw(np.random.default_rng(0), 200_000)
    assert drawn.min() >= 300 and drawn.max() <= 1200
    assert drawn.mean() == pytest.approx(700, rel=0.005)


def test_record_keeps_low_likely_high_and_the_volume():
    kept = Assumptions(parse_ranges({"contact": [1, 2, 3]}), volume=7043).as_json()
    assert kept == {"contact": [1.0, 2.0, 3.0], "volume": [7043, 7043, 7043]}
