"""The autoencoder: codes, rebuilt pictures, its loss."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra deep")

from pilothouse.models.networks.autoencoder import (  # noqa: E402
    AutoencoderShape,
    autoencoder,
    rebuilding_loss,
)
from pilothouse.models.training import Lesson, TrainingPlan, mean_loss, train  # noqa: E402
from pilothouse.types import Context  # noqa: E402


def test_pictures_become_codes_and_logits() -> None:
    network = autoencoder(AutoencoderShape(12, 8, 3))
    pictures = torch.rand(5, 3, 2, 2)
    assert network.features(pictures).shape == (5, 3)
    assert network(pictures).shape == (5, 12)


def test_loss_is_the_cross_entropy_summed_over_pixels() -> None:
    logits, pictures = torch.tensor([[0.3, -2.0], [1.0, 0.0]]), torch.tensor([[1.0, 0.25], [0.0, 0.5]])
    chance = 1 / (1 + np.exp(-logits.numpy()))
    truth = pictures.numpy()
    by_hand = -(truth * np.log(chance) + (1 - truth) * np.log(1 - chance)).sum(axis=1).mean()
    assert float(rebuilding_loss(logits, pictures)) == pytest.approx(by_hand, rel=1e-6)


def test_training_learns_what_pictures_have_in_common() -> None:
    torch.manual_seed(0)
    ways = torch.rand(3, 16)
    shown = ways[torch.randint(0, 3, (120,))]
    network, plan = (
        autoencoder(AutoencoderShape(16, 32, 2)),
        TrainingPlan(epochs=80, batch=30, rate=5e-3, patience=None),
    )
    before = mean_loss(network, [shown, shown], rebuilding_loss, plan)
    train(network, Lesson([shown, shown], loss=rebuilding_loss), plan, Context())
    entropy = float(rebuilding_loss(torch.logit(shown), shown))
    after = mean_loss(network, [shown, shown], rebuilding_loss, plan)
    assert after - entropy < 0.2 * (before - entropy)
