"""The generators that learn: shapes, seeds, work cut to the budget, figures of training."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.models.generators.trained import Gan, GanModel, Vae, VaeModel
from pilothouse.types import Context, Shape


@pytest.fixture(scope="module")
def drawers(bars):
    return [VaeModel(epochs=40).fit(bars.data, Context(seed=1)), GanModel(epochs=2).fit(bars.data, Context())]


def test_a_seed_gives_one_picture_alone_or_among_others(drawers) -> None:
    for drawer in drawers:
        seeds = np.arange(300)
        drawn = drawer.draw(seeds)
        assert drawn.dtype == np.uint8 and drawn.shape == (300, 1, 8, 8)
        assert np.array_equal(drawer.draw(seeds[[7]])[0], drawn[7])
        assert np.array_equal(drawer.draw(seeds[::-1]), drawn[::-1])
        assert len({one.tobytes() for one in drawn}) > 250


def test_the_vae_draws_nearer_to_real_pictures_than_noise_and_tells_its_bound(
    bars, drawers, pictures
) -> None:
    vae = drawers[0]
    requests = bars.data.tables["asked"].take(slice(0, 100))
    gaps = vae.predict(requests, Context())["gap"]
    noise = np.random.default_rng(0).integers(0, 256, (100, 1, 8, 8)).astype(np.uint8)
    assert np.median(gaps) < 0.6 * np.median(vae.nearest(noise)[1])
    curves = vae.told["curves"]
    assert curves["loss"][-1] < curves["loss"][0] and len(curves["loss"]) == 40
    assert vae.told["bound"] == -min(curves["loss"])
    assert vae.codes(pictures[:5]).shape == (5, 20)


def test_both_players_are_told_of(drawers) -> None:
    curves = drawers[1].told["curves"]
    assert len(curves["critic"]) == len(curves["generator"]) == 2


@pytest.mark.parametrize("kind", [Vae, Gan])
def test_work_is_cut_to_the_budget_and_said_to_be(kind) -> None:
    plenty, little = kind(784).within(50_000, 1e6), kind(784).within(50_000, 1.0)
    assert plenty.epochs == kind.most and not plenty.cut_short
    assert little.epochs == 1 and little.cut_short
    assert kind(784).within(100, 1e6).epochs > kind.most  # few pictures: more passes
    shape = Shape(50_000, 0, 1, 0)
    assert plenty.cost(shape).seconds > 3 * little.cost(shape).seconds
    assert plenty.feasible(shape, 1.0) is not None


def test_a_model_comes_back_with_its_size(drawers, tmp_path) -> None:
    for drawer in drawers:
        drawer.save(tmp_path / drawer.kind)
        again = type(drawer).load(tmp_path / drawer.kind)
        assert again.epochs == drawer.epochs
        assert np.array_equal(again.draw(np.arange(5)), drawer.draw(np.arange(5)))
