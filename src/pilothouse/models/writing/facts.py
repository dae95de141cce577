"""What a row says: its name and its facts, in the order of the columns.

A fact is a label and a value, both as the reader of a text would meet them: "screen_size_cm"
becomes "screen size" in "cm", 12.0 becomes 12, a time its day. Nothing is added and
nothing is guessed: a missing value is no fact.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pilothouse.types import Column, Kind, Role, Table

_UNIT = re.compile(r"^(?P<label>.+?)\s*[(（\[](?P<unit>[^()（）\[\]]{1,12})[)）\]]\s*$")
_SUFFIX = re.compile(
    r"^(?P<label>.{2,}?)[_ ](?P<unit>kg|g|mg|lb|oz|mm|cm|m|km|inch|inches|ml|l|w|kw|v|mah|gb|mb|tb|hz|ghz|"
    r"min|minutes|hours|days|months|years|pct|percent|usd|cny|rmb|eur|gbp|hkd|jpy)$",
    re.IGNORECASE,
)
_MONEY = frozenset({"usd", "cny", "rmb", "eur", "gbp", "hkd", "jpy"})
_SIGNS = "¥$€£₩₹"
_SEVERAL = "¤"
_PRICE = re.compile(
    r"(?:^|\s)(?:price|cost|fee|fare|rent|msrp)s?$|(?:售|单|定|原|现|标|票|房|底|特|会员|市场)价$|^价$|价格$|费用$|金额$|租金$"
)
_CURRENCIES = {
    "CNY": ("元", "¥"),
    "USD": ("美元", "$"),
    "EUR": ("欧元", "€"),
    "GBP": ("英镑", "£"),
    "HKD": ("港元", "HK$"),
    "JPY": ("日元", "JPY"),
}
"""What stands beside a price, under a Chinese label and under another."""
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SPACES = re.compile(r"\s+")
MOST_VALUE = 300
"""Characters of a value that a text may quote; a longer one is a text of its own."""


@dataclass(frozen=True)
class Fact:
    """One thing that a row says.

    Parameters
    ----------
    label, value
        Words for a reader.
    unit
        As the column's name tells it, else its cells, or "".
    column
        Where it stands.
    """

    label: str
    value: str
    unit: str = ""
    column: str = ""

    @property
    def told(self) -> str:
        """The value with its unit: "20 kg", "20%", "200 克", "¥19.9"."""
        if self.unit in ("", _SEVERAL) or not self.value[-1:].isdigit():
            return self.value
        if self.unit[-1] in _SIGNS:
            sign = "-" if self.value.startswith("-") else ""
            return f"{sign}{self.unit}{self.value.removeprefix('-')}"
        tight = self.unit in "%％" or ord(self.unit[0]) > 0x2E80
        return f"{self.value}{self.unit}" if tight else f"{self.value} {self.unit}"


@dataclass(frozen=True)
class Item:
    """A row: what it is called, and what else it says."""

    name: str
    facts: tuple[Fact, ...]

    @property
    def source(self) -> tuple[str, ...]:
        """Everything that a text may take from: name, labels, values."""
        return (self.name, *(f"{fact.label} {fact.told}" for fact in self.facts))


def items_of(table: Table, name: str) -> list[Item]:
    """Read each row; ``name`` is the column that says what it is called, and features are facts."""
    told = [
        (label, unit or c.unit, c.name, _values(table, c.name, c.kind))
        for c in table.columns
        for label, unit in (label_of(c.name),)
        if c.name == name or c.role in (Role.FEATURE, Role.TEXT)
    ]
    found = []
    for row in range(table.rows):
        facts = tuple(
            Fact(label, values[row], unit, column)
            for label, unit, column, values in told
            if column != name and values[row]
        )
        called = next((values[row] for _, _, column, values in told if column == name), "")
        found.append(Item(called, facts))
    return found


def label_of(column: str) -> tuple[str, str]:
    """Words and unit of a column's name: "weight_g" -> ("weight", "g")."""
    match = _UNIT.match(column) or _SUFFIX.match(column)
    label, unit = (match["label"], match["unit"]) if match else (column, "")
    unit = {"pct": "%", "percent": "%"}.get(unit.lower(), unit)
    unit = unit.upper() if unit.lower() in _MONEY else unit
    words = _SPACES.sub(" ", _CAMEL.sub(" ", label.replace("_", " "))).strip()
    if words.isascii() and not words.isupper():
        words = words.lower()
    return words, unit


def is_price(label: str) -> bool:
    """Whether a label names an amount of money that somebody pays."""
    return _PRICE.search(label) is not None


def priced_in(column: Column, currency: str) -> str:
    """What stands beside a price whose column names no currency, neither in its name nor in its cells.

    "" where it does, or where the column holds no price by its name.
    """
    label, unit = label_of(column.name)
    if not currency or column.kind is not Kind.NUMBER or unit or column.unit or not is_price(label):
        return ""
    chinese, other = _CURRENCIES.get(currency.upper(), (currency, currency))
    return chinese if not label.isascii() else other


def _values(table: Table, name: str, kind: Kind) -> Sequence[str]:
    values = table[name]
    if kind is Kind.NUMBER:
        return [number(v) for v in values.tolist()]
    if kind is Kind.TIME:
        return ["" if np.isnat(v) else _day(v) for v in values]
    return ["" if v is None else cleaned(str(v)) for v in values.tolist()]


def number(value: float) -> str:
    """Write a number as a person would: no trailing zeros, no exponent."""
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    if float(value).is_integer():
        return str(int(value))
    return np.format_float_positional(value, precision=6, trim="-")


def cleaned(text: str) -> str:
    """One line without characters that nobody sees; a text too long to quote is left out."""
    seen = "".join(c for c in text if c in "\n\t " or unicodedata.category(c)[0] != "C")
    flat = _SPACES.sub(" ", seen).strip().rstrip("。.;；,，")
    return flat if len(flat) <= MOST_VALUE else ""


def _day(moment: Any) -> str:
    text = str(moment.astype("datetime64[s]"))
    return text[:10] if text.endswith("T00:00:00") else text.replace("T", " ")
