import numpy as np
import pytest

from pilothouse.models.inside.layers import attention_maps, feature_maps, vectors
from pilothouse.models.networks.convolution import ConvolutionShape, convolution
from pilothouse.models.networks.transformer import TransformerShape, encoder

torch = pytest.importorskip("torch", reason="needs the extra deep")
SHAPE = ConvolutionShape(1, 8, 3, filters=(4, 6), width=5)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return convolution(SHAPE).eval()


def test_vectors_are_what_the_last_layer_sees(network):
    pictures = torch.rand(700, 1, 8, 8)
    found = vectors(network, [pictures])
    assert found.shape == (700, 5)
    with torch.no_grad():
        margin = network.head(torch.from_numpy(found).float())
        np.testing.assert_allclose(margin.numpy(), network(pictures).numpy(), atol=1e-5)


def test_feature_maps_are_what_each_convolution_says(network):
    pictures = torch.rand(2, 1, 8, 8)
    found = feature_maps(network, pictures)
    assert [one.shape for one in found.values()] == [(2, 4, 8, 8), (2, 6, 4, 4)]
    name, first = next(iter(found.items()))
    layer = network.get_submodule(name)
    with torch.no_grad():
        np.testing.assert_allclose(first, layer(pictures * 2.0 - 1.0).numpy(), atol=1e-6)
    assert not layer._forward_hooks, "nothing stays behind"


def test_attention_maps_are_shares_of_each_head():
    torch.manual_seed(0)
    network = encoder(TransformerShape(words=9, width=8, blocks=2, heads=2, window=6)).eval()
    tokens = torch.tensor([[1, 2, 3, 4, 5, 6], [7, 8, 1, 0, 0, 0]])
    found = attention_maps(network, [tokens])
    assert [one.shape for one in found] == [(2, 2, 6, 6)] * 2
    for one in found:
        rows = one[0].sum(axis=-1)
        np.testing.assert_allclose(rows, np.ones_like(rows), atol=1e-5)
        assert one[1, :, :3, 3:].max() == 0, "nobody looks at nothing"
    assert not any(one._forward_pre_hooks for one in network.modules())
