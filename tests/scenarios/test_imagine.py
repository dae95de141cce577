"""``imagine``: what it asks, who competes, what counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import LANGUAGES
from pilothouse.models.generators.baselines import CopierModel, GaussianModel
from pilothouse.pipeline.begin import make_scenario
from pilothouse.product import UseCaseSettings
from pilothouse.scenarios.imagine import Imagine, real_of
from pilothouse.steps.decide.facts import Facts, Goal, Kept, Plain
from pilothouse.steps.decide.phrases import WIDTH, columns
from pilothouse.steps.decide.rules import Case, judge
from pilothouse.steps.decide.screen import compose
from pilothouse.types import Answers, Context
from pilothouse.types.evidence import Estimate, Interval

pytest.importorskip("torch", reason="needs the extra deep")


def scenario_of(**options: object) -> Any:
    return make_scenario(UseCaseSettings(scenario="imagine", table="rows", options=dict(options)))


@pytest.fixture(scope="module")
def ready() -> Any:
    table = next(iter(Imagine.examples())).table
    return scenario_of().prepare({"rows": table}, Pseudonyms(b"a key for checks"), True)


@pytest.fixture(scope="module")
def judged(ready: Any) -> Any:
    scenario, aside = scenario_of(), ready.split.test
    questions = scenario.questions(ready.data).take(aside)
    data = ready.data.take(ready.split.train)
    answers = {}
    for kind in (GaussianModel, CopierModel):
        answers[kind.kind] = kind().fit(data, Context()).predict(questions.requests, Context())
    return scenario, questions, answers


def test_questions_are_seeds_and_their_kind_is_pictures(ready: Any) -> None:
    asked = scenario_of().questions(ready.data)
    assert asked.requests.names == ("seed",) and asked.kind == "pictures"
    assert len(set(asked.requests["seed"].tolist())) == asked.requests.rows
    assert asked.take(ready.split.test).kind == "pictures"


def test_the_copier_has_the_better_pictures_and_loses(judged: Any) -> None:
    scenario, questions, answers = judged
    copier, gaussian = (scenario.measure(questions, answers[n]).values for n in ("copier", "gaussian"))
    assert copier["raw_distance"] < gaussian["raw_distance"]
    assert copier["distance"] > gaussian["distance"]
    assert scenario.figure(questions, answers["copier"]).sum() == 0


def test_real_pictures_would_be_near_the_floor(judged: Any) -> None:
    scenario, questions, answers = judged
    real = real_of(questions)
    perfect = Answers({"features": real.features, "gap": real.gap})
    found = scenario.measure(questions, perfect).values
    assert found["distance"] == pytest.approx(0.0, abs=1e-6)
    assert found["looks_real"] == found["variety"] > 0.5
    assert scenario.measure(questions, answers["gaussian"]).values["distance"] > 1.0


def test_figures_of_unasked_questions_stay_unknown(judged: Any) -> None:
    scenario, questions, answers = judged
    holes = {name: values.copy() for name, values in answers["gaussian"].values.items()}
    for values in holes.values():
        values[::2] = np.nan
    found = scenario.figure(questions, Answers(holes))
    assert np.isnan(found[::2]).all() and np.isfinite(found[1::2]).all()


def test_a_longer_budget_trains_longer(ready: Any) -> None:
    short, long = (scenario_of(time_budget_s=s).candidates(ready.data) for s in (5.0, 5_000.0))
    assert [c.name for c in short] == ["gaussian", "copier", "vae", "gan"]
    assert [c.is_stand_in for c in short] == [True, True, False, False]
    assert all(a.epochs < b.epochs for a, b in zip(short[2:], long[2:], strict=True))


def test_the_first_screen_speaks_of_pictures_and_asks_people_to_look() -> None:
    def estimate(value: float, low: float, high: float) -> Estimate:
        return Estimate(value, Interval(low, high))

    case = Case(
        gain=800.0,
        low=700.0,
        high=900.0,
        smallest=45.0,
        rows=2_000,
        outcomes=2_000,
        p_corrected=0.001,
        low_99_fold=1.0,
        low_99_test=1.0,
        value_low=None,
        curve_high=None,
        curve_smallest=45.0,
    )
    facts = Facts(
        ruling=judge(case),
        goal=Goal("", "pictures"),
        kept=Kept(2_000, 0, 2_000),
        plain=Plain(estimate(0.78, 0.76, 0.8), estimate(0.02, 0.01, 0.03), estimate(0.76, 0.74, 0.78)),
        subject=Imagine.counted,
        place="DIR digits",
        rows=60_000,
    )
    screen = compose(facts)
    assert facts.ruling.code == "pilot"  # however good: without values never more
    lines = [line.text("en") for line in screen.lines]
    assert lines[:3] == [
        "PILOT  Test first: draws pictures like yours; what that is worth is not known.",
        "Of 100 pictures it draws, 78 pass for real and are new (76 to 80).",
        "The plain baseline: 2; 76 more per 100 (likely 74 to 78).",
    ]
    assert "people look" in screen.action.next.text("en") and "两个人看" in screen.action.next.text("zh")
    for line in (*screen.lines, screen.boss):
        assert all(columns(line.text(language)) <= WIDTH for language in LANGUAGES) or line is screen.boss


def test_nothing_can_be_priced_so_no_figure_yields_go() -> None:
    assert not Imagine.value_type.model_fields
    assert scenario_of().assumptions(None, 0, "CNY") is None
