from __future__ import annotations

import numpy as np
import pytest

from pilothouse.messages import say
from pilothouse.steps.explain.wording import is_value, joined, of_100, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (0.123456, "0.1235"),
        (1234567.0, "1,234,567"),
        (98765.4321, "98,770"),
        (-0.5, "-0.5"),
        (1e-7, "1e-07"),
        (np.datetime64("2024-03-04T05:06", "us"), "2024-03-04"),
        ("x" * 50, "x" * 39 + "…"),
    ],
)
def test_values_are_shown_short(value, text) -> None:
    assert shown(value) == text


def test_small_shares_keep_a_place() -> None:
    assert (of_100(0.004), of_100(0.31), of_100(0.0), of_100(0.0099)) == ("0.4", "31", "0", "1")


def test_missing_is_said_in_words() -> None:
    assert is_value("age", np.nan).text("en") == "age is not filled in"
    assert is_value("套餐", None).text("zh") == "套餐没有填写"


def test_conditions_are_joined_in_order() -> None:
    parts = [say("explain.is", column=c, value="1") for c in "abc"]
    assert joined(parts).text("en") == "a is 1 and b is 1 and c is 1"
    assert joined([]).text("zh") == "全部"
