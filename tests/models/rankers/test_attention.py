import pickle
from dataclasses import replace

import numpy as np
import pytest

from models.rankers.clubs import ITEMS, NEW, ask, clubs
from pilothouse.models.pretraining.backbone import find_backbone
from pilothouse.models.pretraining.items import Start, read_items
from pilothouse.models.rankers.attention import Attention, Started
from pilothouse.models.shelf import save_model
from pilothouse.types import Context, Shape

torch = pytest.importorskip("torch", reason="needs the extra deep")
SMALL = {"width": 16, "blocks": 1, "window": 8, "rate": 1e-2, "dropout": 0.1}


def fitted(epochs=12, users=120, **context):
    model = Attention(ITEMS, False, epochs).build(SMALL)
    return model.fit(clubs(users), Context(**context))


@pytest.fixture(scope="module")
def model():
    return fitted()


def test_attention_foretells_the_next_item(model):
    found = model.predict(ask([0, 2, 4], [11, 13, 15], [36, 0]), Context())["item"]
    assert found[:, 0].tolist() == [6, 17, 2]


def test_attention_answers_an_empty_history_by_popularity(model):
    scores = model.scores(ask([], [0]))
    counts = np.bincount(clubs().table["item"].astype(int), minlength=ITEMS)
    assert np.isfinite(scores).all() and scores.dtype == np.float32
    np.testing.assert_array_equal(np.argsort(-scores[0], kind="stable"), np.argsort(-counts, kind="stable"))
    assert scores[0, NEW[0]] == scores[0].min()


def test_attention_looks_at_the_latest_items_only(model):
    long = [1, 3, 5] * 5 + [0, 2, 4, 6, 8, 10, 12, 14]
    scores = model.scores(ask(long, long[-8:]))
    np.testing.assert_array_equal(scores[0], scores[1])


def test_attention_save_load_pickle_and_single_rows_keep_the_answers(model, tmp_path):
    asked = ask([0, 2, 4], [], [1, 3, 0, 5, 7, 9, 11, 13, 15], [7])
    whole = model.scores(asked)
    model.save(tmp_path)
    for again in (type(model).load(tmp_path), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.scores(asked), whole)
        assert (again.epochs_done, again.cut_short) == (model.epochs_done, model.cut_short)
    for row in range(asked.rows):
        alone = model.scores(asked.take(np.array([row])))
        np.testing.assert_allclose(alone[0], whole[row], rtol=0, atol=1e-4)


def test_attention_depends_on_the_seed_and_not_on_threads():
    asked = ask([0, 2, 4])
    one, two, other = (fitted(2, seed=s, threads=t).scores(asked) for s, t in ((1, 1), (1, 2), (2, 1)))
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - other).max() > 0


def test_attention_resumes_from_its_checkpoint(tmp_path):
    first, again = (fitted(3, checkpoints=tmp_path) for _ in range(2))
    np.testing.assert_array_equal(first.scores(ask([0])), again.scores(ask([0])))


def test_attention_tells_whether_it_was_cut_short():
    assert fitted(1).cut_short
    calm = Attention(ITEMS, False).build({**SMALL, "patience": 1}).fit(clubs(), Context())
    assert not calm.cut_short and 0 < calm.epochs_done < 200


def test_attention_learns_from_users_too_few_to_check_with():
    model = Attention(ITEMS, False, 2).build(SMALL).fit(clubs(1), Context())
    assert np.isfinite(model.scores(ask([0], []))).all()


def test_attention_says_what_it_needs_and_how_much():
    candidate = Attention(ITEMS, False)
    assert (candidate.extra, candidate.needs_module) == ("deep", "torch")
    shape = Shape(100_000, 0, 0, 0, users=5_000, items=12_000)
    assert candidate.feasible(shape, 10_000.0) is None
    assert candidate.feasible(shape, 5.0).key == "models.declines_time"
    huge = replace(shape, items=10_000_000)
    assert candidate.feasible(huge, 1e9).key == "models.declines_memory"


def test_attention_fits_its_epochs_into_the_budget_or_declines():
    shape = Shape(100_000, 0, 0, 0, users=5_000, items=12_000)
    candidate = Attention(ITEMS, False)
    assert candidate.within(shape, 10_000.0) is candidate
    cut = candidate.within(shape, 80.0)
    assert cut.epochs is not None and 4 <= cut.epochs < 32 and cut.feasible(shape, 80.0) is None
    assert candidate.within(shape, 5.0).feasible(shape, 5.0) is not None


def test_attention_tells_how_it_learnt(model):
    trained = model.trained
    assert len(trained.learning) == len(trained.metrics) == trained.epochs == 12 and not trained.history
    assert trained.metrics[-1] > trained.metrics[0] and max(trained.metrics) <= 1.0


def test_attention_starts_from_what_another_run_learnt(model, tmp_path):
    save_model(model, tmp_path)
    assert find_backbone(tmp_path)[0] is None  # no manifest covers it
    model.backbone().save(tmp_path / "kept")
    data = clubs(40, seed=9)
    start = read_items(tmp_path / "kept", model.words, data.table["item"].astype(int))
    assert start.size == {"width": 16, "blocks": 1, "heads": 2, "wide": 2}
    built = [
        c.build({**SMALL, "epochs": 1}) for c in (Attention(ITEMS, False), Started(ITEMS, False, start=start))
    ]
    fresh, started = (one.fit(data, Context()) for one in built)
    asked = ask([0, 2, 4], [11, 13, 15])
    assert started.predict(asked, Context())["item"][:, 0].tolist() == [6, 17]
    assert fresh.predict(asked, Context())["item"][:, 0].tolist() != [6, 17]
    assert started.start is None and started.shape == fresh.shape


def test_a_larger_backbone_costs_more():
    shape = Shape(100_000, 0, 0, 0, users=5_000, items=12_000)
    usual = Attention(ITEMS, False)
    wide = Started(ITEMS, False, start=Start((), np.empty((0, 256)), {}, {"width": 256, "blocks": 4}))
    assert wide.cost(shape).seconds > 4 * usual.cost(shape).seconds
