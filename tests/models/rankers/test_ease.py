import pickle

import numpy as np
import pytest

from models.rankers.clubs import ITEMS, NEW, ask, clubs, own_club
from pilothouse.models.rankers.ease import Ease, solve
from pilothouse.models.rankers.popularity import prior
from pilothouse.types import Context, Shape


def fitted(data=None, **settings):
    return Ease(ITEMS, False, **settings).build({}).fit(data or clubs(), Context())


def test_solve_is_the_closed_form_of_the_paper():
    rng = np.random.default_rng(0)
    taken = (rng.random((900, 700)) < 0.05).astype(np.float32)
    gram = taken.T @ taken
    inverse = np.linalg.inv(gram.astype(float) + np.diag(20.0 + 0.5 * np.diag(gram)))
    expected = -inverse / np.diag(inverse)[None, :]
    np.fill_diagonal(expected, 0.0)
    np.testing.assert_allclose(solve(gram.copy(), 20.0, 0.5), expected, rtol=0, atol=2e-5)


def test_ease_ranks_the_own_club_first():
    round_the_club = list(range(0, NEW[0], 4))
    scores = fitted().scores(ask(round_the_club, [one + 1 for one in round_the_club]))
    assert own_club(scores[0, : NEW[0]], 0) > 0.95 and own_club(scores[1, : NEW[0]], 1) > 0.95
    assert scores.dtype == np.float32 and np.isfinite(scores).all()


def test_ease_answers_an_empty_history_by_popularity():
    data = clubs()
    lean = prior(data, repeats=False, seed=0)
    np.testing.assert_allclose(fitted(data).scores(ask([]))[0], 1e-3 * lean, rtol=1e-6)


def test_ease_leaves_the_rarest_items_to_popularity():
    data = clubs()
    model = fitted(data, most_items=10)
    counts = np.bincount(data.table["item"].astype(int), minlength=ITEMS)
    assert len(model.kept) == 10 and counts[model.kept].min() >= np.sort(counts)[-10]
    others = np.setdiff1d(np.arange(ITEMS), model.kept)
    scores = model.scores(ask([0, 2, 4]))[0]
    np.testing.assert_allclose(scores[others], 1e-3 * model.prior[others], rtol=1e-6)


def test_ease_save_load_pickle_and_single_rows_keep_the_answers(tmp_path):
    model, asked = fitted(), ask([0, 2, 4], [], [1, 3, 0])
    model.save(tmp_path)
    for again in (type(model).load(tmp_path), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.scores(asked), model.scores(asked))
    for row in range(asked.rows):
        alone = model.scores(asked.take(np.array([row])))[0]
        np.testing.assert_allclose(alone, model.scores(asked)[row], rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("most", "budget", "key"), [(30_000, 1e9, "rankers.too_many_items"), (8_000, 1.0, "")]
)
def test_ease_declines_what_does_not_fit(most, budget, key):
    shape = Shape(rows=10**6, numbers=0, categories=0, classes=2, users=10**5, items=50_000)
    said = Ease(50_000, False, most).feasible(shape, budget)
    assert said is not None and said.key == (key or "models.declines_time")
    assert Ease(50_000, False).feasible(shape, 1e9) is None
