import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from pilothouse.models.rule import Rule
from pilothouse.models.target import Target
from pilothouse.types import Column, Context, Data, Kind, Role, Shape, Table


def test_rule_finds_the_column_and_its_direction(make_shop):
    data, target = make_shop()
    data = data.with_table(data.table.drop(["since"]))
    model = Rule(target).build({}).fit(data, Context())
    assert model.column == "tenure"
    assert model.sentence().text("en") == "Flag those with the lowest tenure first."
    assert "tenure" in model.sentence().text("zh")


def test_rule_ignores_a_column_of_many_levels_that_only_memorises():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 400)
    codes = np.array([f"c{i}" for i in range(400)], dtype=object)
    weak = truth + rng.normal(size=400) * 2
    outcome = np.array(["no", "yes"], dtype=object)[truth]
    columns = (
        Column("code", Kind.CATEGORY),
        Column("weak", Kind.NUMBER),
        Column("y", Kind.CATEGORY, Role.TARGET),
    )
    data = Data({"rows": Table(columns, {"code": codes, "weak": weak, "y": outcome})})
    assert Rule(Target("y", "binary", ("no", "yes"))).build({}).fit(data, Context()).column == "weak"


def test_rule_score_is_close_to_the_score_on_new_rows(make_shop):
    learn, target = make_shop(2000, seed=1)
    new, _ = make_shop(4000, seed=2)
    model = Rule(target).build({}).fit(learn, Context())
    said = model.predict(new.table, Context())["probability"][:, 1]
    assert abs(roc_auc_score(target.truth(new.table), said) - model.score) < 0.03


def test_rule_by_level_names_the_likeliest_levels(make_shop):
    data, target = make_shop(2000)
    data = data.with_table(data.table.drop(["since", "tenure", "luck"]))
    assert Rule(target).build({}).fit(data, Context()).sentence().text("en") == (
        "Flag those whose city is 上海, Quito first."
    )


@pytest.mark.parametrize("kind", ["classes", "number"])
def test_rule_beats_the_constant_on_other_targets(kind, make_shop):
    data, target = make_shop(1500, kind=kind)
    model = Rule(target).build({}).fit(data, Context())
    truth = target.truth(data.table)
    if kind == "number":
        constant = -np.abs(truth - np.median(truth)).mean()
    else:
        shares = np.bincount(truth) / len(truth)
        constant = float(np.log(shares[truth]).mean())
    assert model.column in ("tenure", "since") and model.score > constant
    assert model.sentence().text("zh") != model.sentence().text("en")


@pytest.mark.parametrize("kind", ["binary", "classes", "number"])
def test_rule_save_load_keeps_answers_and_sentence(kind, make_shop, tmp_path):
    data, target = make_shop(kind=kind)
    model = Rule(target).build({}).fit(data, Context())
    model.save(tmp_path)
    again = type(model).load(tmp_path)
    for name, values in model.predict(data.table, Context()).values.items():
        np.testing.assert_array_equal(values, again.predict(data.table, Context())[name])
    assert again.sentence() == model.sentence()


def test_rule_without_columns_declines_and_still_answers(make_shop, tmp_path):
    data, target = make_shop()
    bare = data.with_table(data.table.select(["outcome"]))
    assert Rule(target).feasible(Shape(10, 0, 0, 2), 1.0) is not None
    model = Rule(target).build({}).fit(bare, Context())
    said = model.predict(bare.table, Context())["probability"]
    np.testing.assert_allclose(said[:, 1], target.truth(data.table).mean())
    model.save(tmp_path)
    again = type(model).load(tmp_path).predict(bare.table, Context())["probability"]
    np.testing.assert_array_equal(again, said)
