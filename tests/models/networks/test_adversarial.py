"""The adversarial pair: losses by hand, who learns from which, the averaged generator."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs the extra deep")

from pilothouse.models.networks.adversarial import (  # noqa: E402
    AdversarialShape,
    adversarial,
    drawing_loss,
    judging_loss,
)

SHAPE = AdversarialShape(1, 8, code=4, filters=2, memory=0.9)


def pair():
    torch.manual_seed(0)
    return adversarial(SHAPE)


def test_draws_pictures_and_marks_them() -> None:
    network = pair()
    drawn = network.draw(torch.randn(3, 4))
    assert drawn.shape == (3, 1, 8, 8) and 0 <= float(drawn.min()) <= float(drawn.max()) <= 1
    assert network(drawn).shape == (3,)
    assert network.features(drawn).shape == (3, 16)


def test_a_side_that_cannot_be_halved_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 4, not 10"):
        AdversarialShape(1, 10)


def test_penalty_is_the_mean_squared_slope_at_real_and_drawn_pictures() -> None:
    network, pictures = pair(), torch.rand(6, 1, 8, 8)
    losses = []
    for penalty in (0.0, 1.0):
        torch.manual_seed(5)
        losses.append(float(judging_loss(network, pictures, penalty).detach()))
    torch.manual_seed(5)
    drawn = network.imagine(pictures).detach()
    squares = []
    for picture in torch.cat([pictures, drawn]):  # one at a time: no mark depends on another picture
        own = picture[None].clone().requires_grad_()
        network(own).sum().backward()
        squares.append(float(own.grad.square().sum()))
    assert losses[1] - losses[0] == pytest.approx(
        sum(squares) / 12, rel=1e-2
    )  # a small difference of two float32


def test_each_loss_pulls_the_pair_the_other_way() -> None:
    network, pictures = pair(), torch.rand(8, 1, 8, 8)
    learning = torch.optim.Adam(network.critic.parameters(), lr=0.01)
    for _ in range(60):
        torch.manual_seed(3)
        learning.zero_grad()
        judging_loss(network, pictures, 0.0).backward()
        learning.step()
    torch.manual_seed(3)
    assert float(judging_loss(network, pictures, 0.0).detach()) < 0.6
    torch.manual_seed(3)
    assert float(drawing_loss(network, pictures).detach()) > 0.75


def test_average_follows_the_generator() -> None:
    network = pair()
    with torch.no_grad():
        network.generator[0].bias += 1.0
    before = network.average[0].bias.clone()
    network.follow()
    torch.testing.assert_close(network.average[0].bias, before + 0.1)
    assert not any(one.requires_grad for one in network.average.parameters())
