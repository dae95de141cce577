"""``recommend`` before anything is learnt: what it asks, who competes, what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilothouse.errors import BadOption, MissingColumn
from pilothouse.guards.personal import Pseudonyms
from pilothouse.pipeline.begin import make_scenario
from pilothouse.product import UseCaseSettings
from pilothouse.scenarios.recommend import ASKED, TRUTH, Recommend
from pilothouse.steps.decide.assumptions import Rivals
from pilothouse.steps.decide.facts import Plain
from pilothouse.types import Kind, Role
from pilothouse.types.evidence import Estimate, Interval

FILMS, BOUGHT = (example.table for example in Recommend.examples())


def scenario_of(**options: object) -> Recommend:
    made = make_scenario(UseCaseSettings(scenario="recommend", table="rows", options=dict(options)))
    assert isinstance(made, Recommend)
    return made


def prepare(table: Any = FILMS, **options: object) -> Any:
    return scenario_of(**options).prepare({"rows": table}, Pseudonyms(b"a key for checks"), True)


@pytest.fixture(scope="module")
def ready() -> Any:
    return prepare()


def test_questions_hold_no_truth_and_models_learn_from_no_question(ready: Any) -> None:
    data, scenario = ready.data, scenario_of()
    asked = scenario.questions(data)
    assert TRUTH not in asked.requests and asked.kind == "ranking"
    assert ASKED not in data.take(ready.split.train).tables
    own = asked.requests["history"]
    truths = [{int(c) for c in words.split("|")[0].split()} for words in np.asarray(asked.truth)]
    assert all(truths) and not any(t & set(h.tolist()) for t, h in zip(truths, own, strict=True))
    picked = scenario.questions(data.pick(ready.split.test))
    assert picked.requests.rows == len(ready.split.test)
    assert picked.truth.tolist() == asked.truth[ready.split.test].tolist()


def test_known_holds_what_measuring_needs_as_plain_values(ready: Any) -> None:
    known = scenario_of().questions(ready.data).known
    assert known["items"] == 40 and sum(known["counts"]) == ready.data.rows
    assert isinstance(known["counts"], list)
    assert set(known["category"]) == {0, 1, 2, 3}
    genre = ready.data.tables["items"]["genre"]
    assert [f"genre {code}" for code in known["category"]] == genre.tolist()


def test_people_are_grouped_by_what_they_took_before(ready: Any) -> None:
    requests = scenario_of().questions(ready.data).requests
    sizes = np.array([len(h) for h in requests["history"]])
    groups = requests["items_before"]
    assert requests.column("items_before").kind is Kind.CATEGORY
    middle = int(np.median(sizes[sizes > 0]))
    assert (groups[sizes == 0] == "0").all()
    assert (groups[(sizes > 0) & (sizes <= middle)] == f"1–{middle}").all()
    assert (groups[sizes > middle] == f"{middle + 1}+").all()
    assert "items_before" in scenario_of().slices(scenario_of().questions(ready.data), ())


def test_lately_competes_only_where_times_are_known(ready: Any) -> None:
    untimed = [c.name for c in scenario_of().candidates(prepare(BOUGHT).data)]
    timed = [c.name for c in scenario_of().candidates(ready.data)]
    assert set(timed) - set(untimed) == {"lately"}
    assert timed[-1] == "mixture"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"cap": 1, "cap_column": "colour"}, MissingColumn),
        ({"cap": 1}, BadOption),
        ({"worth": "margin"}, MissingColumn),
        ({"worth": "genre"}, BadOption),
        ({"boost": {"colour=red": 1.0}}, MissingColumn),
    ],
)
def test_rule_that_cannot_hold_is_refused_before_anything_is_learnt(
    options: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        prepare(**options)


def test_rule_that_names_nothing_is_told() -> None:
    made = prepare(exclude=["F9999", "F0001"], boost={"genre=none such": 1.0})
    told = [n for n in made.notes if n.key == "recommend.unheard"]
    assert len(told) == 1
    for language in ("en", "zh"):
        assert "F9999, genre=none such" in told[0].text(language)
        assert "F0001" not in told[0].text(language)


def test_trial_shows_two_lists_to_two_halves() -> None:
    def about(value: float) -> Estimate:
        return Estimate(value, Interval(value - 0.01, value + 0.01))

    better = scenario_of().trial(Plain(about(0.3), about(0.2), about(0.1)), None)
    assert better is not None and (better.control, better.treated) == (0.2, 0.3)
    assert scenario_of().trial(Plain(about(0.2), about(0.3), about(-0.1)), None) is None


def test_money_counts_hits(ready: Any) -> None:
    use = UseCaseSettings(scenario="recommend", table="rows", value={"hit": 2, "volume": 1_000})
    scenario = make_scenario(use)
    assert isinstance(scenario, Recommend)
    questions = scenario.questions(ready.data)
    assumed = scenario.assumptions(questions, 1, "CNY")
    assert assumed is not None
    hit = np.array([1.0] * 30 + [0.0] * 70)
    less = np.array([1.0] * 20 + [0.0] * 80)
    found = scenario.money(Rivals(np.zeros(100), hit, less, np.arange(100)), assumed, None, 0, 100)
    assert found.gain.value == pytest.approx(1_000 * 0.1 * 2)
    assert scenario_of().assumptions(questions, 1, "CNY") is None


def test_needs_users_and_items() -> None:
    assert Recommend.needs == (Role.USER, Role.ITEM) and not Recommend.rows_are_asked
