"""A bound that handles most rightly, and a regression that finds the signal that tells."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pilothouse.models.retrieval.refusal import COVERED, Refusal


def made(seed: int, count: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Answerable questions are covered better, and right where signal 5 is high."""
    random = np.random.default_rng(seed)
    answerable = random.random(count) < 0.7
    signals = random.normal(0, 0.3, (count, 9))
    signals[:, COVERED] = np.clip(0.4 + 0.2 * answerable + random.normal(0, 0.15, count), 0, 1)
    signals[:, 5] += answerable
    return signals, answerable & (random.random(count) < 0.95), answerable


def handled(refusal: Refusal, data: tuple[np.ndarray, np.ndarray, np.ndarray]) -> float:
    signals, right, answerable = data
    answered = refusal.sure(signals) >= refusal.bound
    return float(np.mean([(right & answered)[answerable].mean(), (~answered)[~answerable].mean()]))


def test_more_signals_refuse_better_on_new_questions() -> None:
    learn, new = made(0), made(1)
    never, rule, learnt = Refusal.never(9), Refusal.rule(*learn), Refusal.learnt(*learn)
    assert handled(never, new) < 0.5 < handled(rule, new) < handled(learnt, new)
    assert handled(learnt, new) > 0.8


def test_the_bound_is_the_best_of_all() -> None:
    data = made(2, 60)
    refusal = Refusal.rule(*data)
    bounds = [0.0, *refusal.sure(data[0]).tolist(), 1.1]
    best = max(handled(Refusal(refusal.centre, refusal.spread, refusal.slope, 0.0, b), data) for b in bounds)
    assert handled(refusal, data) == pytest.approx(best)


def test_nothing_found_is_never_sure() -> None:
    refusal = Refusal.learnt(*made(3))
    assert refusal.sure(np.zeros((2, 9))).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("value", [True, False])
def test_one_side_alone_teaches_nothing_and_breaks_nothing(value: bool) -> None:
    signals, _, _ = made(4, 30)
    side = np.full(30, value)
    refusal = Refusal.learnt(signals, side, side)
    answered = refusal.sure(signals) >= refusal.bound
    assert answered.all() == value and answered.any() == value


def test_it_comes_back_from_json() -> None:
    refusal = Refusal.learnt(*made(5))
    again = Refusal.read(json.loads(json.dumps(refusal.as_json())))
    np.testing.assert_array_equal(again.sure(made(6)[0]), refusal.sure(made(6)[0]))
    assert again.bound == refusal.bound
