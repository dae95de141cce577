from __future__ import annotations

from typing import Any

import pytest

from pilothouse.report.money import Ledger, assumed, ledger, per, side_value
from pilothouse.report.wording import Words
from pilothouse.runs.record import RunRecord, ValueRecord
from report.records import classes, fig, number, pilot, ranking


def valued(record: RunRecord, **changes: Any) -> RunRecord:
    value = (record.value or pilot().value).model_dump() | changes  # type: ignore[union-attr]
    return record.model_copy(update={"value": ValueRecord.model_validate(value)})


def found(record: RunRecord) -> Ledger:
    book = ledger(record)
    assert book is not None
    return book


def test_formulas_give_the_figures_of_the_record() -> None:
    book = found(pilot())
    assert [(f.name, f.value.en) for f in book.formulas] == [
        ("winner", "¥22,000"), ("baseline", "¥15,400"), ("gain", "¥6,600"), ("break_even", "4.8%"),
    ]  # fmt: skip
    assert book.formulas[0].working == "1,000 × (0.700 × 600 × 10% − 20)"
    assert [a.name for a in book.assumptions] == ["capacity", "true_positive", "success", "contact"]
    assert book.assumptions[2].shown == "10"
    assert book.assumptions[2].range == "5%–15%"


def test_figures_that_the_formulas_do_not_give_are_not_editable() -> None:
    assert ledger(valued(pilot(), winner=fig(22001.0))) is None
    assert ledger(pilot(value=None)) is None


def test_costs_decide_the_list_and_rates_tell_how_long_each_is() -> None:
    assumptions = {
        "true_positive": [600] * 3,
        "success": [0.1] * 3,
        "contact": [20] * 3,
        "volume": [1000] * 3,
    }
    rates = {"winner": [0.14, 0.2], "baseline": [0.2, 0.5]}
    likely = {name: float(t[1]) for name, t in assumptions.items()}
    winner, baseline = (side_value("actions", likely, tuple(rates[s])) for s in ("winner", "baseline"))
    assert winner == pytest.approx(1000 * (0.14 * 60 - 0.2 * 20))
    assert baseline == pytest.approx(1000 * (0.2 * 60 - 0.5 * 20))
    record = valued(
        pilot(),
        assumptions=assumptions,
        rates=rates,
        winner=fig(winner),
        baseline=fig(baseline),
        gain=fig(winner - baseline),
    )
    assert [a.name for a in found(record).assumptions] == ["volume", "true_positive", "success", "contact"]


def test_baseline_that_acts_on_nobody_or_everybody_is_recognised_without_rates() -> None:
    assumptions = {
        "true_positive": [600] * 3,
        "success": [0.1] * 3,
        "contact": [10] * 3,
        "volume": [1409] * 3,
    }
    winner = 200 * (0.7 * 60 - 10)
    for baseline in (0.0, 1409 * (373 / 1409 * 60 - 10)):
        record = valued(
            pilot(),
            assumptions=assumptions,
            winner=fig(winner),
            baseline=fig(baseline),
            gain=fig(winner - baseline),
        )
        assert found(record).formulas[2].value.en.startswith(("¥", "−¥"))


def test_classes_and_numbers_have_their_own_formulas() -> None:
    volume = [200] * 3
    right = 200 * (0.735 * 5 - 0.265 * 2)
    rule = 200 * (0.55 * 5 - 0.45 * 2)
    money = {"break_even": None, "matters_most": None, "gain": fig(right - rule)}
    record = valued(
        classes(),
        assumptions={"right": [5] * 3, "wrong": [2] * 3, "volume": volume},
        winner=fig(right),
        baseline=fig(rule),
        **money,
    )
    assert [f.name for f in found(record).formulas] == ["winner", "baseline", "gain"]
    misses = (-200 * 911.0 * 0.5, -200 * 1400.0 * 0.5)
    money |= {"gain": fig(misses[0] - misses[1]), "winner": fig(misses[0]), "baseline": fig(misses[1])}
    record = valued(number(), assumptions={"error": [0.5] * 3, "volume": volume}, **money)
    assert found(record).formulas[2].value == Words("¥48,900", "48,900 元")
    assert found(record).formulas[2].working == "−91,100 − (−140,000)"


def test_assumptions_are_listed_even_where_nothing_can_be_edited() -> None:
    value = valued(pilot(), assumptions={"success": [0.1, 0.2, 0.3], "luck": [1, 1, 1]}).value
    assert value is not None
    assert [(a.label.en, a.shown, a.range) for a in assumed(value)] == [
        ("Success rate of the action (%)", "20", "10%–30%"),
        ("luck", "1", ""),
    ]


def test_period_without_a_word_keeps_its_own() -> None:
    value = pilot().value
    assert value is not None
    assert per(value) == Words("month", "月")
    assert per(value.model_copy(update={"per": "sprint"})) == Words("sprint", "sprint")


def test_hits_have_their_own_formula() -> None:
    book = found(ranking())
    assert [(f.name, f.value.en) for f in book.formulas] == [
        ("winner", "¥2,400"), ("baseline", "¥2,000"), ("gain", "¥400"),
    ]  # fmt: skip
    assert book.formulas[0].working == "10,000 × 0.240 × 2 × 50%"
    assert [(a.name, a.range) for a in book.assumptions] == [("volume", ""), ("hit", "1–3"), ("added", "")]
    assert book.data["kind"] == "hits" and book.data["rates"] == {"winner": [0.24], "baseline": [0.2]}


def test_hit_rates_come_from_the_metrics_where_the_record_keeps_no_rates() -> None:
    record = valued(ranking(), rates={})
    assert found(record).formulas[2].value.en == "¥400"
    assert ledger(valued(record, winner=fig(2500.0))) is None
