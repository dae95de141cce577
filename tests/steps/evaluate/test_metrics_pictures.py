"""Distances between sets of pictures: closed forms, invariances, the rule against copies."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.steps.evaluate.metrics_pictures import (
    COPYING,
    RealPictures,
    frechet,
    lies_among,
    measure_pictures,
    nearness,
    passing,
)

RANDOM = np.random.default_rng(1)
REAL = RANDOM.normal(size=(400, 5))


def real(features: np.ndarray = REAL) -> RealPictures:
    return RealPictures(features, np.ones(len(features)), 0.3)


def test_distance_of_one_number_is_that_of_two_normal_distributions() -> None:
    here, there = RANDOM.normal(3.0, 2.0, (50_000, 1)), RANDOM.normal(1.0, 0.5, (50_000, 1))
    assert frechet(here, there) == pytest.approx((3 - 1) ** 2 + (2 - 0.5) ** 2, rel=0.02)


def test_distance_equals_the_matrix_root_by_a_library() -> None:
    linalg = pytest.importorskip("scipy.linalg")
    mix = RANDOM.normal(size=(5, 5))
    here, there = REAL @ mix, RANDOM.normal(size=(300, 5)) + 0.5
    centre = here.mean(axis=0) - there.mean(axis=0)
    spread, wide = (np.cov(one.T, bias=True) for one in (here, there))
    by_hand = centre @ centre + np.trace(spread + wide - 2 * linalg.sqrtm(spread @ wide).real)
    assert frechet(here, there) == pytest.approx(by_hand, rel=1e-4)


def test_equal_sets_have_no_distance_and_constant_features_do_no_harm() -> None:
    flat = np.column_stack([REAL, np.zeros(400), np.full(400, 3.0)])
    assert frechet(flat, flat) == pytest.approx(0.0, abs=1e-9)
    moved = flat + np.array([0, 0, 0, 0, 0, 2.0, 0])
    assert frechet(moved, flat) == pytest.approx(4.0, rel=1e-9)


def test_a_draw_equals_the_set_that_it_stands_for() -> None:
    drawn = RANDOM.normal(0.3, 1.2, (400, 5))
    weight = RANDOM.integers(0, 3, (2, 400)).astype(float)
    together = frechet(drawn, REAL, weight)
    for line, value in zip(weight.astype(int), together, strict=True):
        assert value == pytest.approx(
            frechet(drawn.repeat(line, axis=0), REAL.repeat(line, axis=0)), rel=1e-4
        )


def test_neighbourhoods_tell_lost_kinds_from_wrong_pictures() -> None:
    kinds = np.repeat([[0.0, 0.0], [10.0, 0.0]], 100, axis=0) + 0.3 * RANDOM.normal(size=(200, 2))
    one_kind = 0.3 * RANDOM.normal(size=(200, 2))
    assert lies_among(one_kind, kinds).mean() > 0.4
    found = lies_among(kinds, one_kind)
    assert found[:100].mean() > 0.4 and found[100:].max() == 0.0
    assert lies_among(one_kind + 5.0, kinds).max() == 0.0


def test_room_around_an_odd_picture_is_no_place_among_others() -> None:
    odd = np.concatenate([REAL, [[60.0] * 5]])  # its third neighbour is far, so its room is wide
    anything = 40.0 + RANDOM.normal(size=(50, 5))
    assert lies_among(anything, odd).max() == 0.0


def test_of_real_pictures_about_half_lie_in_the_midst() -> None:
    others = np.random.default_rng(7).normal(size=(400, 5))
    assert 0.3 < lies_among(others, REAL).mean() < 0.7


def test_who_copies_cannot_win() -> None:
    bad = RANDOM.normal(4.0, 1.0, (400, 5))
    gap = np.ones(400)
    gap[:60] = 0.1  # 15 % are copies, and the distance is perfect
    copying, honest = measure_pictures(real(), REAL, gap), measure_pictures(real(), bad, np.ones(400))
    assert copying.primary == "distance" and not copying.higher_is_better["distance"]
    assert copying.values["distance"] == COPYING > honest.values["distance"]
    assert copying.values["raw_distance"] == pytest.approx(0.0, abs=1e-6)
    assert copying.values["copies"] == pytest.approx(0.15)
    gap[:60] = 1.0
    gap[:8] = 0.1  # 2 %: chance
    assert measure_pictures(real(), REAL, gap).values["distance"] < 1.0


def test_the_rule_holds_in_every_draw() -> None:
    gap = np.where(np.arange(400) < 20, 0.1, 1.0)
    weight = np.ones((2, 400))
    weight[1, :20] = 40.0
    found = measure_pictures(real(), REAL, gap, weight).values["distance"]
    assert found[0] < 1.0 and found[1] == COPYING


def test_real_pictures_pass_and_copies_and_pictures_all_alike_do_not() -> None:
    gap = np.where(np.arange(400) < 100, 0.1, 1.0)
    others = np.random.default_rng(8).normal(size=(400, 5))
    assert passing(real(), others, gap)[:100].max() == 0.0
    assert passing(real(), others, gap)[100:].mean() == pytest.approx(1.0, abs=0.1)
    alike = 0.01 * others  # in the very midst of real ones
    assert lies_among(alike, REAL).mean() == 1.0
    assert passing(real(), alike, np.ones(400)).mean() < 0.05


def test_nearness_is_told_by_real_pictures() -> None:
    gaps = np.linspace(1.0, 2.0, 101)
    assert nearness(gaps) == pytest.approx(0.5 * 1.01)
