"""``needs``: what it asks, who competes, what counts, what its reader sees first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pilothouse.checks import check_scenario
from pilothouse.messages import LANGUAGES
from pilothouse.scenarios.needs import Needs, NeedsOptions
from pilothouse.steps.decide.facts import Facts, Goal, Kept, Plain
from pilothouse.steps.decide.phrases import WIDTH, columns
from pilothouse.steps.decide.rules import Case, judge
from pilothouse.steps.decide.screen import compose
from pilothouse.steps.prepare.needs import UNKNOWN
from pilothouse.types import Answers, Column, Data, Kind, Questions, Role, Table
from pilothouse.types.evidence import Estimate, Interval


@pytest.mark.parametrize("check", [pytest.param(check, id=name) for name, check in check_scenario(Needs)])
def test_scenario_keeps_its_promises(check: Callable[[], None]) -> None:
    check()


def rows() -> Data:
    texts = np.array([f"text {n}" for n in range(6)], dtype=object)
    described = (Column("text", Kind.TEXT, Role.TEXT), Column("label", Kind.NUMBER, Role.TARGET))
    return Data({"rows": Table(described, {"text": texts, "label": np.array([0, 1, 0, 1, -1.0, -1.0])})})


def answers(match: list[float]) -> Answers:
    values = np.array(match)
    return Answers({"need": values * 0, "match": values, "agreement": values - 0.5, "sorted": values > 0.5})


def test_a_question_is_a_text_and_its_label_is_hidden() -> None:
    asked = Needs(NeedsOptions()).questions(rows())
    assert asked.requests.names == ("text",) and asked.kind == "needs"
    assert (np.asarray(asked.truth) == UNKNOWN).sum() == 2


def test_what_counts_is_the_mean_share_of_others_that_fit_less_well() -> None:
    scenario = Needs(NeedsOptions())
    asked = scenario.questions(rows())
    said = answers([0.2, 0.4, 0.6, 0.8, 1.0, 0.6])
    scores = scenario.measure(asked, said)
    assert scores.primary == "match" and scores.values["match"] == pytest.approx(0.6)
    assert list(scores.values) == ["match", "agreement", "sorted"] and all(scores.higher_is_better.values())
    weight = np.array([[0, 0, 0, 0, 2, 0], [1, 1, 0, 0, 0, 0]], dtype=float)
    assert scenario.measure(asked, said, weight).values["match"] == pytest.approx([1.0, 0.3])
    assert scenario.outcomes(asked) == 6 and scenario.slices(asked, ("text",)) == ()


def test_candidates_stand_from_simple_to_dear_and_all_keep_the_users_limit() -> None:
    found = Needs(NeedsOptions(most_needs=7)).candidates(rows())
    assert [c.name for c in found] == ["keywords", "factors", "aspects", "meanings", "told"]
    assert {getattr(c, "most", None) for c in found} == {7}
    assert [c.needs_llm for c in found] == [False] * 4 + [True]


def screen(low: float, high: float) -> Any:
    middle = (low + high) / 2
    case = Case(
        gain=middle,
        low=low,
        high=high,
        smallest=0.01,
        rows=2000,
        outcomes=2000,
        p_corrected=0.001,
        low_99_fold=low,
        low_99_test=low,
        value_low=None,
        curve_high=None,
        curve_smallest=0.01,
    )
    estimate = Estimate(0.7512, Interval(0.7389, 0.7634))
    plain = Plain(estimate, Estimate(0.6312, Interval(0.62, 0.64)), Estimate(middle, Interval(low, high)))
    goal, kept = Goal("", "needs"), Kept(2000, 0, 2000)
    return compose(Facts(judge(case), goal, kept, plain, Needs.counted, "shop voice", 10_000))


@pytest.mark.parametrize(("low", "high"), [(0.11, 0.13), (-0.02, 0.02), (-0.13, -0.11)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_first_screen_fits_and_names_guessing(language: Any, low: float, high: float) -> None:
    lines = [line.text(language) for line in screen(low, high).lines]
    assert max(columns(line) for line in lines) <= WIDTH
    assert any("75" in line for line in lines) and any("50" in line for line in lines)


def test_without_money_it_is_never_more_than_a_pilot_and_people_are_asked_to_read() -> None:
    found = screen(0.11, 0.13)
    assert "PILOT" in found.headline.text("en")
    assert "read" in found.action.next.text("en") and found.action.command == "pilothouse report shop voice"


def test_questions_can_be_cut() -> None:
    cut = Needs(NeedsOptions()).questions(rows()).take(np.array([1, 2]))
    assert isinstance(cut, Questions) and cut.requests.rows == 2
