import pickle

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.rankers.clubs import ITEMS, NEW, ask, clubs, own_club
from pilothouse.errors import Corrupt
from pilothouse.models.rankers.neighbours import Neighbours, nearest, parts, product, whole
from pilothouse.models.rankers.popularity import prior
from pilothouse.models.ranking import Interactions
from pilothouse.models.shelf import load_model, save_model
from pilothouse.types import Context, Shape


def fitted(data=None):
    return Neighbours(ITEMS, False).build({}).fit(data or clubs(), Context())


def test_neighbours_rank_the_own_club_first():
    scores = fitted().scores(ask([0, 2, 4], [1, 3, 5]))
    assert own_club(scores[0, : NEW[0]], 0) > 0.95 and own_club(scores[1, : NEW[0]], 1) > 0.95
    assert scores.dtype == np.float32 and np.isfinite(scores).all()


def test_neighbours_are_the_shrunk_cosine():
    data = clubs()
    taken = Interactions.of(data).matrix().toarray()
    both = taken.T @ taken
    expected = both[0, 2] / np.sqrt(both[0, 0] * both[2, 2]) * both[0, 2] / (both[0, 2] + 10)
    near = fitted(data).near
    assert near[0, 2] == pytest.approx(expected, rel=1e-5) and near[0, 0] == 0.0


def test_neighbours_answer_an_empty_history_by_popularity():
    data = clubs()
    lean = prior(data, repeats=False, seed=0)
    np.testing.assert_allclose(fitted(data).scores(ask([]))[0], 1e-3 * lean, rtol=1e-6)


def test_neighbours_save_load_pickle_and_single_rows_keep_the_answers(tmp_path):
    model, asked = fitted(), ask([0, 2, 4], [], [1, 3, 0])
    model.save(tmp_path)
    for again in (type(model).load(tmp_path), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.scores(asked), model.scores(asked))
    for row in range(asked.rows):
        alone = model.scores(asked.take(np.array([row])))[0]
        np.testing.assert_allclose(alone, model.scores(asked)[row], rtol=0, atol=1e-6)


def test_neighbours_of_a_bent_file_are_refused(tmp_path):
    model = fitted()
    model.near.indices[0] = ITEMS + 5
    save_model(model, tmp_path)
    with pytest.raises(Corrupt):
        load_model(tmp_path)


def test_nearest_keeps_the_largest_of_each_row():
    full = csr_matrix(np.array([[1.0, 3.0, 2.0, 3.0], [0.0, 1.0, 0.0, 0.0]]))
    np.testing.assert_array_equal(nearest(full, 2).toarray(), [[0, 3, 0, 3], [0, 1, 0, 0]])
    np.testing.assert_array_equal(whole(parts(csr_matrix(np.eye(3))), 3).toarray(), np.eye(3))


def test_neighbours_decline_what_they_cannot_do():
    shape = Shape(rows=10**9, numbers=0, categories=0, classes=2, users=10**5, items=10**6)
    assert Neighbours(10**6, False).feasible(shape, 1e9) is not None


@pytest.mark.parametrize("filled", [0.02, 0.9])
def test_product_is_the_same_dense_or_sparse(filled):
    rng = np.random.default_rng(0)
    left, right = (np.where(rng.random((9, 9)) < share, rng.random((9, 9)), 0.0) for share in (0.3, filled))
    made = product(csr_matrix(left, dtype=np.float32), csr_matrix(right, dtype=np.float32))
    assert isinstance(made, np.ndarray) and made.dtype == np.float32
    np.testing.assert_allclose(made, left @ right, rtol=1e-5, atol=1e-6)


def test_nearest_keeps_the_lower_column_of_equals():
    made = nearest(csr_matrix(np.array([[3.0, 1.0, 2.0, 1.0, 1.0], [0.0, 5.0, 0.0, 0.0, 0.0]])), 4)
    assert made.toarray().tolist() == [[3.0, 1.0, 2.0, 1.0, 0.0], [0.0, 5.0, 0.0, 0.0, 0.0]]
