import pickle

import numpy as np
import pytest
from sklearn.metrics import r2_score, roc_auc_score

from pilothouse.models.linear import Linear, drawn_rows
from pilothouse.models.target import Target
from pilothouse.types import Column, Context, Data, Kind, Role, Shape, Table


def fitted(make_shop, kind="binary", rows=800, **parameters):
    data, target = make_shop(rows, kind=kind)
    return data, target, Linear(target).build(parameters).fit(data, Context())


def test_linear_bends_at_a_hump_that_no_line_follows():
    rng = np.random.default_rng(0)
    x = rng.uniform(-3, 3, 3000)
    truth = (np.abs(x) + rng.normal(size=3000) * 0.3 < 1).astype(int)
    columns = (Column("x", Kind.NUMBER), Column("y", Kind.CATEGORY, Role.TARGET))
    table = Table(columns, {"x": x, "y": np.array(["n", "y"], dtype=object)[truth]})
    target = Target("y", "binary", ("n", "y"))
    model = Linear(target).build({}).fit(Data({"rows": table.take(slice(0, 2000))}), Context())
    said = model.predict(table.take(slice(2000, 3000)), Context())["probability"][:, 1]
    assert roc_auc_score(truth[2000:], said) > 0.95


@pytest.mark.parametrize("kind", ["binary", "classes"])
def test_linear_probabilities_sum_to_one_and_beat_chance(kind, make_shop):
    _, target, model = fitted(make_shop, kind)
    new, _ = make_shop(800, seed=9, kind=kind)
    said = model.predict(new.table, Context())["probability"]
    truth = target.truth(new.table)
    np.testing.assert_allclose(said.sum(axis=1), 1.0)
    shares = np.bincount(truth) / len(truth)
    assert -np.log(said[np.arange(len(truth)), truth]).mean() < 0.85 * -np.log(shares[truth]).mean()


def test_linear_number_explains_most_of_the_variance(make_shop):
    _, target, model = fitted(make_shop, "number")
    new, _ = make_shop(800, seed=9, kind="number")
    assert r2_score(target.truth(new.table), model.predict(new.table, Context())["prediction"]) > 0.55


@pytest.mark.parametrize("kind", ["binary", "classes", "number"])
def test_linear_save_load_pickle_and_single_rows_keep_the_answers(kind, make_shop, tmp_path):
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


def test_linear_contributions_add_up_to_the_margin(make_shop):
    data, _, model = fitted(make_shop)
    parts = model.contributions(data.table)
    margin = model.margin(data.table)
    total = sum(parts.values())
    gap = margin - total
    assert set(parts) == {"tenure", "luck", "city", "since"}
    np.testing.assert_allclose(gap, np.full_like(gap, gap[0]), atol=1e-9)


def test_linear_class_never_seen_gets_little(make_shop):
    data, target = make_shop(kind="classes")
    truth = target.truth(data.table)
    model = Linear(target).build({}).fit(data.take(truth != 0), Context())
    said = model.predict(data.table, Context())["probability"]
    assert said.shape[1] == 3 and said[:, 0].max() < 0.01


def test_linear_one_class_only_is_survived(make_shop):
    for kind in ("binary", "classes"):
        data, target = make_shop(kind=kind)
        model = Linear(target).build({}).fit(data.take(target.truth(data.table) == 1), Context())
        assert model.predict(data.table, Context())["probability"][:, 1].min() > 0.9


def test_linear_batches_of_a_small_table_equal_the_table(make_shop):
    data, target, model = fitted(make_shop)

    def batches():
        for start in range(0, data.rows, 150):
            yield data.table.take(slice(start, start + 150))

    again = Linear(target).build({}).fit_batches(batches, Context())
    np.testing.assert_array_equal(again.weights, model.weights)


def test_drawn_rows_are_even_and_repeatable(make_shop):
    data, _ = make_shop(900)

    def batches():
        for start in range(0, 900, 100):
            yield data.table.take(slice(start, start + 100))

    sample, rows = drawn_rows(batches, 300, seed=4)
    again, _ = drawn_rows(batches, 300, seed=4)
    assert rows == 900 and sample.rows == 300 and sample.digest() == again.digest()
    whole, _ = drawn_rows(batches, 5000, seed=4)
    assert whole.digest() == data.table.digest()


def test_linear_declines_without_columns_and_beyond_its_budget():
    candidate = Linear(Target("y", "binary", ("n", "y")))
    assert candidate.feasible(Shape(1000, 0, 0, 2), 60.0) is not None
    assert candidate.feasible(Shape(1000, 5, 5, 2, 20), 60.0) is None
    reason = candidate.feasible(Shape(1_000_000, 50, 50, 2, 500), 0.5)
    assert reason is not None and "0.5" not in reason.text("zh") and reason.text("en")


def test_linear_predict_before_fit_is_our_bug(make_shop):
    data, target = make_shop()
    with pytest.raises(RuntimeError):
        Linear(target).build({}).predict(data.table, Context())
