from __future__ import annotations

import pytest

from pilothouse.messages import say
from pilothouse.steps.decide.phrases import (
    columns,
    end,
    fitting,
    lasting,
    money,
    number,
    outcome,
    percent,
    period,
    shorten,
    subject,
)


@pytest.mark.parametrize(
    "column,en,zh",
    [
        ("customerID", "customers", "位客户"),
        ("用户编号", "users", "位用户"),
        ("order_no", "orders", "个订单"),
        ("row", "cases", "条记录"),
        (None, "cases", "条记录"),
    ],
)
def test_subject_comes_from_the_id_column(column, en, zh):
    assert (subject(column).text("en"), subject(column).text("zh")) == (en, zh)


@pytest.mark.parametrize(
    "value,text",
    [
        (6600, "6,600"),
        (6612.4, "6,610"),
        (12.345, "12.3"),
        (0.04217, "0.0422"),
        (0, "0"),
        (1.0, "1"),
        (999.6, "1,000"),
    ],
)
def test_number_keeps_three_figures(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    "share,text", [(20 / 420, "4.8%"), (0.1, "10%"), (0.0052, "0.52%"), (1.0, "100%"), (0, "0%")]
)
def test_percent_keeps_two_figures(share, text):
    assert percent(share) == text


@pytest.mark.parametrize("currency", ["CNY", "USD", "EUR", "GBP", "JPY", "HKD", "CHF"])
def test_money_names_its_currency(currency):
    said = money(-1234.0, currency)
    assert "1,230" in said.text("en") and said.text("en") != "1,230"
    assert said.text("zh").startswith("1,230 ")
    assert end(-5.0, currency).text("zh") == "−5"


def test_outcome_is_short_and_in_the_datas_words():
    assert outcome("Plan", "Pro").text("en") == "Plan = Pro"
    assert outcome("Plan", "Pro").text("zh") == "“Plan = Pro”"
    assert columns(outcome("很长的目标列名称在这里", "是的没有错误").text("en")) <= 27
    assert outcome("price", None).text("en") == "price"


@pytest.mark.parametrize(
    ("name", "positive", "noun"),
    [
        ("Churn", "Yes", "leavers"),
        ("是否流失", "是", "leavers"),
        ("Attrition_Flag", "Attrited Customer", "leavers"),
        ("Revenue", "True", "buyers"),
        ("default", "Yes", "defaulters"),
        ("default.payment.next.month", "1", "defaulters"),
    ],
)
def test_a_plain_yes_to_what_everybody_asks_has_a_name(name: str, positive: str, noun: str):
    assert outcome(name, positive).text("en") == noun


@pytest.mark.parametrize(
    ("name", "positive"),
    [
        ("not_churned", "yes"),
        ("churned", "no"),
        ("Attrition_Flag", "Existing Customer"),
        ("status", "not churned"),
        ("status", "non-default"),
        ("status", "NoChurn"),
        ("status", "Nonfraud"),
        ("isNotFraud", "1"),
        ("loan_undefaulted", "yes"),
        ("unchurned", "yes"),
        ("未流失", "是"),
        ("是否未流失", "是"),
        ("结果", "客户不流失"),
        ("is_fraud_click", "1"),
        ("is_default_address", "yes"),
        ("plan", "yes"),
    ],
)
def test_nothing_else_is_given_that_name(name: str, positive: str):
    assert "=" in outcome(name, positive).text("en")


def test_shorten_counts_wide_characters_and_drops_control_characters():
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("流失客户", 5) == "流失…"
    assert shorten("a\n\x07b", 10) == "a b"


def test_periods_are_counted():
    assert lasting(1, "month").text("en") == "about 1 month"
    assert lasting(5, "month").text("zh") == "约 5 个月"
    assert lasting(2, "batch").text("en") == "about 2 batches"
    assert period("fortnight").text("en") == "a batch"


def test_fitting_takes_the_first_that_fits_else_the_last():
    long = say("decide.line_removed_several", columns="x" * 90)
    short = say("decide.head_no_go")
    assert fitting(long, short) is short
    assert fitting(short, long) is short
    assert fitting(long, long) is long
