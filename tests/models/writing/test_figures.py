"""Numbers, dates and units in one form, whatever they are written in."""

from __future__ import annotations

import pytest

from pilothouse.models.writing.figures import chinese_number, figures, plain, unit_of


def told(text: str) -> list[tuple[str, str]]:
    return [(f.value, f.unit) for f in figures(plain(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("售价１，２００元", [("1200", "cny")]),
        ("售价一千二百元", [("1200", "cny")]),
        ("¥1,200", [("1200", "cny")]),
        ("1.2万元", [("12000", "cny")]),
        ("$99.50", [("99.5", "usd")]),
        ("RMB 99", [("99", "cny")]),
        ("百分之二十的折扣", [("20", "%")]),
        ("20％", [("20", "%")]),
        ("20 percent", [("20", "%")]),
        ("八折", [("8", "off")]),
        ("重 200 克", [("200", "g")]),
        ("200 kg", [("200", "kg")]),
        ("三年质保", [("3", "year")]),
        ("一年质保", [("1", "year")]),
        ("半年", [("0.5", "year")]),
        ("两个小时", [("2", "hour")]),
        ("a two-year warranty", [("2", "year")]),
        ("twenty five hours", [("25", "hour")]),
        ("3 million users", [("3000000", "")]),
        ("USB3 和 mp4", [("3", ""), ("4", "")]),
        ("2024年5月1日", [("2024-05-01", "date")]),
        ("May 1, 2024", [("2024-05-01", "date")]),
        ("01-Jan-1995", [("1995-01-01", "date")]),
        ("2024-05-01 起", [("2024-05-01", "date")]),
        ("5月1日", [("*-05-01", "date")]),
    ],
)
def test_a_figure_has_one_form(text: str, expected: list[tuple[str, str]]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    "text", ["一款好用的杯子，一起来看", "千万别错过", "十分安静", "one of them", "四季可用"]
)
def test_what_counts_nothing_is_no_figure(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("word", "value"),
    [("一千二百", 1200), ("二〇二四", 2024), ("三点五", 3.5), ("十二万", 120_000), ("一百零五", 105)],
)
def test_chinese_numerals_are_read(word: str, value: float) -> None:
    assert chinese_number(word) == value


def test_units_have_one_name_and_are_never_converted() -> None:
    assert {unit_of(u) for u in ("公斤", "千克", "KG", "kilograms")} == {"kg"}
    assert unit_of("克") != unit_of("千克") and unit_of("花") == ""
    assert told("1 kg") != told("1000 g")


def test_nothing_hides_behind_full_width_or_no_width() -> None:
    assert told("９\u200b９ 元") == [("99", "cny")]
