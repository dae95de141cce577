import pytest

from pilothouse.models.networks.residual import ResidualShape, residual

torch = pytest.importorskip("torch", reason="needs the extra deep")


def test_residual_answers_and_describes_pictures_of_any_side():
    network = residual(ResidualShape(3, 16, 4, filters=(8, 12), blocks=2)).eval()
    for side in (16, 21):
        pictures = torch.rand(2, 3, side, side)
        assert network(pictures).shape == (2, 4) and network.features(pictures).shape == (2, 12)
    assert torch.equal(network.head(network.features(pictures)), network(pictures))


def test_residual_block_starts_as_nothing_and_learns():
    torch.manual_seed(0)
    network = residual(ResidualShape(1, 8, 2, filters=(4,)))
    block, inner = network.stages[0][0], torch.rand(3, 4, 8, 8)
    assert torch.equal(block(inner), inner)
    network(torch.rand(3, 1, 8, 8)).sum().backward()
    assert block.body[-1].weight.grad.abs().sum() > 0


def test_residual_has_the_blocks_asked_for():
    stages = residual(ResidualShape(1, 8, 2, filters=(4, 8, 8), blocks=3)).stages
    assert [len(stage) for stage in stages] == [3, 3, 3]
    assert stages(torch.rand(1, 4, 8, 8)).shape == (1, 8, 2, 2)
