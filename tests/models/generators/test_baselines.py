"""The baselines: pixels by themselves, and a copier that is found out."""

from __future__ import annotations

import numpy as np

from pilothouse.models.generators.baselines import CopierModel, GaussianModel
from pilothouse.types import Context


def test_pixels_have_the_mean_and_spread_of_the_learnt_ones(bars, pictures) -> None:
    grey = np.random.default_rng(0).normal(120, 20, (500, 1, 4, 4)).clip(0, 255).astype(np.uint8)
    arrays, _ = GaussianModel().learn(grey, Context())
    drawn = GaussianModel(arrays=arrays).draw(np.arange(4_000)).astype(float)
    assert np.abs(drawn.mean(axis=0) - grey.mean(axis=0)).max() < 2.0
    assert np.abs(drawn.std(axis=0) / grey.std(axis=0) - 1.0).max() < 0.1
    flat = drawn.reshape(len(drawn), -1)
    assert np.abs(np.corrcoef(flat.T) - np.eye(16)).max() < 0.1  # no pixel knows of another


def test_copies_look_like_one_learnt_picture_and_never_quite_equal_it(bars, pictures) -> None:
    model = CopierModel().fit(bars.data, Context())
    drawn = model.draw(np.arange(40))
    places, gaps = model.nearest(drawn)
    assert len(set(places.tolist())) > 20
    assert gaps.min() > 0.0 and gaps.max() < 0.01
    real = bars.data.tables["real"]["gap"]
    assert gaps.max() < 0.5 * np.quantile(real, 0.01)
