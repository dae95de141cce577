"""Values as people read them, and sentences with more than one condition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pilothouse.messages import Message, say

LONGEST = 40


def is_gone(value: Any) -> bool:
    """Tell whether a value is None, NaN or NaT."""
    return value is None or value != value


def shown(value: Any) -> str:
    """A value as people read it: no more digits than needed, days without hours, long words cut."""
    if isinstance(value, np.datetime64):
        return str(value.astype("datetime64[D]"))
    if isinstance(value, float | np.floating):
        number = float(value)
        if number == round(number) and abs(number) < 1e15:
            return f"{number:,.0f}" if abs(number) >= 10_000 else f"{number:.0f}"
        rounded = float(f"{number:.4g}")
        return f"{rounded:,.0f}" if abs(rounded) >= 10_000 else f"{rounded:g}"
    text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def is_value(column: str, value: Any) -> Message:
    """ "contract is month-to-month"."""
    if is_gone(value):
        return say("explain.is_missing", column=column)
    return say("explain.is", column=column, value=shown(value))


def of_100(share: float) -> str:
    """A share as a number of 100; below 1 with one place."""
    points = 100.0 * share
    return f"{points:.1f}" if 0 < abs(points) < 0.95 else f"{points:.0f}"


def joined(conditions: Sequence[Message]) -> Message:
    """Conditions joined by "and"; none at all holds always."""
    if not conditions:
        return say("explain.all_rows")
    told = conditions[0]
    for condition in conditions[1:]:
        told = say("explain.both", first=told, second=condition)
    return told
