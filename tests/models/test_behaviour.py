"""The behaviour model on a town where only the order of events tells."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from pilothouse.models.behaviour import Behaviour, BehaviourModel  # noqa: E402
from pilothouse.models.shelf import load_model, save_model  # noqa: E402
from pilothouse.models.target import Target  # noqa: E402
from pilothouse.steps.evaluate.metrics_binary import auc  # noqa: E402
from pilothouse.steps.prepare.supervise import Prepared  # noqa: E402
from pilothouse.steps.train.fitting import keep_columns  # noqa: E402
from pilothouse.types import Column, Context, Kind, Role, Shape, Table  # noqa: E402
from small_events import prepared  # noqa: E402

SHAPE = Shape(rows=1_000, numbers=20, categories=0, classes=2)


@pytest.fixture(scope="module")
def made() -> Prepared:
    return prepared(360)


@pytest.fixture(scope="module")
def model(made: Prepared) -> BehaviourModel:
    candidate = replace(Behaviour.of(made.data, 1e6), epochs=40)
    return candidate.build({"width": 24, "blocks": 1}).fit(made.data.take(np.arange(280)), Context())


def ask(made: Prepared) -> Table:
    return made.data.table.take(np.arange(280, 360)).drop(["left"])


def test_it_reads_the_order_of_events(made: Prepared, model: BehaviourModel) -> None:
    said = model.predict(ask(made), Context())["probability"]
    assert auc(made.truth[280:], said[:, 1]) > 0.85
    assert {"events", "outcome"} == set(model.trained)
    assert [t.trained.epochs > 0 for t in model.taught] == [True, True]


def test_one_row_is_answered_like_many(made: Prepared, model: BehaviourModel) -> None:
    whole = model.predict(ask(made), Context())["probability"]
    alone = model.predict(ask(made).take(slice(3, 4)), Context())["probability"]
    np.testing.assert_allclose(alone[0], whole[3], atol=1e-5)
    assert model.described(ask(made)).shape == (80, 48)


def test_saved_and_sent_it_says_the_same(made: Prepared, model: BehaviourModel, tmp_path: Path) -> None:
    said = model.predict(ask(made), Context())["probability"]
    save_model(model, tmp_path)
    for other in (load_model(tmp_path), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other.predict(ask(made), Context())["probability"], said)
        assert other.trained == model.trained


def test_the_same_seed_gives_the_same_answers_and_checkpoints_resume(made: Prepared, tmp_path: Path) -> None:
    data = made.data.take(np.arange(60))
    build = {"width": 8, "blocks": 1, "epochs": 2}
    context = Context(seed=5, checkpoints=tmp_path)
    answers = [
        Behaviour.of(data, 1e6).build(build).fit(data, one).predict(ask(made), one)["probability"]
        for one in (Context(seed=5), context, context)
    ]
    np.testing.assert_array_equal(answers[0], answers[1])
    np.testing.assert_array_equal(answers[0], answers[2])


def test_numbers_and_classes_are_answered() -> None:
    table = prepared(80).data.table
    random = np.random.default_rng(0)
    spent = table.put(Column("left", Kind.NUMBER, Role.TARGET, distinct=80), 100 + 30 * random.random(80))
    three = np.array(["a", "b", "c"], dtype=object)[random.integers(0, 3, 80)]
    column = replace(table.column("left"), classes=("a", "b", "c"), distinct=3)
    for one in (spent, table.put(column, three)):
        data = prepared(80).data.with_table(one)
        built = Behaviour(Target.of(one), 16).build({"width": 8, "blocks": 1, "epochs": 2})
        said = built.fit(data, Context()).predict(one.drop(["left"]), Context())
        if "prediction" in said.values:
            assert 100 < said["prediction"].mean() < 130
        else:
            np.testing.assert_allclose(said["probability"].sum(axis=1), 1.0)


def test_epochs_come_from_the_budget_and_too_little_declines() -> None:
    data = prepared(240).data
    shape = Shape(rows=data.rows, numbers=20, categories=0, classes=2)
    rich, poor = Behaviour.of(data, 1e6), Behaviour.of(data, 30.0)
    assert rich.epochs > poor.epochs >= 4
    assert rich.cost(shape).seconds > poor.cost(shape).seconds
    huge = replace(shape, rows=10_000_000)
    assert rich.feasible(shape, 60.0) is None
    assert rich.feasible(huge, 60.0) is not None


def test_pasts_without_an_outcome_are_learnt_from() -> None:
    some = prepared(200, known=0.5).data
    assert some.tables["unlabelled"].rows > 60
    build = {"width": 8, "blocks": 1, "epochs": 2}
    with_them = Behaviour.of(some, 1e6).build(build).fit(some, Context())
    without = Behaviour.of(some, 1e6).build({**build, "scratch": True}).fit(some, Context())
    assert "events" in with_them.trained and "events" not in without.trained
    assert Behaviour.of(some, 1e6).pasts == some.tables["unlabelled"].rows


def test_where_the_past_was_taken_out_the_other_columns_answer(made: Prepared) -> None:
    plain = made.data.with_table(keep_columns(made.data.table, ("age", "events_days_since_action_ask")))
    assert not plain.table.of_role(Role.PAST)
    build = {"width": 8, "blocks": 1, "epochs": 4}
    fitted = BehaviourModel(Target.of(plain.table), build).fit(plain, Context())
    said = fitted.predict(plain.table.drop(["left"]), Context())["probability"]
    assert np.isfinite(said).all() and np.ptp(said[:, 1]) > 0


def test_a_backbone_starts_another_question_over_the_same_kind_of_events(
    made: Prepared, model: BehaviourModel, tmp_path: Path
) -> None:
    model.backbone().save(tmp_path / "kept")
    other = prepared(60)  # its own numbers for the same words
    started = Behaviour.of(other.data, 1e6, tmp_path / "kept")
    assert started.cost(SHAPE).seconds < Behaviour.of(other.data, 1e6).cost(SHAPE).seconds
    built = started.build({"epochs": 2})
    fitted = built.fit(other.data, Context())
    assert set(fitted.trained) == {"outcome"} and fitted.shape == model.shape and fitted.start is None
    assert fitted.reading is not None and model.reading is not None
    assert fitted.reading.type_words == model.reading.type_words
    fresh = Behaviour.of(other.data, 1e6).build({"epochs": 2, "width": 24, "blocks": 1, "scratch": True})
    early = fresh.fit(other.data, Context())
    asked = ask(made)
    said, plain = (m.predict(asked, Context())["probability"][:, 1] for m in (fitted, early))
    assert auc(made.truth[280:], said) > auc(made.truth[280:], plain)
