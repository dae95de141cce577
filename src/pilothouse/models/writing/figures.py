"""Numbers, dates and units inside texts, in one form whatever they are written in.

"１，２００元", "1,200 yuan" and "一千二百元" all hold 1200 of the unit "cny"; "2024年5月1日",
"May 1, 2024" and "2024-05-01" are one day. A number in words is read where it counts
something; "十分" and "一起" count nothing. Units are never converted: what a row tells in
grams a text tells in grams.

References
----------
Unicode Standard Annex 15 (NFKC) for full-width forms; GB/T 15835-2011, numerals in
Chinese texts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "幺": 1}
_TENS = {"十": 10, "百": 100, "千": 1_000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
_UP_TO_TWELVE = "zero one two three four five six seven eight nine ten eleven twelve"
_TEENS = "thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_BY_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ENGLISH = {
    **{word: float(value) for value, word in enumerate(_words(_UP_TO_TWELVE))},
    **{word: 10.0 * value for value, word in enumerate(_words(_BY_TENS), 2)},
    **{word: float(value) for value, word in enumerate(_words(_TEENS), 13)},
    **{"hundred": 100.0, "thousand": 1e3, "million": 1e6, "dozen": 12.0, "half": 0.5},
}
_SCALE = {
    "万": 1e4,
    "亿": 1e8,
    "千": 1e3,
    "百": 1e2,
    "k": 1e3,
    "million": 1e6,
    "thousand": 1e3,
    "hundred": 1e2,
}
_UNITS = {
    "%": "percent|pct|%|个百分点|per cent",
    "cny": "元|块钱|块|¥|cny|rmb|yuan|人民币",
    "usd": "美元|us\\$|\\$|usd|dollars?",
    "eur": "欧元|€|eur|euros?",
    "gbp": "英镑|£|gbp|pounds? sterling",
    "hkd": "港元|港币|hk\\$|hkd",
    "jpy": "日元|jpy",
    "twd": "新台币|nt\\$|twd",
    "krw": "韩元|₩|krw",
    "inr": "卢比|₹|inr",
    "kg": "千克|公斤|kg|kilograms?|kilos?",
    "jin": "斤",
    "g": "克|g|grams?",
    "mg": "毫克|mg|milligrams?",
    "lb": "磅|lbs?|pounds?",
    "oz": "盎司|oz|ounces?",
    "km": "公里|千米|km|kilometers?|kilometres?",
    "mile": "英里|miles?",
    "m": "米|m|meters?|metres?",
    "cm": "厘米|公分|cm|centimeters?|centimetres?",
    "mm": "毫米|mm|millimeters?|millimetres?",
    "inch": "英寸|寸|inch(?:es)?",
    "l": "升|l|liters?|litres?",
    "ml": "毫升|ml|milliliters?|millilitres?",
    "kw": "千瓦|kw",
    "w": "瓦|w|watts?",
    "v": "伏|v|volts?",
    "mah": "毫安时?|mah",
    "tb": "tb",
    "gb": "gb",
    "mb": "mb",
    "hz": "赫兹|赫|hz",
    "year": "周年|年|years?|岁",
    "month": "个月|月|months?",
    "week": "周|星期|weeks?",
    "day": "天|日|days?",
    "hour": "个小时|小时|hours?|hrs?|h",
    "minute": "分钟|minutes?|mins?",
    "second": "秒|seconds?|secs?",
    "off": "折",
    "tenth": "成",
    "times": "倍|times|x",
}
_UNIT_FORMS = "|".join(sorted((f for u in _UNITS.values() for f in u.split("|")), key=len, reverse=True))
_COUNTED = (
    _UNIT_FORMS + "|个|种|款|件|只|台|位|人|次|层|项|条|颗|片|盒|瓶|包|袋|张|代|级|步|名|家|口|双|套|支|核"
)
_AFTER = rf"[\s-]?(?P<unit>(?:{_UNIT_FORMS})(?![a-z]))?"
_NUMBER = re.compile(
    rf"(?P<before>¥|us\$|hk\$|nt\$|\$|€|£|₩|₹|rmb\s?|cny\s?|usd\s?)?(?<![a-z0-9_.])"
    rf"(?P<value>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?P<big>[万亿千百]|k(?![a-z])|\s?(?:million|thousand|hundred)\b)?{_AFTER}",
)
_INSIDE = re.compile(r"\d+(?:\.\d+)?")
_HAN = r"[零〇一二两三四五六七八九十百千万亿]"
_CHINESE = re.compile(
    rf"(?P<percent>百分之)?(?P<value>{_HAN}+(?:点[零一二三四五六七八九]+)?|半(?=年|天|个月|小时|价))"
    rf"(?P<unit>{_COUNTED})?"
)
_WORDS = re.compile(rf"\b(?P<value>{'|'.join(_ENGLISH)})(?:[\s-](?P<next>{'|'.join(_ENGLISH)}))?\b{_AFTER}")
_IDIOMS = re.compile(
    "万一|千万(?![元人台件个])|十分(?!钟|之)|一(?=[款起样直定般种切下来旦向些点边同面只个件位])|"
    "百搭|百般|四季|三餐|一一|万能|千元机"
)
_SHORT_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {m: i for i, m in enumerate(_words(_SHORT_MONTHS), 1)}
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_DATES = (
    re.compile(
        r"(?<!\d)(?P<y>[12]\d{3})[-/.年](?P<m>1[0-2]|0?[1-9])[-/.月](?P<d>3[01]|[12]\d|0?[1-9])日?(?!\d)"
    ),
    re.compile(r"(?<!\d)(?P<y>[12]\d{3})(?:年|-)(?P<m>1[0-2]|0?[1-9])(?:月|(?![\d-]))"),
    re.compile(r"(?<!\d)(?P<m>1[0-2]|[1-9])月(?P<d>3[01]|[12]\d|0?[1-9])[日号]"),
    re.compile(rf"\b{_MONTH}\s+(?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?,?\s+(?P<y>[12]\d{{3}})\b"),
    re.compile(rf"\b(?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?[\s-]{_MONTH},?[\s-](?P<y>[12]\d{{3}})\b"),
    re.compile(rf"\b{_MONTH}\s+(?P<y>[12]\d{{3}})\b"),
)


@dataclass(frozen=True)
class Figure:
    """A number with its unit ("" for none), or a date "2024-05-01"; and where it stands."""

    value: str
    unit: str
    start: int
    end: int


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """Full-width forms as usual ones, nothing that nobody sees, lower case; positions may shift."""
    if text.isascii():
        return text.lower()
    shown = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return shown.lower()


@lru_cache(maxsize=4_096)
def figures(text: str) -> tuple[Figure, ...]:
    """Find numbers and dates in ``plain`` text, in order; kept, for checks ask for the same text often."""
    found: list[Figure] = []
    taken = bytearray(len(text))

    def take(figure: Figure) -> None:
        if not any(taken[figure.start : figure.end]):
            taken[figure.start : figure.end] = b"\1" * (figure.end - figure.start)
            found.append(figure)

    for date in _dates(text):
        take(date)
    rest = "".join(" " if hidden else char for char, hidden in zip(text, taken, strict=True))
    for figure in (*_numbers(rest), *_in_words(rest), *_in_chinese(rest)):
        take(figure)
    for match in _INSIDE.finditer(rest):  # inside a code: "mp3", "a4x200"
        take(Figure(_exact(float(match[0])), "", *match.span()))
    return tuple(sorted(found, key=lambda f: f.start))


@cache
def unit_of(word: str) -> str:
    """One name for a unit however it is written; "" for what is none."""
    given = plain(word).strip()
    for name, forms in _UNITS.items():
        if re.fullmatch(forms, given):
            return name
    return ""


def _numbers(text: str) -> Iterator[Figure]:
    for match in _NUMBER.finditer(text):
        value = float(match["value"].replace(",", "")) * _SCALE.get((match["big"] or "").strip(), 1.0)
        unit = unit_of(match["unit"] or "") or unit_of(match["before"] or "")
        yield Figure(_exact(value), unit, *match.span())


def _in_words(text: str) -> Iterator[Figure]:
    """English number words from two on; "one" is mostly none."""
    for match in _WORDS.finditer(text):
        value = float(_ENGLISH[match["value"]])
        if match["next"]:
            following = float(_ENGLISH[match["next"]])
            value = value * following if following >= 100 else value + following
        unit = unit_of(match["unit"] or "")
        if match["value"] in ("one", "half", "zero") and not unit and not match["next"]:
            continue
        yield Figure(_exact(value), unit, *match.span())


def _in_chinese(text: str) -> Iterator[Figure]:
    for match in _CHINESE.finditer(text):
        if _IDIOMS.match(text, match.start()) and not match["percent"]:
            continue
        word, unit = match["value"], match["unit"]
        counted = unit is not None or match["percent"] is not None
        if not counted and len(word) < 2:
            continue
        value = 0.5 if word == "半" else chinese_number(word)
        yield Figure(_exact(value), "%" if match["percent"] else unit_of(unit or ""), *match.span())


def chinese_number(word: str) -> float:
    """Read "一千二百", "二〇二四", "三点五", "十二万"."""
    whole, _, part = word.partition("点")
    decimal = float("0." + "".join(str(_DIGITS[c]) for c in part)) if part else 0.0
    if all(c in _DIGITS for c in whole):
        return float("".join(str(_DIGITS[c]) for c in whole)) + decimal
    total = section = digit = 0
    for char in whole:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _TENS:
            section += (digit or 1) * _TENS[char]
            digit = 0
        else:
            total = (total + section + digit or 1) * _MYRIADS[char]
            section = digit = 0
    return float(total + section + digit) + decimal


def _dates(text: str) -> Iterator[Figure]:
    """Dates in every form; of two that overlap the one of the form that stands first in the list counts."""
    for pattern in _DATES:
        for match in pattern.finditer(text):
            got = match.groupdict()
            month = int(got["m"]) if got.get("m") else _MONTHS[got["month"][:3]]
            year = got.get("y") or "*"
            day = f"-{int(got['d']):02d}" if got.get("d") else ""
            yield Figure(f"{year}-{month:02d}{day}", "date", *match.span())


def _exact(value: float) -> str:
    return f"{value:.10g}"
