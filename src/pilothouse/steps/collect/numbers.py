"""Numbers as people write them, and the words they use for "not there".

``number`` reads one cell: plain, full-width, with thousands separators, currency,
brackets for negative, per cent, and the Chinese units of ten thousand and of a
hundred million. It does not decide whether a column is numeric (``kinds`` does)
and never reads an infinite or undefined value as a number.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

_WIDE = str.maketrans("０１２３４５６７８９．，＋－−％（）￥＄\u3000\xa0", "0123456789.,+--%()¥$  ")
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,5})?", re.ASCII)
_MONEY = r"(?:[¥$€£₩₹]|RMB|CNY|USD|EUR|GBP|HKD|JPY|US\$|HK\$|NT\$)"
_DRESSED = re.compile(
    rf"(?P<open>\()?\s?(?P<sign>[+-])?\s?(?P<before>{_MONEY})?\s?(?P<inner>[+-])?"
    r"(?P<body>\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)"
    r"\s?(?P<unit>万亿|千万|百万|亿|万|千)?\s?(?P<share>[%‰])?"
    rf"\s?(?P<after>元|块|圆|{_MONEY})?\s?(?P<close>\))?",
    re.ASCII | re.IGNORECASE,
)
_POINTS = re.compile(r"[^\d.,]{0,5}(?:\d{1,3}(?:\.\d{3})+|\d*)(?:,\d+)?[^\d.,]{0,5}", re.ASCII)
_UNITS = {"千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8, "万亿": 10**12}
_LONGEST = 60

# Missing in any column: nobody is called this.
EMPTY = frozenset({"", "NULL", "null", r"\N"})
# Missing only among numbers and times; elsewhere they may be names or answers.
_MARKERS = EMPTY | {
    "na", "n/a", "#n/a", "<na>", "nan", "nil", "none", "null", "(null)", "nat", "missing", "unknown",
    "-", "--", "---", "—", "——", ".", "..", "?", "??", "*", "/", "\\",
    "#null!", "#div/0!", "#value!", "#ref!", "#num!", "#name?", "0000-00-00", "0000-00-00 00:00:00",
    "无", "未知", "空", "缺失", "暂无", "不详", "未填", "未填写", "没有",
}  # fmt: skip
_INFINITE = frozenset({"inf", "infinity", "∞"})


def is_marker(text: str) -> bool:
    """Tell whether ``text`` stands for "not there" in a column of numbers or times."""
    return text in EMPTY or (len(text) <= 20 and text.lower() in _MARKERS)


def is_infinite(text: str) -> bool:
    """Tell whether ``text`` is a word for infinity or a number beyond what float64 holds."""
    if text.lower().lstrip("+-") in _INFINITE:
        return True
    return len(text) <= _LONGEST and bool(_PLAIN.fullmatch(text)) and math.isinf(float(text))


def number(text: str, comma: bool = False) -> float | None:
    """Read one cell as a finite number, or return None.

    Parameters
    ----------
    text
        The cell, no spaces around it.
    comma
        The column writes 1.234,5 for 1234.5.

    >>> number("￥1,200"), number("1.2万"), number("(3.5)"), number("12%"), number("１２")
    (1200.0, 12000.0, -3.5, 0.12, 12.0)
    >>> number("1,2"), number("12 apples"), number("inf")
    (None, None, None)
    """
    if len(text) > _LONGEST:
        return None
    if not text.isascii():
        text = text.translate(_WIDE)
    if comma:
        text = text.replace(".", "").replace(",", ".") if _POINTS.fullmatch(text) else text
    if _PLAIN.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else None
    match = _DRESSED.fullmatch(text.strip())
    return None if match is None else _undress(match)


def _undress(match: re.Match[str]) -> float | None:
    signs = [s for s in (match["sign"], match["inner"], match["open"]) if s]
    if len(signs) > 1 or bool(match["open"]) != bool(match["close"]):
        return None
    # Decimal, because 1.2 times 10,000 in floating point is not 12,000 for every figure.
    exact = Decimal(match["body"].replace(",", "")) * _UNITS.get(match["unit"] or "", 1)
    exact = exact / {"%": 100, "‰": 1000}.get(match["share"] or "", 1)
    return float(-exact if signs and signs[0] in "-(" else exact)


def currency(text: str) -> str:
    """Tell the currency that a cell writes beside its number, as it stands there; "" for none.

    >>> currency("￥1,200"), currency("19.9 块"), currency("USD 12"), currency("12%")
    ('¥', '元', 'USD', '')
    """
    match = _DRESSED.fullmatch(text.translate(_WIDE).strip()) if len(text) <= _LONGEST else None
    if match is None or not (match["before"] or match["after"]):
        return ""
    found = (match["before"] or match["after"]).upper()
    return "元" if found in "元块圆" else str(found)


def is_code(text: str) -> bool:
    """Tell whether a whole number must stay text: it begins with zero or has over 15 digits.

    float64 holds 15 digits of any number; ``9007199254740993`` would lose its last.
    """
    digits = (text if text.isascii() else text.translate(_WIDE)).lstrip("+-")
    return digits.isdigit() and (len(digits) > 15 or (len(digits) > 1 and digits[0] == "0"))


def is_whole(text: str) -> bool:
    """Tell whether ``text`` is nothing but digits, perhaps signed."""
    return (text if text.isascii() else text.translate(_WIDE)).lstrip("+-").isdigit()
