from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.steps.plan import WorkPlan, installed_extras, make_plan
from pilothouse.steps.spending import Job
from pilothouse.types import Shape
from steps.entrants import FIELD, Baseline, Capped, Network, Quick

TELCO = Job(Shape(7_043, 3, 16, 2, 43), 1_869, "holdout")
GERMAN = Job(Shape(1_000, 7, 13, 2, 54), 300, "nested")
ADULT = Job(Shape(48_842, 6, 8, 2, 100), 11_687, "holdout")
HUGE = Job(Shape(5_000_000, 15, 5, 2, 100), 500_000, "holdout")


def plan(job: Job = TELCO, budget: float = 60, **settings: Any) -> WorkPlan:
    given_: dict[str, Any] = {"seed": 0, "installed": frozenset(), "candidates": FIELD, **settings}
    return make_plan(job, given_.pop("candidates"), time_budget_s=budget, **given_)


jobs = st.builds(
    Job,
    st.builds(Shape, st.integers(1, 10**6), st.integers(0, 60), st.integers(0, 60), st.integers(2, 5)),
    st.integers(0, 1000),
    st.sampled_from(["holdout", "nested", "time"]),
)


@given(jobs, st.floats(1, 3600), st.integers(1, 16), st.sets(st.just("deep")))
def test_plan_is_a_pure_function_within_its_bounds(
    job: Job, budget: float, workers: int, extras: Any
) -> None:
    first = plan(job, budget, workers=workers, installed=frozenset(extras))
    assert first == plan(job, budget, workers=workers, installed=frozenset(extras))
    assert 3 <= first.folds <= 5
    assert first.tuning_folds <= first.folds
    assert min(1_000, job.shape.rows) <= first.contest_rows <= job.shape.rows
    assert [e.name for e in first.entered][:3] == ["rule", "linear", "boosting"]
    assert first.outer_folds == (5 if job.split == "nested" else 0)
    assert {e.name for e in first.entered} | {d.name for d in first.declined} == {c.name for c in FIELD}
    assert first.curve_sizes == first.curve_seeds == 5
    assert first.resamples == 2_000
    assert first.money == 0
    assert not first.leaves_machine


def test_plan_does_not_read_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> float:
        raise AssertionError("the clock was read")

    for name in ("time", "monotonic", "perf_counter", "process_time"):
        monkeypatch.setattr(time, name, fail)
    assert plan().folds == 5


@pytest.mark.parametrize("job", [TELCO, GERMAN, ADULT])
def test_plan_of_a_common_table_fills_about_a_minute(job: Job) -> None:
    made = plan(job)
    assert 45 <= made.seconds <= 66
    assert made.memory_mb <= 1_500
    assert sum(made.trials.values()) >= 4
    assert made.contest_rows == job.shape.rows


def test_plan_more_time_never_does_less() -> None:
    for job in (TELCO, GERMAN, ADULT):
        made = [plan(job, budget) for budget in (5, 15, 30, 60, 120, 600)]
        for less, more in zip(made, made[1:], strict=False):
            assert (less.contest_rows, less.folds) <= (more.contest_rows, more.folds)
            assert less.seconds <= more.seconds


def test_plan_too_small_a_budget_gives_up_trials_then_folds_then_rows() -> None:
    lean = plan(GERMAN, 5)
    assert (lean.folds, lean.trials, lean.curve_candidate) == (3, {}, "linear")
    assert lean.seconds > 5
    assert plan(ADULT, 15).contest_rows < ADULT.shape.rows


def test_plan_of_a_huge_table_uses_a_sample_of_useful_size() -> None:
    made = plan(HUGE)
    assert 20_000 <= made.contest_rows < HUGE.shape.rows
    assert made.seconds <= 600
    assert made.memory_mb <= 6 * 1024


def test_plan_extra_that_is_not_installed_is_listed_with_its_command() -> None:
    (declined,) = plan().declined
    assert (declined.name, declined.install) == ("network", "pip install 'pilothouse[deep]'")
    assert "deep" in declined.reason.text("zh")


def test_plan_extra_that_is_installed_takes_part_when_affordable() -> None:
    assert "network" in [e.name for e in plan(installed=frozenset({"deep"})).entered]
    (declined,) = plan(ADULT, 20, installed=frozenset({"deep"})).declined
    assert declined.reason.key == "plan.too_slow"
    assert declined.install is None


def test_plan_candidate_that_declines_is_listed_with_its_reason() -> None:
    made = plan(candidates=[Baseline(), Quick(), Capped()])
    assert [d.name for d in made.declined] == ["capped"]
    assert [e.name for e in made.entered] == ["rule", "linear"]


def test_plan_blend_needs_two_models() -> None:
    assert plan().entered[-1].name == "blend"
    alone = plan(candidates=[FIELD[0], FIELD[1], FIELD[4]])
    assert [e.name for e in alone.entered] == ["rule", "linear"]


def test_plan_blend_takes_what_those_take_that_entered() -> None:
    *models, blend = (e for e in plan().entered if e.name not in ("nothing", "everyone", "rule", "today"))
    assert {d.name for d in plan().declined} and blend.name == "blend"
    assert blend.fit_s == pytest.approx(sum(e.fit_s for e in models), rel=0.02)


def test_plan_hash_follows_the_work_and_not_the_words() -> None:
    made = plan()
    assert made.plan_hash == plan().plan_hash
    assert made.plan_hash == made.model_copy(update={"seconds": 1.0, "declined": ()}).plan_hash
    for change in ({"seed": 1}, {"folds": 4}, {"contest_rows": 5}, {"entered": made.entered[1:]}):
        assert made.plan_hash != made.model_copy(update=change).plan_hash


def test_plan_survives_its_file() -> None:
    made = plan()
    kept = json.loads(json.dumps(made.model_dump(mode="json")))
    assert kept["declined"][0]["reason"]["zh"]
    again = WorkPlan.model_validate(kept)
    assert again == made
    assert again.plan_hash == made.plan_hash


def test_installed_extras_names_what_can_be_found() -> None:
    class Here(Network):
        needs_module = "numpy"

    assert installed_extras(FIELD) == frozenset()
    assert installed_extras([*FIELD, Here()]) == {"deep"}
