"""``answer``: what it asks, who competes, what counts, what may be shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse import pipeline
from pilothouse.checks import check_scenario
from pilothouse.errors import Refused
from pilothouse.models.retrieval.answerer import AnswerModel, How
from pilothouse.pipeline.begin import make_scenario
from pilothouse.pipeline.releases import fit_to_ship
from pilothouse.product import ProductSettings, TableSettings, UseCaseSettings, create
from pilothouse.scenarios.answer import Answer
from pilothouse.steps.decide.facts import Facts, Goal, Kept, Plain
from pilothouse.steps.decide.phrases import WIDTH, columns
from pilothouse.steps.decide.rules import Case, judge
from pilothouse.steps.decide.screen import compose
from pilothouse.steps.deploy.tables import write_table
from pilothouse.types import Context
from pilothouse.types.evidence import Estimate, Interval


@pytest.mark.parametrize("check", [pytest.param(c, id=n) for n, c in check_scenario(Answer)])
def test_answer_satisfies(check: Any) -> None:
    check()


def scenario_of(**value: object) -> Any:
    return make_scenario(UseCaseSettings(scenario="answer", table="rows", value=dict(value)))


@pytest.fixture(scope="module")
def judged() -> Any:
    from pilothouse.guards.personal import Pseudonyms

    scenario = scenario_of(ticket=10.0, mistake=4.0)
    *_, english = Answer.examples()
    ready = scenario.prepare({"rows": english.table}, Pseudonyms(b"a key for checks"), True)
    questions = scenario.questions(ready.data)
    models = [AnswerModel(How(d)).fit(ready.data, Context()) for d in ("learnt", "never")]
    return scenario, questions, [m.predict(questions.requests, Context()) for m in models], ready


def test_refusing_handles_more_than_always_answering(judged: Any) -> None:
    scenario, questions, answers, _ = judged
    mine, theirs = (scenario.measure(questions, a).values for a in answers)
    assert mine["handled"] > theirs["handled"] + 0.1 and mine["declined_rightly"] > 0.8
    assert (
        mine["hit_1"] == theirs["hit_1"] and scenario.figure(questions, answers[0]).mean() == mine["handled"]
    )


def test_money_is_spared_tickets_less_mistakes(judged: Any) -> None:
    scenario, questions, answers, _ = judged
    rivals = scenario.rivals(questions, answers[0], "first", answers[1])
    assumptions = scenario.assumptions(questions, 0, "EUR")
    money = scenario.money(rivals, assumptions, None, 0, 50)
    count = len(questions.unit)
    for told, found in ((rivals.winner, money.winner), (rivals.baseline, money.baseline)):
        by_hand = count * (np.mean(told == 1) * 10.0 - np.mean(told == -1) * 4.0)
        assert found.value == pytest.approx(by_hand)
    assert money.rates["winner"] == pytest.approx((np.mean(rivals.winner == 1), np.mean(rivals.winner == -1)))


def test_entries_are_counted_and_not_questions(judged: Any) -> None:
    scenario, questions, _, ready = judged
    from dataclasses import replace

    units = replace(questions, unit=ready.split.unit)
    assert scenario.outcomes(units) <= len(set(ready.split.unit.tolist())) < len(questions.unit)


@pytest.mark.parametrize("gain", [0.2, -0.2])
def test_the_screen_fits_and_speaks_of_answers(gain: float) -> None:
    case = Case(
        gain, gain - 0.1, gain + 0.1, 0.01, 300, 120, 0.01, gain - 0.1, gain - 0.1, None, None, 0.01, 1
    )
    plain = Plain(*(Estimate(v, Interval(v - 0.05, v + 0.05)) for v in (0.9, 0.6, gain)))
    facts = Facts(
        judge(case),
        Goal("", "answers"),
        Kept(300, 0, 120),
        plain,
        Answer.counted,
        "shop.pilothouse answer",
        300,
    )
    for line in compose(facts).lines:
        assert max(columns(line.text(language)) for language in ("en", "zh")) <= WIDTH, line.text("en")


def run_of(folder: Path, **options: Any) -> Any:
    *_, english = Answer.examples()
    product = create(folder / "shop", ProductSettings(language="en"))
    roles = write_table(english.table, product.folder / "data" / "rows.parquet")
    product.declare("tables", "rows", TableSettings(source="data/rows.parquet", columns=roles))
    settings = UseCaseSettings(scenario="answer", table="rows", options={"time_budget_s": 1.0, **options})
    product.declare("use_cases", "help", settings)
    *_, last = pipeline.run(product, "help")
    return product, last


def test_the_sheet_goes_round_and_a_worse_winner_is_not_shipped(tmp_path: Path) -> None:
    product, last = run_of(tmp_path)
    sheet = product.outputs("help") / "questions.csv"
    before = sheet.read_text("utf-8-sig")
    assert before.startswith("question,expected,kind,origin")
    sheet.write_text(
        before + "what is the price of a swimming pool ticket,What does the swimming pool cost?,,,\n", "utf-8"
    )
    product.amend("help", {"questions": "outputs/help/questions.csv"}, {}, {})
    *_, again = pipeline.run(product, "help")
    kept = sheet.read_text("utf-8-sig")
    assert "swimming pool ticket,What does the swimming pool cost?,yours,human" in kept
    assert len(kept.splitlines()) == len(before.splitlines()) + 1
    assert again.record.split.test == last.record.split.test + 1
    fit_to_ship(again.folder.path)
    worse = again.folder.get_json("run.json")
    worse["test"]["gain"] = -0.021
    (again.folder.path / "run.json").unlink()
    again.folder.put_json("run.json", worse)
    with pytest.raises(Refused, match=r"2\.1%"):
        pipeline.ship(product, "help", again.record.run_id)
    assert pipeline.ship(product, "help", again.record.run_id, force=True).number == 1
    worse["test"]["gain"] = -0.019
    again.folder.put_json("run.json", worse)
    assert pipeline.ship(product, "help", again.record.run_id).number == 2
