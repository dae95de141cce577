import pickle

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from pilothouse.models.network import Network
from pilothouse.models.target import Target
from pilothouse.types import Context, Shape

pytest.importorskip("torch", reason="needs the extra deep")
FEW = {"epochs": 12, "width": 32, "rate": 5e-3}


def fitted(make_shop, kind="binary", rows=600, **context):
    data, target = make_shop(rows, kind=kind)
    return data, target, Network(target).build(FEW).fit(data, Context(**context))


def test_network_ranks_new_rows(make_shop):
    _, target, model = fitted(make_shop)
    new, _ = make_shop(2000, seed=9)
    said = model.predict(new.table, Context())["probability"][:, 1]
    assert roc_auc_score(target.truth(new.table), said) > 0.8


def test_network_batches_of_a_small_table_equal_the_table(make_shop):
    data, target, model = fitted(make_shop, rows=300)

    def batches():
        for start in range(0, data.rows, 100):
            yield data.table.take(slice(start, start + 100))

    again = Network(target).build(FEW).fit_batches(batches, Context())
    answers = [m.predict(data.table, Context())["probability"] for m in (model, again)]
    np.testing.assert_array_equal(answers[0], answers[1])


@pytest.mark.parametrize("kind", ["binary", "classes", "number"])
def test_network_save_load_pickle_and_single_rows_keep_the_answers(kind, make_shop, tmp_path):
    data, _, model = fitted(make_shop, kind, rows=300)
    model.save(tmp_path)
    whole = model.predict(data.table, Context())
    for again in (type(model).load(tmp_path), pickle.loads(pickle.dumps(model))):
        for name, values in whole.values.items():
            np.testing.assert_array_equal(again.predict(data.table, Context())[name], values)
    scale = 100.0 if kind == "number" else 1.0
    for i in range(10):
        alone = model.predict(data.table.take(np.array([i])), Context())
        for name, values in whole.values.items():
            np.testing.assert_allclose(alone[name][0], values[i], rtol=0, atol=1e-6 * scale)


def test_network_figures_depend_on_the_seed_and_not_on_threads(make_shop):
    data, _, one = fitted(make_shop, seed=1, threads=1)
    _, _, two = fitted(make_shop, seed=1, threads=2)
    _, _, other = fitted(make_shop, seed=2)
    said = [m.predict(data.table, Context())["probability"] for m in (one, two, other)]
    np.testing.assert_array_equal(said[0], said[1])
    assert np.abs(said[0] - said[2]).max() > 0


def test_network_resumes_from_its_checkpoint(make_shop, tmp_path):
    data, _, first = fitted(make_shop, checkpoints=tmp_path)
    _, _, again = fitted(make_shop, checkpoints=tmp_path)
    expected = first.predict(data.table, Context())["probability"]
    np.testing.assert_array_equal(again.predict(data.table, Context())["probability"], expected)


def test_network_says_what_it_needs():
    candidate = Network(Target("y", "binary", ("n", "y")))
    assert candidate.extra == "deep" and candidate.needs_module == "torch"
    assert candidate.feasible(Shape(1000, 0, 0, 2), 60.0) is not None
    assert candidate.feasible(Shape(100_000, 20, 0, 2), 1.0) is not None
    assert candidate.feasible(Shape(1000, 5, 5, 2, 20), 60.0) is None
