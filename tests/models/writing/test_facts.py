"""What a row says: labels and values as a reader meets them, nothing added."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.models.writing.facts import MOST_VALUE, Fact, cleaned, items_of, label_of, number, priced_in
from pilothouse.types import Column, Kind, Role, Table


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("screen_size_cm", ("screen size", "cm")),
        ("价格(元)", ("价格", "元")),
        ("重量（克）", ("重量", "克")),
        ("share_pct", ("share", "%")),
        ("price_usd", ("price", "USD")),
        ("releaseYear", ("release year", "")),
        ("material", ("material", "")),
    ],
)
def test_a_column_is_a_label_and_a_unit(column: str, told: tuple[str, str]) -> None:
    assert label_of(column) == told


def test_units_stand_as_they_are_written() -> None:
    assert Fact("weight", "20", "kg").told == "20 kg" and Fact("重量", "20", "克").told == "20克"
    assert Fact("share", "20", "%").told == "20%" and Fact("colour", "red", "cm").told == "red"


def test_numbers_and_texts_are_written_plainly() -> None:
    assert [number(v) for v in (12.0, 0.5, 1e6, float("nan"), 1 / 3)] == [
        "12",
        "0.5",
        "1000000",
        "",
        "0.333333",
    ]
    assert cleaned(" a\u200b  b\n c。") == "a b c" and cleaned("x" * (MOST_VALUE + 1)) == ""


def test_rows_become_items_without_what_is_missing_or_not_a_fact() -> None:
    words = np.array(["lamp", None], dtype=object)
    table = Table(
        (
            Column("name", Kind.TEXT, Role.ITEM),
            Column("colour", Kind.CATEGORY),
            Column("price_usd", Kind.NUMBER),
            Column("since", Kind.TIME),
            Column("code", Kind.CATEGORY, Role.ID),
        ),
        {
            "name": np.array(["A", "B"], dtype=object),
            "colour": words,
            "price_usd": np.array([9.0, np.nan]),
            "since": np.array(["2024-05-01", "NaT"], dtype="datetime64[us]"),
            "code": words,
        },
    )
    first, second = items_of(table, "name")
    assert [(f.label, f.told) for f in first.facts] == [
        ("colour", "lamp"),
        ("price", "9 USD"),
        ("since", "2024-05-01"),
    ]
    assert second.name == "B" and second.facts == () and first.source[0] == "A"


@pytest.mark.parametrize(
    ("unit", "value", "said"),
    [
        ("¥", "19.9", "¥19.9"),
        ("HK$", "-5", "-HK$5"),
        ("元", "20", "20元"),
        ("USD", "3", "3 USD"),
        ("¤", "3", "3"),
        ("¥", "on request", "on request"),
    ],
)
def test_a_price_stands_beside_its_currency(unit: str, value: str, said: str) -> None:
    assert Fact("price", value, unit).told == said


def test_the_columns_own_unit_is_told_unless_its_name_tells_one() -> None:
    columns = (
        Column("name", Kind.TEXT, Role.ITEM),
        Column("price", Kind.NUMBER, unit="¥"),
        Column("fee_usd", Kind.NUMBER, unit="¥"),
    )
    values = {"name": np.array(["A"], dtype=object), "price": np.array([19.9]), "fee_usd": np.array([3.0])}
    (item,) = items_of(Table(columns, values), "name")
    assert [fact.told for fact in item.facts] == ["¥19.9", "3 USD"]


@pytest.mark.parametrize(
    ("name", "currency", "unit"),
    [
        ("price", "CNY", "¥"),
        ("售价", "CNY", "元"),
        ("价格", "HKD", "港元"),
        ("monthly fee", "CHF", "CHF"),
        ("list_price", "USD", "$"),
        ("price_eur", "USD", ""),
        ("price level", "USD", ""),
        ("性价比", "CNY", ""),
        ("评价", "CNY", ""),
        ("price", "", ""),
    ],
)
def test_only_prices_take_a_currency(name: str, currency: str, unit: str) -> None:
    assert priced_in(Column(name, Kind.NUMBER), currency) == unit
    assert priced_in(Column(name, Kind.NUMBER, unit="€"), currency) == ""
    assert priced_in(Column(name, Kind.CATEGORY), currency) == ""
