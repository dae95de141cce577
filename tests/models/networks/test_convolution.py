import pytest

from pilothouse.models.networks.convolution import ConvolutionShape, convolution

torch = pytest.importorskip("torch", reason="needs the extra deep")


@pytest.mark.parametrize(("channels", "side"), [(1, 28), (3, 15)])
def test_convolution_answers_and_describes(channels, side):
    network = convolution(ConvolutionShape(channels, side, 10, width=20)).eval()
    pictures = torch.randint(0, 256, (5, channels, side, side), dtype=torch.uint8)
    assert network(pictures).shape == (5, 10) and network.features(pictures).shape == (5, 20)
    torch.testing.assert_close(network(pictures), network(pictures.float() / 255.0))
    assert torch.equal(network.head(network.features(pictures)), network(pictures))


def test_convolution_halves_the_sides_in_each_stage():
    network = convolution(ConvolutionShape(1, 28, 10, filters=(4, 8, 16)))
    shapes, pictures = [], torch.zeros(2, 1, 28, 28)
    for stage in network.stages:
        pictures = stage(pictures)
        shapes.append(tuple(pictures.shape[1:]))
    assert shapes == [(4, 14, 14), (8, 7, 7), (16, 3, 3)]


def test_convolution_without_norms_keeps_nothing_of_a_batch():
    network = convolution(ConvolutionShape(1, 8, 2, normalise=False, dropout=0.0)).train()
    pictures = torch.rand(4, 1, 8, 8)
    assert not list(network.buffers())
    torch.testing.assert_close(network(pictures)[:1], network(pictures[:1]))
