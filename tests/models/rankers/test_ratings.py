import numpy as np
import pytest

from pilothouse.models.rankers.ratings import Biases, are_ratings
from pilothouse.models.ranking import Interactions


def rated(seed=0, users=80, items=30, each=15):
    rng = np.random.default_rng(seed)
    user = np.repeat(np.arange(users), each)
    item = np.concatenate([rng.choice(items, each, replace=False) for _ in range(users)])
    mild, good = rng.normal(0, 0.7, users), rng.normal(0, 0.7, items)
    value = np.clip(np.round(3.5 + mild[user] + good[item] + rng.normal(0, 0.3, len(user))), 1, 5)
    return Interactions(user, item, users, items, value)


def test_biases_predict_ratings_that_were_kept_aside_better_than_the_average():
    told = rated()
    aside = np.random.default_rng(1).random(len(told.user)) < 0.2
    found, held = Biases.learn(told.take(np.flatnonzero(~aside))), told.take(np.flatnonzero(aside))
    missed = np.sqrt(np.mean((held.value - found.say(held.user, held.item)) ** 2))
    plain = np.sqrt(np.mean((held.value - found.mean) ** 2))
    assert missed < 0.6 * plain


def test_biases_solve_the_penalised_least_squares():
    told = rated(users=12, items=8, each=5)
    found = Biases.learn(told)
    left = told.value - found.mean - found.user[told.user] - found.item[told.item]
    for owner, own, penalty in ((told.user, found.user, 10.0), (told.item, found.item, 25.0)):
        slope = np.bincount(owner, weights=left, minlength=len(own)) - penalty * own
        np.testing.assert_allclose(slope, 0.0, atol=0.05)


def test_who_was_never_there_gets_the_average_and_nobody_leaves_the_scale():
    told = rated()
    known = told.take(np.flatnonzero((told.user != 3) & (told.item != 4)))
    found = Biases.learn(known)
    assert found.say(np.array([3]), np.array([4])) == pytest.approx(known.value.mean())
    said = found.say(np.repeat(np.arange(80), 30), np.tile(np.arange(30), 80))
    assert said.min() >= 1.0 and said.max() <= 5.0


def test_amounts_are_not_ratings():
    told = rated()
    assert are_ratings(told)
    spent = Interactions(
        told.user, told.item, 80, 30, np.random.default_rng(0).gamma(2.0, 9.0, len(told.user))
    )
    again = told.take(np.tile(np.arange(len(told.user)), 2))
    once = Interactions(told.user, told.item, 80, 30, np.ones(len(told.user)))
    for other in (spent, again, once, Interactions(told.user, told.item, 80, 30)):
        assert not are_ratings(other)
