"""Heads on a network: learnt with it, or on top of it as it is."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from pilothouse.models.networks.convolution import ConvolutionShape, convolution  # noqa: E402
from pilothouse.models.pretraining.heads import attach, teach  # noqa: E402
from pilothouse.models.training import TrainingPlan  # noqa: E402
from pilothouse.types import Context  # noqa: E402

SHAPE = ConvolutionShape(channels=1, side=8, outputs=2, filters=(4,), width=8)
PLAN = TrainingPlan(epochs=15, batch=16, rate=1e-2, patience=None)


def halves(rows: int = 80) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures whose left or right half is bright."""
    truth = torch.arange(rows) % 2
    pictures = torch.rand(rows, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 0.3
    pictures[truth == 1, :, :, :4] += 0.6
    return pictures, truth


@pytest.mark.parametrize("frozen", [True, False])
def test_classes_are_learnt(frozen: bool) -> None:
    torch.manual_seed(0)
    network = convolution(SHAPE)
    before = {name: one.clone() for name, one in network.state_dict().items()}
    pictures, truth = halves()
    headed = attach(network, 8, 2, frozen=frozen, dropout=0.0)
    teach(headed, ([pictures, truth], None), PLAN, Context())
    with torch.no_grad():
        assert (headed(pictures).argmax(dim=1) == truth).float().mean() > 0.9
    same = all(torch.equal(one, network.state_dict()[name]) for name, one in before.items())
    assert same is frozen  # batch statistics among them


def test_a_number_is_learnt_from_what_stands_beside() -> None:
    torch.manual_seed(0)
    pictures, truth = halves()
    beside = torch.randn(80, 2, generator=torch.Generator().manual_seed(1))
    aim = 0.5 * beside[:, 0] + truth
    headed = attach(convolution(SHAPE), 8, 1, beside=2, dropout=0.0)
    done = teach(headed, ([pictures, beside, aim], [pictures, beside, aim]), PLAN, Context())
    assert min(done.history) < 0.25 * done.history[0]
