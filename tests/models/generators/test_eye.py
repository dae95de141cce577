"""The eye: trained the same from the same seed, travels as a table, tells kinds apart."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.models.generators.eye import WIDTH, Eye
from pilothouse.steps.evaluate.metrics_pictures import frechet


@pytest.mark.parametrize("labelled", [True, False])
def test_features_come_back_and_do_not_depend_on_company(pictures, labelled) -> None:
    label = (pictures.mean(axis=(1, 2, 3)) > np.median(pictures.mean(axis=(1, 2, 3)))).astype(np.int64)
    eye = Eye.trained(pictures[:120], label[:120] if labelled else None, 3)
    whole = eye.features(pictures)
    assert whole.shape == (len(pictures), WIDTH)
    np.testing.assert_allclose(eye.features(pictures[5:6]), whole[5:6], rtol=1e-12, atol=1e-12)
    for again in (Eye.of(eye.table()), Eye.restore(eye.arrays())):
        assert np.array_equal(again.features(pictures), whole)
    twin = Eye.trained(pictures[:120], label[:120] if labelled else None, 3)
    assert np.array_equal(twin.features(pictures), whole)


def test_like_sets_are_nearer_than_unlike_ones(bars, pictures) -> None:
    eye = Eye.of(bars.data.tables["eye"])
    mirrored = pictures[:, :, :, ::-1]  # bars stay bars
    noise = np.random.default_rng(0).integers(0, 256, pictures.shape).astype(np.uint8)
    own = eye.features(pictures)
    assert 10 * frechet(eye.features(mirrored), own) < frechet(eye.features(noise), own)
