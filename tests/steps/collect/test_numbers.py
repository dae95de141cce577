import doctest
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.steps.collect import numbers
from pilothouse.steps.collect.numbers import is_code, is_infinite, is_marker, number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0.0), ("-1.5", -1.5), ("+3", 3.0), (".5", 0.5), ("5.", 5.0), ("1e-3", 0.001), ("1e308", 1e308),
        ("１２３．５", 123.5), ("1.2万", 12000.0), ("3亿", 3e8), ("2.5千", 2500.0),
        ("１．５万元", 15000.0),
        ("￥1,200", 1200.0), ("¥ 99.9", 99.9), ("$5.20", 5.2), ("-$5.20", -5.2), ("$-5", -5.0),
        ("12 元", 12.0),
        ("USD 12", 12.0), ("12%", 0.12), ("99.5％", 0.995), ("5‰", 0.005), ("1,234,567.8", 1234567.8),
        ("(1,200)", -1200.0), ("（3）", -3.0),
    ],
)  # fmt: skip
def test_number_as_people_write_it(text, value):
    assert number(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "abc", "1,2", "1,23,4", "12,34", "1 2", "--1", "-(3)", "(3", "3)", "inf", "nan", "1e999", "0x10",
     "1_000", "12 apples", "٣", "1.2.3", "2024-01-02", "9" * 400],
)  # fmt: skip
def test_number_not_a_number_is_none(text):
    assert number(text) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_number_round_trips_every_float(value):
    found = number(repr(value))
    assert found is not None
    assert math.copysign(1, found) == math.copysign(1, value)
    assert found == value


@given(st.text(max_size=80))
def test_number_never_fails_and_is_finite(text):
    found = number(text)
    assert found is None or math.isfinite(found)


def test_number_with_decimal_comma():
    assert [number(t, comma=True) for t in ("1.234,5", "12,5", "7", "-1.000.000,25", "€ 3,50")] == [
        1234.5, 12.5, 7.0, -1000000.25, 3.5,
    ]  # fmt: skip


def test_codes_are_told_from_amounts():
    assert [is_code(t) for t in ("00123", "9007199254740993", "００７", "0", "123", "0.5", "-01")] == [
        True, True, True, False, False, False, True,
    ]  # fmt: skip


def test_markers_and_infinity():
    assert all(map(is_marker, ["", "NULL", r"\N", "N/A", "NaN", "nan", "-", "无", "未知", "?"]))
    assert not any(map(is_marker, ["0", "no", "none of these", "无锡"]))
    assert all(map(is_infinite, ["inf", "-Infinity", "1e999", "∞"]))
    assert not is_infinite("1e300")


def test_examples_in_the_documentation_hold():
    assert doctest.testmod(numbers).failed == 0
