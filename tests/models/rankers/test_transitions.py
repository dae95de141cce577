import pickle

import numpy as np
import pytest

from models.rankers.clubs import ITEMS, ask, clubs
from pilothouse.models.rankers.popularity import prior
from pilothouse.models.rankers.transitions import Habits, Transitions, TransitionsModel, late_matrix, pairs
from pilothouse.models.ranking import Interactions
from pilothouse.types import Context


def fitted(data=None, repeats=False):
    return Transitions(ITEMS, repeats).build({}).fit(data or clubs(), Context())


def test_transitions_know_what_comes_next():
    first = fitted().predict(ask([2, 4, 6], [11, 13, 15]), Context())["item"][:, 0]
    np.testing.assert_array_equal(first, [8, 17])


def test_transitions_read_the_order_of_the_file_where_there_are_no_times():
    data = clubs()
    sorted_rows = data.table.take(np.argsort(data.table["time"], kind="stable"))
    model = fitted(data.with_table(sorted_rows.drop(["time"])))
    assert model.predict(ask([2, 4, 6]), Context())["item"][0, 0] == 8.0


def test_transitions_care_for_the_end_of_a_history():
    there, back = fitted().scores(ask([2, 20], [20, 2]))
    assert there[22] > there[4] and back[4] > back[22]


def test_pairs_decay_with_distance_and_count_backwards_less():
    told = Interactions(np.array([0, 0, 0, 1]), np.array([5, 6, 7, 8]), users=2, items=9)
    counted = pairs(told, 0.5, 0.2).toarray()
    expected = {(5, 6): 1.0, (6, 7): 1.0, (5, 7): 0.5, (6, 5): 0.2, (7, 6): 0.2, (7, 5): 0.1}
    assert {tuple(map(int, at)) for at in np.argwhere(counted)} == set(expected)
    for place, weight in expected.items():
        assert counted[place] == pytest.approx(weight)


def test_late_matrix_discounts_what_is_long_ago():
    found = late_matrix(ask([3, 1, 3], list(range(20)), []), ITEMS, 0.5).toarray()
    assert found[0, 3] == pytest.approx(1.25) and found[0, 1] == pytest.approx(0.5)
    assert found[1, 19] == 1.0 and found[1, 0] == 0.0 and not found[2].any()
    np.testing.assert_array_equal(late_matrix(ask(list(range(20))), ITEMS, 1.0).toarray()[0, :20], 1.0)


def test_transitions_answer_an_empty_history_by_popularity():
    data = clubs()
    lean = prior(data, repeats=False, seed=0)
    np.testing.assert_allclose(fitted(data).scores(ask([]))[0], 1e-4 * lean, rtol=1e-6)


def test_transitions_keep_habits_that_are_given():
    given = Habits(decay=0.5, recency=0.25)
    assert TransitionsModel(ITEMS, False, given).fit(clubs(), Context()).habits == given


def test_transitions_survive_a_single_interaction():
    scores = fitted(clubs().take(slice(0, 1))).scores(ask([0], []))
    assert scores.shape == (2, ITEMS) and np.isfinite(scores).all()


def test_transitions_save_load_pickle_and_single_rows_keep_the_answers(tmp_path):
    model, asked = fitted(), ask([0, 2, 4], [], [1, 3, 0])
    model.save(tmp_path)
    for again in (type(model).load(tmp_path), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.scores(asked), model.scores(asked))
    for row in range(asked.rows):
        alone = model.scores(asked.take(np.array([row])))[0]
        np.testing.assert_allclose(alone, model.scores(asked)[row], rtol=0, atol=1e-6)
