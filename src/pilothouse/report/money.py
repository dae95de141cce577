"""The money of a run as formulas that the reader can follow and change.

The record's figures stay the record's. This module states the formulas behind them
(those of ``steps.decide.value``), checks that they give the same figures, and hands the
inputs to the page, whose script computes the same formulas when an input is edited.
Where they do not give the record's figures there is nothing to edit, and the page
shows the figures alone. It decides nothing: an edited figure has no likely range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pilothouse.report.figures import currency_signs, money, number, percent, score
from pilothouse.report.wording import Words, tell
from pilothouse.runs.record import RunRecord, ValueRecord
from pilothouse.steps.decide.assumptions import SHARES

_Kind = Literal["actions", "classes", "number", "hits", "tickets"]
_Rates = Mapping[str, tuple[float, ...]]

# What goes into each kind of formula; the first that is there sets how much is done.
_INPUTS: Mapping[_Kind, tuple[str, ...]] = {
    "actions": ("capacity", "volume", "true_positive", "success", "contact"),
    "classes": ("volume", "right", "wrong"),
    "number": ("volume", "error"),
    "hits": ("volume", "hit", "added"),
    "tickets": ("volume", "ticket", "solved", "mistake"),
}


@dataclass(frozen=True)
class Assumption:
    """An input: its name, label, the likely value as typed, and its range (empty when fixed)."""

    name: str
    label: Words
    shown: str
    range: str


@dataclass(frozen=True)
class Formula:
    """A figure, how it is made in words, with the numbers put in, and what comes out."""

    name: str
    label: Words
    words: Words
    working: str
    value: Words


@dataclass(frozen=True)
class Ledger:
    """What the money part of the page shows, and what its script computes from."""

    assumptions: tuple[Assumption, ...]
    formulas: tuple[Formula, ...]
    data: dict[str, Any]


def ledger(record: RunRecord) -> Ledger | None:
    """State the formulas of a record; None where they do not give its figures."""
    value = record.value
    rates = _rates(record)
    if value is None or rates is None:
        return None
    kind = _kind(value)
    likely = {name: float(t[1]) for name in _INPUTS[kind] if (t := value.assumptions.get(name)) is not None}
    if "capacity" in likely:
        likely.pop("volume")  # what is done is then the capacity, whatever comes in
    sides = {side: side_value(kind, likely, rates[side]) for side in ("winner", "baseline")}
    known = {"winner": value.winner.value, "baseline": value.baseline.value}
    if not all(_same(known[side], found) for side, found in sides.items()):
        return None
    return Ledger(
        tuple(_assumption(value, name) for name in likely),
        _formulas(value, kind, likely, rates),
        {
            "kind": kind,
            "likely": likely,
            "rates": {side: list(rate) for side, rate in rates.items()},
            "signs": currency_signs(value.currency),
        },
    )


def side_value(kind: _Kind, likely: Mapping[str, float], rate: tuple[float, ...]) -> float:
    """Money of one side in a period; ``rate`` is what one row of the volume brings.

    Raises
    ------
    KeyError
        When an assumption of this kind is missing.
    """
    if kind == "actions":
        right, done = _right_and_done(likely, rate)
        return done * (right * likely["true_positive"] * likely["success"] - likely["contact"])
    if kind == "classes":
        return likely["volume"] * (rate[0] * likely["right"] - (1 - rate[0]) * likely["wrong"])
    if kind == "hits":
        return likely["volume"] * rate[0] * likely["hit"] * likely["added"]
    if kind == "tickets":
        spared = rate[0] * likely["ticket"] * likely["solved"]
        return likely["volume"] * (spared - rate[1] * likely["mistake"])
    return -likely["volume"] * rate[0] * likely["error"]


def assumed(value: ValueRecord) -> list[Assumption]:
    """List every assumption of a value, those that no formula here knows by their own names."""
    return [_assumption(value, name) for name in value.assumptions]


def per(value: ValueRecord) -> Words:
    """Say the period of a value: "month" and 月."""
    try:
        return tell(f"report.per_{value.per}")
    except KeyError:
        return Words(value.per, value.per)


def _right_and_done(likely: Mapping[str, float], rate: tuple[float, ...]) -> tuple[float, float]:
    """Share of the actions that is right, and how many actions there are."""
    hits, flagged = rate
    right = hits / flagged if flagged > 0 else 0.0
    idle = flagged == 0
    return right, 0.0 if idle else likely.get("capacity", likely.get("volume", math.nan) * flagged)


def _kind(value: ValueRecord) -> _Kind:
    if "right" in value.assumptions:
        return "classes"
    if "hit" in value.assumptions:
        return "hits"
    if "ticket" in value.assumptions:
        return "tickets"
    return "number" if "error" in value.assumptions else "actions"


def _rates(record: RunRecord) -> _Rates | None:
    """Take the rates that the record keeps, or find them where its other figures tell them."""
    value = record.value
    if value is None:
        return None
    if {"winner", "baseline"} <= set(value.rates):
        return {side: tuple(value.rates[side]) for side in ("winner", "baseline")}
    names = {"winner": record.winner, "baseline": record.baseline["name"]}
    kind = _kind(value)
    if kind == "actions":
        return _flag_rates(record, value)
    metric = {"classes": "accuracy", "hits": "hit_rate"}.get(kind, "mae")
    figures = record.metrics.get("test", {})
    found = {side: figures.get(name, {}).get(metric) for side, name in names.items()}
    rates = {side: (f.value,) for side, f in found.items() if f is not None and f.value is not None}
    return rates if len(rates) == 2 else None


def _flag_rates(record: RunRecord, value: ValueRecord) -> _Rates | None:
    """Find what both sides flag and hit.

    With a capacity both flag as many. Where costs decide, each flags what pays for it: then
    the baseline's list is known only where it flags as many, nobody or everybody.
    """
    flagged = record.flagged
    if flagged is None or flagged.winner.value is None or flagged.baseline.value is None:
        return None
    share, split = flagged.share, record.split
    as_many = (flagged.baseline.value * share, share)
    everybody = (split.positives / max(split.test, 1), 1.0)
    likely = {name: float(t[1]) for name, t in value.assumptions.items()}
    for baseline in (as_many, (0.0, 0.0), everybody):
        if _same(value.baseline.value, side_value("actions", likely, baseline)):
            return {"winner": (flagged.winner.value * share, share), "baseline": baseline}
    return None


def _same(known: float | None, found: float) -> bool:
    return known is not None and math.isclose(known, found, rel_tol=1e-6, abs_tol=1e-6)


def _assumption(value: ValueRecord, name: str) -> Assumption:
    low, likely, high = (float(x) for x in value.assumptions[name])
    is_share = name in SHARES
    write = percent if is_share else lambda x: number(x, 9)
    label = _label(name, sign=currency_signs(value.currency)[0].strip(), per=per(value))
    shown = f"{likely * (100 if is_share else 1):.10g}"
    return Assumption(name, label, shown, "" if low == high else f"{write(low)}–{write(high)}")


def _label(name: str, **values: object) -> Words:
    try:
        return tell(f"report.assume_{name}", **values)
    except KeyError:  # an assumption of a plug-in
        return Words(name, name)


def _formulas(
    value: ValueRecord, kind: _Kind, likely: Mapping[str, float], rates: _Rates
) -> tuple[Formula, ...]:
    sides = {"winner": value.winner.value, "baseline": value.baseline.value}
    act = tell(f"report.formula_{kind}")
    made = [
        Formula(
            side,
            tell(f"report.money_{side}_label"),
            act,
            _working(kind, likely, rates[side]),
            money(amount, value.currency),
        )
        for side, amount in sides.items()
    ]
    difference = f"{_bare(value.winner.value)} − {_in_brackets(_bare(value.baseline.value))}"
    gain = tell("report.formula_gain")
    made.append(
        Formula(
            "gain", tell("report.money_gain_label"), gain, difference, money(value.gain.value, value.currency)
        )
    )
    if kind == "actions" and value.break_even is not None and math.isfinite(value.break_even):
        right, _ = _right_and_done(likely, rates["winner"])
        divided = f"{number(likely['contact'], 9)} ÷ ({score(right)} × {number(likely['true_positive'], 9)})"
        even = percent(value.break_even)
        label = tell("report.money_break_even_label")
        made.append(
            Formula("break_even", label, tell("report.formula_break_even"), divided, Words(even, even))
        )
    return tuple(made)


def _bare(amount: float | None) -> str:
    return money(amount, "").en.replace(" ", "")


def _in_brackets(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


def _working(kind: _Kind, likely: Mapping[str, float], rate: tuple[float, ...]) -> str:
    shown = {name: number(x, 9) for name, x in likely.items()}
    if kind == "actions":
        right, done = _right_and_done(likely, rate)
        return (
            f"{number(done, 4)} × ({score(right)} × {shown['true_positive']}"
            f" × {percent(likely['success'])} − {shown['contact']})"
        )
    if kind == "classes":
        wrong = score(1 - rate[0])
        return f"{shown['volume']} × ({score(rate[0])} × {shown['right']} − {wrong} × {shown['wrong']})"
    if kind == "tickets":
        spared = f"{score(rate[0])} × {shown['ticket']} × {percent(likely['solved'])}"
        return f"{shown['volume']} × ({spared} − {score(rate[1])} × {shown['mistake']})"
    if kind == "hits":
        return f"{shown['volume']} × {score(rate[0])} × {shown['hit']} × {percent(likely['added'])}"
    return f"−{shown['volume']} × {score(rate[0])} × {shown['error']}"
