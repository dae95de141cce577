from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.honesty import planted
from benchmarks.honesty.probing import HereCrew, measure, stratified
from benchmarks.honesty.tables import Making, days, happen, usual, usual_number

from pilothouse.models.boosting import Boosting
from pilothouse.models.target import Target
from pilothouse.steps.prepare.leaks import Probing, find_leaks
from pilothouse.types import Role


def search(made: Making, folds=None, **available: bool):
    data, questions = made.data()
    kind = {0: "number", 2: "binary"}.get(len(questions.classes), "classes")
    probing = Probing(HereCrew(data), Boosting(Target("target", kind, questions.classes)), measure)
    folds = stratified(questions.truth, 5, 0) if folds is None else folds
    return find_leaks(data, questions, folds, probing, available=available)


def level(report, column: str) -> str | None:
    return {leak.column: leak.level for leak in report.leaks}.get(column)


def plain(seed: int = 4) -> Making:
    made = usual(np.random.default_rng(seed), (900, 1000))
    return made


def test_a_copy_is_removed_without_a_score() -> None:
    made = plain()
    made.add("closed", np.array(["n", "y"], dtype=object)[made.y])
    report = search(made)
    leak = next(k for k in report.leaks if k.column == "closed")
    assert (leak.level, leak.score_with) == ("removed", None)
    assert report.drop == {"closed"} and report.open_questions == ()
    assert report.score_with > 0.99 > report.score_without


def test_a_nearly_certain_column_is_removed_with_both_scores() -> None:
    report = search(planted.plant("post_amount", "strong", 11).made)
    leak = next(k for k in report.leaks if k.column == "amount_returned")
    assert leak.level == "removed"
    assert leak.score_with - leak.score_without >= 0.10
    assert "amount_returned" in leak.reason.text("zh")


def test_a_costly_column_is_asked_about_and_kept_out_until_answered() -> None:
    case = planted.plant("shifted_amount", "medium", 3)
    asked = search(case.made)
    assert level(asked, "closing_balance") == "asked"
    assert asked.open_questions == ("closing_balance",)
    assert "closing_balance" in asked.drop

    kept = search(planted.plant("shifted_amount", "medium", 3).made, closing_balance=True)
    assert level(kept, "closing_balance") == "noted"
    assert kept.open_questions == () and kept.drop == frozenset()

    out = search(planted.plant("shifted_amount", "medium", 3).made, closing_balance=False)
    assert level(out, "closing_balance") == "removed"
    assert out.open_questions == () and out.drop == {"closing_balance"}
    assert out.score_without == pytest.approx(asked.score_without)


def test_a_confirmed_column_stays_even_as_a_copy() -> None:
    made = plain()
    made.add("tier", np.array(["n", "y"], dtype=object)[made.y])
    report = search(made, tier=True, not_a_column=False)
    assert level(report, "tier") == "noted" and "tier" not in report.drop


def test_twins_are_both_taken_out() -> None:
    report = search(planted.plant("twins", "strong", 5).made)
    assert {"fee_usd", "fee_local"} <= report.drop


def test_two_halves_are_asked_about_together() -> None:
    report = search(planted.plant("halves_words", "strong", 502).made)
    assert set(report.open_questions) >= {"plan", "plan_on_file"}


def test_parts_of_a_sum_are_removed() -> None:
    report = search(planted.plant("parts", "strong", 2).made)
    assert level(report, "weekday_part") == level(report, "weekend_part") == "removed"


def test_a_formula_is_asked_about() -> None:
    made = usual_number(np.random.default_rng(3))
    made.add("net", 0.37 * made.y + made.rng.normal(0, 30, made.rows))
    made.add("tax", 2.0 * (made.y - made.columns["net"]))
    assert set(search(made).open_questions) >= {"net", "tax"}


def test_a_late_time_with_an_effect_is_asked_about_and_an_early_one_is_not() -> None:
    made = plain()
    seen = made.rng.uniform(0, 300, made.rows)
    made.add("seen", days("2024-01-01", seen), Role.TIME)
    gap = np.where(made.y == 1, made.rng.uniform(1, 40, made.rows), made.rng.uniform(20, 90, made.rows))
    made.add("handled", days("2024-01-01", seen + gap))
    made.add("joined", days("2024-01-01", seen - made.rng.uniform(1, 90, made.rows)))
    report = search(made)
    assert level(report, "handled") in ("asked", "removed")
    assert level(report, "joined") != "asked"


def late_name(name: str, carries: float) -> Making:
    made = plain()
    made.add(name, made.rng.normal(size=made.rows) + carries * made.y)
    return made


def test_no_name_decides_alone() -> None:
    assert level(search(late_name("refund_after_cancel", 0.0)), "refund_after_cancel") is None
    assert level(search(late_name("refund_after_cancel", 1.0)), "refund_after_cancel") == "asked"
    assert level(search(late_name("visits", 1.0)), "visits") != "asked"


def test_row_numbers_are_left_out_and_only_noted() -> None:
    made = plain()
    made.add("position", np.arange(made.rows) * 3.0 + 1_000)
    report = search(made)
    assert level(report, "position") == "noted" and "position" in report.drop
    assert report.open_questions == ()


def test_where_little_is_known_the_best_column_is_noted_not_asked_about() -> None:
    made = Making(np.random.default_rng(2), 1500)
    made.signal = made.rng.normal(size=made.rows)
    made.add("visits", made.signal.copy())
    for k in range(4):
        made.add(f"idle_{k}", made.rng.normal(size=made.rows))
    happen(made, 0.8)
    report = search(made)
    leak = next(k for k in report.leaks if k.column == "visits")
    assert leak.level == "noted" and leak.score_with - leak.score_without > 0.08
    assert report.drop == frozenset()


def test_rows_kept_aside_never_matter() -> None:
    made = planted.plant("status_later", "strong", 6).made
    data, questions = made.data()
    train = np.arange(made.rows) < made.rows * 0.8
    inside = np.flatnonzero(train)
    folds = tuple((inside[a], inside[b]) for a, b in stratified(questions.truth[inside], 5, 0))
    spoilt = questions.truth.copy()
    spoilt[~train] = made.rng.permutation(spoilt[~train])
    probing = Probing(HereCrew(data), Boosting(Target("target", "binary", questions.classes)), measure)
    one = find_leaks(data, questions, folds, probing, available={})
    other = find_leaks(data, replace(questions, truth=spoilt), folds, probing, available={})
    assert one == other


def test_the_same_seed_gives_the_same_report() -> None:
    made = [planted.plant("three_at_once", "medium", 7).made for _ in range(2)]
    assert search(made[0]) == search(made[1])


def test_one_fold_is_refused() -> None:
    made = plain()
    half = np.arange(made.rows // 2)
    with pytest.raises(ValueError, match="two or more folds"):
        search(made, folds=((half, half + len(half)),))
