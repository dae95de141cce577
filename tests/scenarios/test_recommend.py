"""``recommend`` before anything is learnt: what it asks, who competes, what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import small_events
from pilothouse.errors import BadOption, MissingColumn
from pilothouse.guards.personal import Pseudonyms
from pilothouse.models.behaviour import Behaviour
from pilothouse.models.networks.sequence import SequenceShape, sequence
from pilothouse.models.pretraining import Backbone
from pilothouse.models.rankers.attention import Attention, Started
from pilothouse.models.rankers.popularity import Popular
from pilothouse.pipeline.begin import make_scenario
from pilothouse.product import UseCaseSettings
from pilothouse.scenarios.recommend import ASKED, TRUTH, Recommend
from pilothouse.steps.decide.assumptions import Rivals
from pilothouse.steps.decide.facts import Plain
from pilothouse.types import Context, Kind, Role, Shape
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


def test_a_second_sequence_model_starts_from_a_backbone(ready: Any, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    items = ready.data.tables["items"]
    shape = SequenceShape(items.rows, width=8, blocks=1, window=6)
    words = [str(one) for one in items[items.names[0]]]
    Backbone.of("sequence", shape, sequence(shape), {"items": words}).save(tmp_path / "kept")
    named = scenario_of(backbone=str(tmp_path / "kept")).candidates(ready.data)
    assert {c.name for c in named} - {c.name for c in scenario_of().candidates(ready.data)} == {
        "attention_started"
    }
    with pytest.raises(BadOption):
        scenario_of(backbone=str(tmp_path)).candidates(ready.data)
    with pytest.raises(BadOption, match="0%"):
        scenario_of(backbone=str(tmp_path / "kept")).candidates(prepare(BOUGHT).data)


def test_what_predict_learnt_of_events_lends_its_items(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    told = small_events.prepared(60).data
    Behaviour.of(told, 1e6).build({"width": 8, "blocks": 1, "epochs": 2}).learn_backbone(
        told, Context()
    ).save(tmp_path / "kept")
    bought = small_events.town(60)[1].select(["who", "at", "sku"])
    made = prepare(bought, repeats=True)
    started = scenario_of(backbone=str(tmp_path / "kept"), repeats=True).candidates(made.data)[-2]
    assert isinstance(started, Started) and started.start is not None
    assert {f"I{number}" for number in range(12)} == {*started.start.words}
    fitted = started.build({"epochs": 1}).fit(made.data, Context())
    assert fitted.shape.width == 8 and np.isfinite(fitted.scores(made.known)).all()


def test_a_run_keeps_a_backbone_whoever_wins(ready: Any, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    winner = Popular(ready.data.tables["items"].rows, False).build({}).fit(ready.data, Context())
    plain = scenario_of().release(winner, winner, ready)
    assert plain.backbone is None
    scenario = scenario_of(keep_backbone=True, time_budget_s=20.0)
    scenario.release(winner, winner, ready).save(tmp_path / "model")
    assert isinstance(Recommend.load(tmp_path / "model").winner, type(winner))
    other = scenario_of(backbone=str(tmp_path)).candidates(ready.data)
    assert "attention_started" in {c.name for c in other}
    huge = Shape(10**9, 0, 0, 0, users=10**6, items=10**6)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pilothouse.scenarios.recommend.shape_of", lambda table: huge)
        with pytest.raises(BadOption):
            scenario.candidates(ready.data)


def test_panels_tell_how_a_network_learnt_and_of_others_nothing(ready: Any) -> None:
    pytest.importorskip("torch")
    rows, items = ready.data, ready.data.tables["items"].rows
    network = Attention(items, False, 1).build({"width": 8, "blocks": 1}).fit(rows, Context())
    popular = Popular(items, False).build({}).fit(rows, Context())
    scenario = scenario_of()
    questions = scenario.questions(rows)
    found = [scenario.panels(scenario.release(m, popular, ready), questions, {}) for m in (network, popular)]
    assert len(found[0]) == 2 and found[1] == []
    assert "SASRec" in found[0][0].title.text("en")


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
