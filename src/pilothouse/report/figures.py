"""Figures as the reader sees them: few digits, a true minus sign, a dash for what is not known.

Nothing here computes evidence: a number comes in as the record has it and goes out as
text. ``static/report.js`` writes the edited money in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from pilothouse.report.wording import Words
from pilothouse.runs.record import Figure

_MISSING = "–"
_SIGNS = {
    "CNY": ("¥", " 元"),
    "RMB": ("¥", " 元"),
    "USD": ("$", " 美元"),
    "EUR": ("€", " 欧元"),
    "GBP": ("£", " 英镑"),
    "JPY": ("JP¥", " 日元"),
    "HKD": ("HK$", " 港元"),
}


def number(value: float | None, digits: int = 3) -> str:
    """Write a number with ``digits`` significant digits, thousands apart, a true minus sign."""
    if value is None or not math.isfinite(value):
        return _MISSING
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    decimals = 0 if value == round(value) else max(0, min(digits - 1 - size, 6))
    text = f"{value:,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−") if float(text.replace(",", "")) else "0"


def score(value: float | None) -> str:
    """Write a score: three decimals below 10 as is usual for AUC, else four significant digits."""
    if value is None or not math.isfinite(value):
        return _MISSING
    if abs(value) < 10:
        return f"{value:.3f}".replace("-", "−") if round(value, 3) else "0.000"
    return number(value, 4)


def percent(value: float | None) -> str:
    """Write a share as a percentage: ``0.048`` as ``4.8%``."""
    if value is None or not math.isfinite(value):
        return _MISSING
    hundred = value * 100
    decimals = 0 if abs(hundred) >= 10 or hundred == round(hundred) else 1
    text = f"{hundred:.{decimals}f}%"
    return text.replace("-", "−")


def chance(value: float) -> str:
    """Write a chance of luck: ``0.004``, or ``< 0.001`` where three decimals would read as never."""
    return "< 0.001" if value < 0.001 else score(value)


def money(value: float | None, currency: str) -> Words:
    """Write money: ``¥6,600`` and ``6,600 元``; small amounts keep their cents."""
    if value is None or not math.isfinite(value):
        return Words(_MISSING, _MISSING)
    sign = "−" if value < 0 else ""
    decimals = 0 if abs(value) >= 100 or value == round(value) else 2
    text = f"{abs(value):,.{decimals}f}"
    before, after = currency_signs(currency)
    return Words(f"{sign}{before}{text}", f"{sign}{text}{after}")


def currency_signs(currency: str) -> tuple[str, str]:
    """Return what stands before an amount in English and after it in Chinese."""
    return _SIGNS.get(currency.upper(), (f"{currency} ", f" {currency}"))


def hundred(share: float | None) -> str:
    """Write a share as "so many of 100"."""
    return _MISSING if share is None or not math.isfinite(share) else f"{share * 100:.0f}"


def span(figure: Figure | None, write: Callable[[float], str] = score) -> str:
    """Write a likely range as ``0.822–0.862``; empty when there is none."""
    if figure is None or figure.low is None or figure.high is None:
        return ""
    low, high = write(figure.low), write(figure.high)
    # Two minus signs and a dash are hard to read side by side.
    return f"{low} … {high}" if "−" in low + high else f"{low}–{high}"
