"""The variational autoencoder: its bound against closed forms, and that training raises it."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra deep")

from pilothouse.models.networks.variational import (  # noqa: E402
    VariationalShape,
    bound_loss,
    variational,
)
from pilothouse.models.training import Lesson, TrainingPlan, mean_loss, train  # noqa: E402
from pilothouse.types import Context  # noqa: E402


def test_divergence_equals_that_of_two_normal_distributions() -> None:
    mean, spread = torch.randn(7, 4), torch.randn(7, 4)
    here = torch.distributions.Normal(mean, (0.5 * spread).exp())
    closed = torch.distributions.kl_divergence(here, torch.distributions.Normal(0.0, 1.0)).sum(dim=1).mean()
    logits, pictures = torch.zeros(7, 9), torch.rand(7, 9)
    rebuilt = 9 * np.log(2.0)  # a coin for every pixel
    assert float(bound_loss((logits, mean, spread), pictures)) == pytest.approx(
        float(closed) + rebuilt, rel=1e-5
    )


def test_shapes_and_default_size() -> None:
    network = variational(VariationalShape(784))
    logits, mean, spread = network(torch.rand(3, 1, 28, 28))
    assert logits.shape == (3, 784) and mean.shape == spread.shape == (3, 20)
    sizes = {tuple(one.shape) for one in network.parameters()}
    assert {(400, 784), (20, 400), (400, 20), (784, 400)} <= sizes


def test_features_do_not_depend_on_the_draw() -> None:
    network, pictures = variational(VariationalShape(6, 5, 2)), torch.rand(4, 6)
    assert torch.equal(network.features(pictures), network.features(pictures))
    assert not torch.equal(network(pictures)[0], network(pictures)[0])


def test_training_raises_the_bound() -> None:
    torch.manual_seed(0)
    shown = (torch.rand(4, 16) > 0.5).float()[torch.randint(0, 4, (160,))]
    network, plan = variational(VariationalShape(16, 32, 2)), TrainingPlan(epochs=40, batch=32, patience=None)
    before = mean_loss(network, [shown, shown], bound_loss, plan)
    train(network, Lesson([shown, shown], loss=bound_loss), plan, Context())
    after = mean_loss(network, [shown, shown], bound_loss, plan)
    assert after < 0.5 * before
    assert after > np.log(4)  # no code can say less than which of the four it is
