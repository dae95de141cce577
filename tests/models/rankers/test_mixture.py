import pickle

import numpy as np
import pytest

from models.rankers.clubs import ITEMS, NEW, ask, clubs, own_club
from pilothouse.models.rankers.ease import Ease
from pilothouse.models.rankers.mixture import Mixture, MixtureModel, Pool, kinds, search, standard, start
from pilothouse.models.rankers.neighbours import Neighbours
from pilothouse.models.rankers.popularity import Lately, Popular
from pilothouse.models.rankers.rehearsal import ndcg, rehearse
from pilothouse.models.rankers.transitions import Transitions
from pilothouse.models.ranking import best
from pilothouse.models.shelf import load_model, save_model
from pilothouse.types import Column, Context, Kind, Role, Shape

CLASSES = (Popular, Lately, Neighbours, Transitions, Ease)
MEMBERS = tuple(one(ITEMS, False) for one in CLASSES)


def fitted(data=None, **context):
    return Mixture(ITEMS, False, MEMBERS).build({}).fit(data or clubs(), Context(**context))


def noise(rows=400, seed=0):
    """Two members: one says what was taken, the other nothing but luck."""
    rng = np.random.default_rng(seed)
    gain = (rng.random((rows, 30)) < 0.1).astype(np.float32)
    said = np.stack([gain + rng.normal(size=gain.shape), rng.normal(size=gain.shape)]).astype(np.float32)
    return Pool(said, gain, np.full(rows, 3.0))


def test_mixture_ranks_the_own_club_first_and_the_next_item_on_top():
    model = fitted()
    scores = model.scores(ask([0, 2, 4], [1, 3, 5]))
    assert own_club(scores[0, : NEW[0]], 0) > 0.9 and own_club(scores[1, : NEW[0]], 1) > 0.9
    assert model.predict(ask([2, 4, 6]), Context())["item"][0, 0] == 8.0


def test_mixture_is_the_weighted_sum_of_standardised_scores():
    model = fitted()
    asked = ask([0, 2, 4], [], list(range(0, 30, 2)))
    weights = np.array(model.weights)[kinds(asked)]
    said = np.stack([standard(member.scores(asked)) for member in model.members])
    expected = np.einsum("nm,mni->ni", weights, said)
    np.testing.assert_allclose(model.scores(asked), expected, rtol=1e-4, atol=1e-5)


def test_mixture_gives_newcomers_popularity():
    model = fitted()
    said = [weight for member, weight in zip(model.members, model.weights[0], strict=True) if weight > 0.0]
    scores = model.scores(ask([]))[0]
    assert said and np.isfinite(scores).all() and scores[:38].min() > scores[list(NEW)].max() - 1e-6


def test_mixture_fits_only_members_with_weight_on_everything():
    model = fitted()
    assert 1 <= len(model.members) <= len(MEMBERS)
    assert all(any(own[n] > 0.0 for own in model.weights) for n in range(len(model.members)))


def test_mixture_of_too_little_takes_all_alike():
    model = fitted(clubs().take(slice(0, 30)))
    assert model.weights[1] == (1.0,) * len(MEMBERS)
    assert model.weights[0] == (0.0, 1.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("timed", [True, False])
def test_mixture_save_load_pickle_and_single_rows_keep_the_answers(timed, tmp_path):
    data = clubs()
    members = MEMBERS if timed else tuple(one for one in MEMBERS if one.name != "lately")
    data = data if timed else data.with_table(data.table.drop(["time"]))
    model = Mixture(ITEMS, False, members).build({}).fit(data, Context())
    save_model(model, tmp_path)
    asked = ask([0, 2, 4], [], [1, 3, 0])
    whole = model.scores(asked)
    for again in (load_model(tmp_path), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.scores(asked), whole)
    for row in range(asked.rows):
        alone = model.scores(asked.take(np.array([row])))[0]
        np.testing.assert_allclose(alone, whole[row], rtol=0, atol=1e-4)


def test_mixture_depends_on_the_seed_only():
    one, two = fitted(seed=1, threads=1), fitted(seed=1, threads=2)
    asked = ask([0, 2, 4], [])
    assert one.weights == two.weights
    np.testing.assert_array_equal(one.scores(asked), two.scores(asked))


def test_mixture_declines_where_a_member_does_and_costs_more_than_it():
    shape = Shape(rows=10**6, numbers=0, categories=0, classes=2, users=10**5, items=50_000)
    mixture = Mixture(50_000, False, (Popular(50_000, False), Ease(50_000, False, 30_000)))
    assert mixture.feasible(shape, 1e9).key == "rankers.too_many_items"
    assert mixture.cost(shape).seconds > Ease(50_000, False, 30_000).cost(shape).seconds


def test_search_leaves_luck_out():
    pool = noise()
    assert start(pool, most=1) == (1.0, 0.0)
    assert search(pool, (1.0, 0.0)) == (1.0, 0.0)
    assert search(pool, (1.0, 1.0))[1] < 0.5


def test_pool_is_worth_what_whole_lists_are():
    data = clubs()
    held = rehearse(data, repeats=False)
    member = Neighbours(ITEMS, False).build({}).fit(held.learn, Context())
    pool = Pool.of([member, member], held, repeats=False)
    scores = standard(member.scores(held.requests))
    for row, history in enumerate(held.requests["history"]):
        scores[row, history] = -np.inf
    lists = best(scores, 10)["item"].astype(np.int64)
    np.testing.assert_allclose(pool.worth(pool.mixed((1.0, 0.0))), ndcg(lists, held.wanted), atol=1e-6)


def test_kinds_tell_length_and_visit():
    long = list(range(15))
    asked = ask([], [1], long, [1], long)
    hours = (0, 5, 5, 0.2, 0.2)
    now = np.datetime64("2024-01-02", "us")
    times = np.empty(5, dtype=object)
    for row, (history, ago) in enumerate(zip(asked["history"], hours, strict=True)):
        times[row] = np.full(len(history), now.astype(np.int64) - int(ago * 3_600e6))
    np.testing.assert_array_equal(kinds(asked), [0, 1, 2, 1, 2])
    asked = asked.put(Column("time", Kind.SEQUENCE, Role.TIME), times)
    asked = asked.put(Column("now", Kind.TIME, Role.TIME), np.full(5, now))
    np.testing.assert_array_equal(kinds(asked), [0, 1, 2, 3, 4])


def test_standard_bears_rows_that_say_nothing():
    found = standard(np.array([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]], dtype=np.float32))
    np.testing.assert_allclose(found[0], [-np.sqrt(1.5), 0.0, np.sqrt(1.5)], rtol=1e-5)
    np.testing.assert_array_equal(found[1], 0.0)


def test_mixture_model_without_members_is_unfitted():
    assert MixtureModel(ITEMS, False).weights == ()
