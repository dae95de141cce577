import pickle
from dataclasses import replace

import numpy as np
import optuna
import pytest
from sklearn.metrics import roc_auc_score

from pilothouse.models.boosting import Boosting
from pilothouse.models.target import Target
from pilothouse.types import Context, Shape

FEW = {"trees": 60, "rate": 0.1}


def fitted(make_shop, kind="binary", rows=800, threads=1, **parameters):
    data, target = make_shop(rows, kind=kind)
    return data, target, Boosting(target).build({**FEW, **parameters}).fit(data, Context(threads=threads))


def test_boosting_ranks_new_rows(make_shop):
    _, target, model = fitted(make_shop)
    new, _ = make_shop(2000, seed=9)
    said = model.predict(new.table, Context())["probability"][:, 1]
    assert roc_auc_score(target.truth(new.table), said) > 0.85


@pytest.mark.parametrize("kind", ["binary", "classes", "number"])
def test_boosting_save_load_pickle_and_single_rows_keep_the_answers(kind, make_shop, tmp_path):
    data, _, model = fitted(make_shop, kind)
    model.save(tmp_path)
    whole = model.predict(data.table, Context())
    for again in (type(model).load(tmp_path), pickle.loads(pickle.dumps(model))):
        for name, values in whole.values.items():
            np.testing.assert_array_equal(again.predict(data.table, Context())[name], values)
    for i in range(20):
        alone = model.predict(data.table.take(np.array([i])), Context())
        for name, values in whole.values.items():
            np.testing.assert_allclose(alone[name][0], values[i], rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", ["binary", "classes", "number"])
def test_boosting_figures_do_not_depend_on_threads(kind, make_shop):
    data, _, one = fitted(make_shop, kind, rows=5000)
    _, _, two = fitted(make_shop, kind, rows=5000, threads=2)
    for name, values in one.predict(data.table, Context()).values.items():
        np.testing.assert_array_equal(two.predict(data.table, Context(threads=2))[name], values)


def test_boosting_seed_changes_the_draws_and_nothing_else_does(make_shop):
    data, target = make_shop()
    said = [
        Boosting(target).build(FEW).fit(data, Context(seed=s)).predict(data.table, Context())["probability"]
        for s in (1, 1, 2)
    ]
    np.testing.assert_array_equal(said[0], said[1])
    assert np.abs(said[0] - said[2]).max() > 0


def test_boosting_contributions_add_up_to_the_margin(make_shop):
    data, _, model = fitted(make_shop)
    parts = model.contributions(data.table)
    matrix = model.encoder.matrix(data.table)
    margin = np.mean([b.predict(matrix, raw_score=True) for b in model.boosters], axis=0)
    gap = margin - sum(parts.values())[:, 0]
    assert set(parts) == {"tenure", "luck", "city", "since"}
    np.testing.assert_allclose(gap, gap[0], atol=1e-9)


def test_boosting_contributions_of_classes_have_one_column_each(make_shop):
    data, _, model = fitted(make_shop, "classes")
    assert model.contributions(data.table)["tenure"].shape == (data.rows, 3)


def test_boosting_batches_learn_from_every_row(make_shop):
    data, target, model = fitted(make_shop, rows=3000)

    def batches():
        for start in range(0, data.rows, 700):
            yield data.table.take(slice(start, start + 700))

    again = Boosting(target).build(FEW).fit_batches(batches, Context())
    new, _ = make_shop(2000, seed=9)
    truth = target.truth(new.table)
    scores = [
        roc_auc_score(truth, m.predict(new.table, Context())["probability"][:, 1]) for m in (model, again)
    ]
    assert abs(scores[0] - scores[1]) < 0.01


@pytest.mark.parametrize("rows", [2, 5, 25])
def test_boosting_tiny_tables_are_survived(rows, make_shop):
    data, target = make_shop(rows, seed=3)
    model = Boosting(target).build(FEW).fit(data, Context())
    assert np.isfinite(model.predict(data.table, Context())["probability"]).all()


def test_boosting_space_draws_what_build_understands(make_shop):
    data, _ = make_shop(200)
    _, number = make_shop(200, kind="number")
    trial = optuna.trial.FixedTrial(
        {
            **{"trees": 150, "rate": 1.0, "leaves": 8, "smallest_leaf": 10, "columns_share": 0.5},
            **{"rows_share": 0.8, "ridge": 1.0, "category_ridge": 5.0, "loss": "regression_l1"},
        }
    )
    drawn = Boosting(number).space(trial)
    data, _ = make_shop(200, kind="number")
    assert drawn["rate"] == pytest.approx(0.06)
    model = Boosting(number).build(drawn).fit(data, Context())
    (booster,) = model.boosters  # what is tuned is one booster
    assert booster.num_trees() == 150 and booster.params["objective"] == "regression_l1"


def test_boosting_progress_reaches_the_end(make_shop):
    data, target = make_shop()
    seen = []
    Boosting(target).build(FEW).fit(data, Context(progress=seen.append))
    assert seen == sorted(seen) and seen[-1] == 1.0 and len(seen) == 3 * 60


def test_boosting_declines_without_columns_and_beyond_memory():
    candidate = Boosting(Target("y", "binary", ("n", "y")))
    assert candidate.feasible(Shape(1000, 0, 0, 2), 60.0) is not None
    assert candidate.feasible(Shape(1000, 5, 5, 2), 60.0) is None
    too_big = candidate.feasible(Shape(50_000_000, 40, 0, 2), 1e9)
    assert too_big is not None and "MB" in too_big.text("zh")


@pytest.mark.parametrize("kind", ["binary", "classes", "number"])
def test_a_bag_answers_what_its_boosters_answer_together(kind, make_shop):
    data, _, model = fitted(make_shop, kind)
    (said,) = model.predict(data.table, Context()).values.values()
    alone = [replace(model, boosters=(b,)).predict(data.table, Context()) for b in model.boosters]
    low, high = (f([next(iter(a.values.values())) for a in alone], axis=0) for f in (np.min, np.max))
    assert len(alone) == 3 and ((said >= low - 0.05) & (said <= high + 0.05)).all()
    if kind != "number":
        np.testing.assert_allclose(said.sum(axis=1), 1.0)


def test_a_bag_costs_three_fits_and_many_rows_are_fitted_once():
    candidate = Boosting(Target("y", "binary", ("n", "y")))
    few, many = Shape(5_000, 10, 5, 2), Shape(50_000, 10, 5, 2)
    assert candidate.cost(few).seconds == pytest.approx(3 * candidate.trial_cost(few).seconds)
    assert candidate.cost(many) == candidate.trial_cost(many)
