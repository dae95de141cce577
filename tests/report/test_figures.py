from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.report.figures import chance, hundred, money, number, percent, score, span
from pilothouse.report.wording import Words
from pilothouse.runs.record import Figure


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((1234.5, "1,234"), (0.31, "0.31"), (0.30, "0.3"), (-0.0012, "−0.0012"), (0, "0"), (340, "340")),
        *((7043, "7,043"), (None, "–"), (float("inf"), "–"), (1e-9, "0")),
    ],
)
def test_number_has_few_digits_and_no_idle_zeros(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.8421, "0.842"), (0.7, "0.700"), (-0.0004, "0.000"), (911.25, "911.2"), (None, "–")]
)
def test_score_has_three_decimals_or_four_digits(value: float | None, text: str) -> None:
    assert score(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.048, "4.8%"), (0.31, "31%"), (1.0, "100%"), (0.05, "5%"), (-0.002, "−0.2%")]
)
def test_percent_is_short(value: float, text: str) -> None:
    assert percent(value) == text


def test_money_stands_before_in_english_and_after_in_chinese() -> None:
    assert money(6600.0, "CNY") == Words("¥6,600", "6,600 元")
    assert money(-2300.4, "usd") == Words("−$2,300", "−2,300 美元")
    assert money(4.756, "CHF") == Words("CHF 4.76", "4.76 CHF")


def test_chance_is_never_told_as_nought() -> None:
    assert [chance(v) for v in (0.0, 0.0009, 0.004, 0.61)] == ["< 0.001", "< 0.001", "0.004", "0.610"]


def test_hundred_and_span() -> None:
    assert hundred(0.704) == "70"
    assert span(Figure(value=1, low=0.82, high=0.86)) == "0.820–0.860"
    assert span(Figure(value=1, low=-0.1, high=0.2)) == "−0.100 … 0.200"
    assert span(Figure(value=1)) == ""


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_written_numbers_read_back_nearly(value: float) -> None:
    read = float(number(value, 9).replace(",", "").replace("−", "-"))
    assert read == pytest.approx(value, rel=1e-6, abs=1e-6)
