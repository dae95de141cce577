from __future__ import annotations

import csv
from types import SimpleNamespace

import numpy as np
import pytest

from pilothouse.errors import BadOption, BadTable
from pilothouse.experiment.plan import assign, plan_experiment, write_assignment
from pilothouse.runs.record import (
    Figure,
    FlaggedRecord,
    RunRecord,
    Said,
    TargetRecord,
    ValueRecord,
    VerdictRecord,
)
from pilothouse.steps.decide.trial import design_showing, design_trial

SAID = Said(key="decide.head_no_go", zh="。", en=".")


def record(code="pilot", success=0.1, **changes):
    """A run's record with the fields that a plan reads; the rest is not validated."""
    verdict = VerdictRecord(
        code=code, headline=SAID, reasons=[], next=SAID, would_change=SAID, command="", boss=SAID, rules={}
    )
    some = Figure(value=0.0)
    given = {
        "use_case": "churn",
        "run_id": "r1",
        "verdict": verdict,
        "target": TargetRecord(name="churned", kind="binary"),
        "flagged": FlaggedRecord(
            share=1000 / 7043,
            count=200,
            threshold=0.5,
            winner=Figure(value=0.7),
            baseline=Figure(value=0.59),
            extra=Figure(value=0.11),
            set_by="capacity",
        ),
        "value": ValueRecord(
            currency="CNY",
            per="month",
            winner=some,
            baseline=some,
            gain=some,
            assumptions={"success": [0.05, success, 0.2], "volume": [7043.0] * 3},
            break_even=20 / 420,
            matters_most=None,
            smallest_gain=1.0,
            positive_over_range=True,
            effect="assumed",
        ),
    }
    return RunRecord.model_construct(**{**given, **changes})


def english(plan):
    return [line.text("en") for line in plan.lines]


def test_plan_takes_its_size_from_the_runs_own_figures():
    plan = plan_experiment(record())
    assert plan.trial == design_trial(0.7, 0.1, 20 / 420, 1000.0)
    assert "Act on 2,100 flagged at random and leave 2,100 alone: 4,200 in all." in english(plan)
    assert "Length: about 5 months, plus the time in which the outcome shows." in english(plan)
    assert "Go if the success rate and its range stay above 4.8%; stop if below." in english(plan)
    assert all(line.text("zh") for line in plan.lines)


def test_plan_equals_the_screens_size():
    assert plan_experiment(record()).trial.arm == 2100


def test_more_power_needs_more_rows():
    assert plan_experiment(record(), power=0.95).trial.arm > plan_experiment(record()).trial.arm


def test_assumed_success_below_break_even_is_said():
    lines = english(plan_experiment(record(success=0.04)))
    assert any(line.startswith("You assume 4%, which would not pay") for line in lines)


def test_plan_without_values_says_what_it_took():
    lines = english(plan_experiment(record(value=None)))
    assert any("10% is taken" in line for line in lines)
    assert not any(line.startswith("Length") for line in lines)


def test_plan_against_the_verdict_says_so():
    assert english(plan_experiment(record("no_go")))[0].startswith("Note: the verdict")


@pytest.mark.parametrize("changes,power", [({"flagged": None}, 0.8), ({}, 1.0), ({}, 0.2)])
def test_plan_that_cannot_be_made_is_refused_with_a_fix(changes, power):
    with pytest.raises(BadOption) as caught:
        plan_experiment(record(**changes), power=power)
    assert caught.value.fix is not None


def lists(code="pilot", hits=(0.2, 0.24), value=True, **changes):
    """A run's record of lists: what a plan reads of it."""
    known = record(code).value.model_copy(
        update={"assumptions": {"hit": [1.0] * 3, "added": [1.0] * 3, "volume": [1000.0] * 3}}
    )
    rates = dict(zip(("neighbours", "winner"), hits, strict=True))
    given = {
        "target": TargetRecord(name="film", kind="ranking"),
        "flagged": None,
        "value": known if value else None,
        "baseline": {"name": "neighbours"},
        "winner": "ease",
        "metrics": {"test": {name: {"hit_rate": Figure(value=rate)} for name, rate in rates.items()}},
    }
    return record(code, **{**given, **changes})


def test_plan_of_lists_shows_one_to_each_half():
    plan = plan_experiment(lists())
    assert plan.trial == design_showing(0.2, 0.24, 1000.0)
    arm = plan.trial.arm
    assert plan.break_even is None
    lines = english(plan)
    assert any(f"{arm:,}" in line and f"{2 * arm:,}" in line for line in lines)
    assert any("20%" in line and "24%" in line for line in lines)
    assert any(line.startswith("Length: about") for line in lines)
    assert all(line.text("zh") for line in plan.lines)


def test_plan_of_lists_without_values_has_no_length():
    plan = plan_experiment(lists(value=False))
    assert plan.trial.periods is None
    assert not any(line.startswith("Length") for line in english(plan))


def test_plan_of_lists_that_are_nearly_alike_needs_many_more_people():
    assert plan_experiment(lists(hits=(0.2, 0.21))).trial.arm > 10 * plan_experiment(lists()).trial.arm


def test_plan_of_lists_heeds_the_power_asked_for():
    plan = plan_experiment(lists(), power=0.95)
    assert plan.trial.power == 0.95 and plan.trial.arm > plan_experiment(lists()).trial.arm


def test_plan_of_lists_against_the_verdict_says_so():
    assert english(plan_experiment(lists("no_go")))[0].startswith("Note: the verdict")


@pytest.mark.parametrize("hits", [(0.24, 0.2), (0.2, 0.2), (0.0, 0.1)])
def test_lists_that_are_no_better_are_not_tried(hits):
    with pytest.raises(BadOption) as caught:
        plan_experiment(lists(hits=hits))
    assert caught.value.fix is not None


def trial(arm):
    return SimpleNamespace(arm=arm)


def test_groups_are_equal_random_and_repeatable():
    ids = [f"c{i}" for i in range(1000)]
    groups = assign(ids, trial(300), 7)
    assert groups == assign(ids, trial(300), 7) != assign(ids, trial(300), 8)
    assert [name for name, _ in groups] == ids[:600]
    acted = np.array([group == "act" for _, group in groups])
    assert acted.sum() == 300
    assert (acted.reshape(-1, 2).sum(axis=1) == 1).all()
    assert 110 <= acted[::2].sum() <= 190  # a fair coin for each pair


def test_each_id_is_in_one_group_only():
    groups = assign(["a", "b", "a", "c"], trial(10), 0)
    assert [name for name, _ in groups] == ["a", "b", "c"]


def test_assignment_file_is_safe_in_a_spreadsheet(tmp_path):
    path = tmp_path / "assignment.csv"
    write_assignment(path, "=客户", assign(["=cmd|' /C calc'!A0", "00123", "张三", "-5"], trial(2), 0))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["'=客户", "group"]
    assert [r[0] for r in rows[1:]] == ["'=cmd|' /C calc'!A0", "00123", "张三", "-5"]
    assert {r[1] for r in rows[1:]} == {"act", "leave"}


def test_one_id_cannot_be_parted(tmp_path):
    with pytest.raises(BadTable):
        write_assignment(tmp_path / "a.csv", "id", assign(["a"], trial(5), 0))
    assert not list(tmp_path.iterdir())
