from __future__ import annotations

import numpy as np

from pilothouse.steps.evaluate.streams import stream


def test_stream_repeats_for_the_same_seed_and_purpose():
    assert (stream(3, "bootstrap").random(5) == stream(3, "bootstrap").random(5)).all()


def test_streams_of_one_seed_have_nothing_in_common():
    data, a, b = (
        np.random.default_rng(0).random(5000),
        stream(0, "a").random(5000),
        stream(0, "b").random(5000),
    )
    assert np.abs(np.corrcoef([data, a, b]) - np.eye(3)).max() < 0.05
