from __future__ import annotations

from dataclasses import replace

import pytest

from pilothouse.steps.advice import advise
from pilothouse.steps.spending import Job
from steps.test_plan import ADULT, GERMAN, HUGE, TELCO, plan


def told(job: Job, budget: float = 60) -> dict[str, str]:
    return {m.key.removeprefix("plan."): m.text("en") for m in advise(plan(job, budget), job)}


def test_advise_tells_time_memory_money_and_privacy() -> None:
    lines = told(TELCO)
    assert "seconds on 2 cores" in lines["seconds"]
    assert "GB" in lines["memory"]
    assert "nothing leaves this machine" in lines["stays"]
    assert "pip install 'pilothouse[deep]'" in lines["declined_install"]
    assert "over_budget" not in lines


def test_advise_speaks_chinese() -> None:
    for message in advise(plan(GERMAN), GERMAN):
        assert any("\u4e00" <= c <= "\u9fff" for c in message.text("zh"))


@pytest.mark.parametrize(
    ("outcomes", "key", "rows"),
    [(40, "too_few", "2,500 rows"), (300, "enough_nested", "1,700 rows"), (600, "enough", "600 outcomes")],
)
def test_advise_says_how_many_rows_a_decision_takes(outcomes: int, key: str, rows: str) -> None:
    assert rows in told(replace(GERMAN, outcomes=outcomes))[key]


def test_advise_no_outcome_at_all_still_says_what_is_needed() -> None:
    assert "100,000 rows" in told(replace(GERMAN, outcomes=0))["too_few"]


def test_advise_small_budget_is_told() -> None:
    assert "budget of 5 seconds" in told(GERMAN, 5)["over_budget"]


def test_advise_sample_is_told_with_both_numbers() -> None:
    line = told(HUGE)["sample"]
    assert f"{plan(HUGE).contest_rows:,}" in line
    assert "5,000,000" in line
    assert "minutes" in told(HUGE)["minutes"]
    assert "sample" not in told(ADULT)
