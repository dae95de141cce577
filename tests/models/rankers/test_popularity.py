import pickle

import numpy as np
import pytest

from models.rankers.clubs import ITEMS, NEW, ask, clubs
from pilothouse.errors import MissingColumn
from pilothouse.models.rankers.popularity import Lately, LatelyModel, Popular, prior
from pilothouse.types import Column, Context, Kind, Role, Shape

SHAPE = Shape(rows=1000, numbers=0, categories=0, classes=2, users=120, items=ITEMS)
BOTH = pytest.mark.parametrize("candidate", [Popular(ITEMS, False), Lately(ITEMS, False)])


def fashion():
    """Everybody takes items 0 to 9 at first and 20 to 29 at the end."""
    data = clubs(200)
    day = np.arange(data.rows) * 100 // data.rows
    rng = np.random.default_rng(0)
    item = np.where(day < 70, rng.integers(0, 10, data.rows), 20 + rng.integers(0, 10, data.rows))
    stamps = np.datetime64("2024-01-01", "us") + day.astype("timedelta64[D]")
    table = data.table.put(data.table.column("item"), item.astype(float))
    return data.with_table(table.put(data.table.column("time"), stamps))


def at(now, *histories):
    asked = ask(*histories)
    return asked.put(Column("now", Kind.TIME, Role.TIME), np.full(asked.rows, np.datetime64(now, "us")))


def test_popular_scores_are_shares():
    data = clubs()
    model = Popular(ITEMS, False).build({}).fit(data, Context())
    scores = model.scores(ask([], [3]))
    counts = np.bincount(data.table["item"].astype(int), minlength=ITEMS)
    np.testing.assert_allclose(scores, np.tile(counts / counts.sum(), (2, 1)), rtol=1e-6)
    assert scores[0, NEW[0]] == 0.0 and "10" in str(model.sentence())


def test_lately_follows_a_fashion_that_popular_misses():
    data = fashion()
    old = Popular(ITEMS, False).build({}).fit(data, Context()).predict(ask([]), Context())["item"][0, :10]
    new = Lately(ITEMS, False).build({}).fit(data, Context()).predict(ask([]), Context())["item"][0, :10]
    assert set(old) == set(range(10)) and set(new) == set(range(20, 30))


def test_lately_does_not_look_behind_the_moment_of_a_request():
    model = Lately(ITEMS, False).build({}).fit(fashion(), Context())
    early, late = (model.scores(at(now, []))[0] for now in ("2024-02-01", "2024-05-01"))
    assert early[20:30].sum() == 0.0 and early[:10].sum() == pytest.approx(1.0)
    assert late[20:30].sum() > 0.99
    np.testing.assert_array_equal(model.scores(at("NaT", []))[0], late)


def test_lately_is_exponential_decay():
    data = fashion()
    model = LatelyModel(ITEMS, False, 5 * 86_400.0).fit(data, Context())
    age = (data.table["time"].max() - data.table["time"]) / np.timedelta64(1, "D")
    weights = np.bincount(data.table["item"].astype(int), weights=0.5 ** (age / 5), minlength=ITEMS)
    np.testing.assert_allclose(model.scores(ask([]))[0], weights / weights.sum(), rtol=1e-4)
    assert model.half_life_s == 5 * 86_400.0


def test_lately_declines_without_times():
    assert Lately(ITEMS, False, timed=False).feasible(SHAPE, 60.0).key == "rankers.no_times"
    assert Lately(ITEMS, False).feasible(SHAPE, 60.0) is None
    data = clubs()
    with pytest.raises(MissingColumn):
        Lately(ITEMS, False).build({}).fit(data.with_table(data.table.drop(["time"])), Context())


@BOTH
def test_popularity_save_load_and_pickle_keep_the_answers(candidate, tmp_path):
    model = candidate.build({}).fit(clubs(), Context())
    model.save(tmp_path)
    asked = ask([], [0, 2])
    for again in (type(model).load(tmp_path), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.scores(asked), model.scores(asked))
    assert np.isfinite(model.scores(asked)).all() and model.scores(asked).dtype == np.float32


def test_prior_is_recent_where_there_are_times():
    data = fashion()
    timeless = data.with_table(data.table.drop(["time"]))
    lately, ever = (prior(one, repeats=False, seed=0) for one in (data, timeless))
    assert lately.max() == ever.max() == 1.0
    assert lately.argmax() >= 20 and ever.argmax() < 10
