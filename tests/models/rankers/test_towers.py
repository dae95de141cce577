import pickle
from dataclasses import replace

import numpy as np
import pytest

from models.rankers.clubs import ITEMS, NEW, ask, clubs, own_club
from pilothouse.models.rankers.towers import Towers
from pilothouse.types import Context, Shape

pytest.importorskip("torch", reason="needs the extra deep")
FEW = {"epochs": 12, "rate": 5e-3}


def fitted(data=None, settings=None, **context):
    return Towers(ITEMS, False, True).build(settings or FEW).fit(data or clubs(), Context(**context))


@pytest.fixture(scope="module")
def model():
    return fitted()


def test_towers_rank_the_own_club_first_new_items_among_it(model):
    scores = model.scores(ask([0, 10, 20, 30], [1, 11, 21, 31]))
    assert scores.shape == (2, ITEMS) and scores.dtype == np.float32
    assert own_club(scores[0], 0) > 0.95 and own_club(scores[1], 1) > 0.95
    assert scores[0, NEW[0]] > scores[0, NEW[1]] and scores[1, NEW[1]] > scores[1, NEW[0]]


def test_towers_know_a_new_user_by_attributes(model):
    assert own_club(model.scores(ask([], likes="tea"))[0], 0) > 0.9
    assert own_club(model.scores(ask([], likes="chess"))[0], 1) > 0.9


def test_towers_answer_without_attributes_of_the_user(model):
    bare = ask([], [0, 10, 20, 30]).drop(["likes", "age"])
    scores = model.scores(bare)
    assert np.isfinite(scores).all() and own_club(scores[1], 0) > 0.9


def test_towers_look_at_the_latest_items_only(model):
    latest = [2 * (n % 19) for n in range(32)]
    scores = model.scores(ask([1, 3, 5, *latest], latest))
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-6)


def test_towers_save_load_pickle_and_single_rows_keep_the_answers(model, tmp_path):
    asked = ask([0, 2, 4], [], [1, 3, 0], [7], likes="tea")
    whole = model.scores(asked)
    model.save(tmp_path)
    for again in (type(model).load(tmp_path), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.scores(asked), whole)
        assert again.cut_short == model.cut_short
    for row in range(asked.rows):
        alone = model.scores(asked.take(np.array([row])))
        np.testing.assert_allclose(alone[0], whole[row], rtol=0, atol=1e-4)


def test_towers_depend_on_the_seed_and_not_on_threads():
    short = {"epochs": 1}
    one, two, other = (
        fitted(settings=short, seed=s, threads=t).scores(ask([0, 2])) for s, t in ((1, 1), (1, 2), (2, 1))
    )
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - other).max() > 0


def test_towers_resume_from_their_checkpoint(tmp_path):
    first, again = (fitted(settings={"epochs": 2}, checkpoints=tmp_path) for _ in range(2))
    np.testing.assert_array_equal(first.scores(ask([0])), again.scores(ask([0])))


def test_towers_learn_without_users_attributes_and_from_one_user():
    data = clubs(1)
    users = data.tables["users"].drop(["likes", "age"])
    bare = replace(data, tables={**data.tables, "users": users})
    model = fitted(bare, {"epochs": 1})
    assert model.cut_short and np.isfinite(model.scores(ask([0], []))).all()


def test_towers_say_what_they_need():
    candidate = Towers(ITEMS, False, True)
    assert (candidate.extra, candidate.needs_module) == ("deep", "torch")
    shape = Shape(100_000, 0, 0, 0, users=5_000, items=12_000)
    assert candidate.feasible(shape, 600.0) is None
    assert candidate.feasible(shape, 5.0).key == "models.declines_time"
    assert candidate.feasible(replace(shape, items=10_000_000), 1e9).key == "models.declines_memory"
    assert Towers(ITEMS, False, False).feasible(shape, 600.0).key == "rankers.no_attributes"
