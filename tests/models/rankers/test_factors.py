import pickle

import numpy as np
import pytest

from models.rankers.clubs import ITEMS, NEW, ask, clubs, own_club
from pilothouse.models.rankers.factors import Als, AlsModel, Bpr, noise_edge
from pilothouse.models.ranking import Interactions
from pilothouse.types import Context, Shape

pytest.importorskip("implicit", reason="needs the extra recommend")
BOTH = pytest.mark.parametrize("candidate", [Als(ITEMS, False, factors=2), Bpr(ITEMS, False, factors=8)])


def fitted(candidate, **context):
    return candidate.build({}).fit(clubs(), Context(**context))


@BOTH
def test_factors_rank_the_own_club_first(candidate):
    scores = fitted(candidate).scores(ask([0, 2, 4], [1, 3, 5]))
    assert scores.shape == (2, ITEMS) and scores.dtype == np.float32
    assert own_club(scores[0, : NEW[0]], 0) > 0.95 and own_club(scores[1, : NEW[0]], 1) > 0.95


@BOTH
def test_factors_answer_an_empty_history_by_popularity(candidate):
    data = clubs()
    scores = candidate.build({}).fit(data, Context()).scores(ask([], [0]))
    assert np.isfinite(scores).all()
    matrix = Interactions.of(data).matrix()
    np.testing.assert_allclose(scores[0], np.asarray(matrix.sum(axis=0)).ravel() / 120, rtol=1e-6)
    assert scores[0, NEW[0]] == 0.0


@BOTH
def test_factors_list_nothing_of_the_history(candidate):
    found = fitted(candidate).predict(ask([0, 2, 4]), Context())["item"][0]
    assert not {0.0, 2.0, 4.0} & set(found.tolist())


@BOTH
def test_factors_save_load_pickle_and_single_rows_keep_the_answers(candidate, tmp_path):
    model = fitted(candidate)
    asked = ask([0, 2, 4], [], [1, 3, 0], [7])
    whole = model.scores(asked)
    model.save(tmp_path)
    for again in (type(model).load(tmp_path), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.scores(asked), whole)
    for row in range(asked.rows):
        alone = model.scores(asked.take(np.array([row])))
        np.testing.assert_allclose(alone[0], whole[row], rtol=0, atol=1e-6)


@BOTH
def test_factors_depend_on_the_seed_and_not_on_threads(candidate):
    one, two, other = (fitted(candidate, seed=s, threads=t).vectors for s, t in ((1, 1), (1, 2), (2, 1)))
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - other).max() > 0


@BOTH
def test_factors_tell_progress(candidate):
    told = []
    fitted(candidate, progress=told.append)
    assert told == sorted(told) and told[-1] == 1.0 and len(told) >= 3


def test_als_makes_of_a_history_what_learning_made_of_the_user():
    model = AlsModel(4, False, {"weight": 3.0, "penalty": 0.5}, np.eye(4, 2, dtype=np.float32))
    taken = np.array([[1.0, 0.0, 1.0, 0.0]])
    from scipy.sparse import csr_matrix

    made = model.users(csr_matrix(taken))[0]
    # The objective by its definition: weighted squares over all cells plus the penalty.
    weights, vectors = np.diag(np.where(taken[0] > 0, 3.0, 1.0)), np.eye(4, 2)
    expected = np.linalg.solve(
        vectors.T @ weights @ vectors + 0.5 * np.eye(2), vectors.T @ weights @ taken[0]
    )
    np.testing.assert_allclose(made, expected, rtol=1e-12)


def test_als_folds_a_user_into_the_place_that_learning_found():
    pytest.importorskip("implicit")
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    matrix = Interactions.of(clubs()).matrix()
    with threadpool_limits(1, "blas"):
        peer = AlternatingLeastSquares(8, regularization=2.0, alpha=2.0, num_threads=1, random_state=0)
        peer.fit(matrix, show_progress=False)
        expected = peer.recalculate_user(np.arange(10), matrix[:10])
    model = AlsModel(ITEMS, False, {"weight": 2.0, "penalty": 2.0}, peer.item_factors)
    np.testing.assert_allclose(model.users(matrix[:10]), expected, atol=1e-4)


def test_noise_edge_is_the_largest_singular_value_of_chance():
    from scipy.sparse import csr_matrix

    chance = (np.random.default_rng(0).random((400, 300)) < 0.05).astype(float)
    largest = np.linalg.svd(chance - 0.05, compute_uv=False)[0]
    assert noise_edge(csr_matrix(chance)) == pytest.approx(largest, rel=0.05)


@BOTH
def test_factors_say_what_they_need(candidate):
    assert (candidate.extra, candidate.needs_module) == ("recommend", "implicit")
    small = Shape(10_000, 0, 0, 0, users=500, items=ITEMS)
    large = Shape(100_000_000, 0, 0, 0, users=1_000_000_000, items=1_000_000)
    assert candidate.feasible(small, 60.0) is None
    assert candidate.feasible(small, 0.1).key == "models.declines_time"
    assert candidate.feasible(large, 1e9).key == "models.declines_memory"
    assert candidate.build({}).kind == candidate.name


def test_als_is_where_many_more_rounds_would_bring_it():
    data, asked = clubs(), ask([0, 2, 4], [1, 3, 5, 7], [10, 12])
    few, many = (
        Als(ITEMS, False, factors=8, rounds=rounds).build({}).fit(data, Context()).scores(asked)
        for rounds in (3, 200)
    )
    for row in range(3):
        assert np.corrcoef(few[row], many[row])[0, 1] > 0.99


def test_als_takes_more_factors_than_there_are_items():
    scores = fitted(Als(ITEMS, False, factors=150)).scores(ask([0, 2, 4]))
    assert np.isfinite(scores).all() and scores[0, [0, 2, 4]].min() > scores[0, 1::2].max()
