"""What generators share: noise of a seed, bytes, keeping on disk."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.models.generators.baselines import GaussianModel
from pilothouse.models.generators.drawing import as_bytes, noise
from pilothouse.types import Context


def test_noise_of_a_seed_does_not_depend_on_company() -> None:
    seeds = np.array([4, 9, 4])
    lines = noise(seeds, 6)
    assert np.array_equal(lines[0], lines[2]) and not np.array_equal(lines[0], lines[1])
    assert np.array_equal(noise(seeds[1:2], 6)[0], lines[1])
    assert abs(noise(np.arange(200), 50).std() - 1.0) < 0.02


def test_bytes_are_rounded_and_cut() -> None:
    assert as_bytes(np.array([-0.2, 0.0, 0.499, 1.0, 1.7])).tolist() == [0, 0, 127, 255, 255]


def test_a_model_comes_back_from_disk(bars, tmp_path) -> None:
    model = GaussianModel().fit(bars.data, Context())
    model.save(tmp_path)
    again = GaussianModel.load(tmp_path)
    requests = bars.data.tables["asked"].take(slice(0, 20))
    here, there = model.predict(requests, Context()), again.predict(requests, Context())
    assert np.array_equal(here["features"], there["features"]) and np.array_equal(here["gap"], there["gap"])


def test_nothing_is_drawn_before_fit(bars) -> None:
    with pytest.raises(RuntimeError, match="before fit"):
        GaussianModel().predict(bars.data.tables["asked"], Context())
