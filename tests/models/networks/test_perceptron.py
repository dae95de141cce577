import numpy as np
import pytest

from pilothouse.models.networks.perceptron import PerceptronShape, perceptron

torch = pytest.importorskip("torch", reason="needs the extra deep")


def test_perceptron_takes_rows_and_pictures_and_describes_them():
    network = perceptron(PerceptronShape(2 * 3 * 3, 4, (8, 5))).eval()
    pictures = torch.randint(0, 256, (6, 2, 3, 3), dtype=torch.uint8)
    assert network(pictures).shape == (6, 4) and network.features(pictures).shape == (6, 5)
    assert torch.equal(network(pictures), network(pictures.flatten(1).float() / 255.0))
    assert torch.equal(network.head(network.features(pictures)), network(pictures))


def test_perceptron_without_hidden_layers_is_linear():
    network = perceptron(PerceptronShape(3, 2, ()))
    assert sum(one.numel() for one in network.parameters()) == 3 * 2 + 2


def by_hand(x, truth, first, bias, second, ends):
    """Cross-entropy of a two-layer perceptron and its slopes, step by step, in numpy."""
    entered = x @ first + bias  # (n, hidden)
    hidden = np.maximum(entered, 0.0)
    margins = hidden @ second + ends  # (n, classes)
    shares = np.exp(margins - margins.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    loss = -np.log(shares[rows, truth]).mean()
    # Backwards. The slope of cross-entropy over softmax: what was said less what was true.
    to_margins = shares.copy()
    to_margins[rows, truth] -= 1.0
    to_margins /= len(x)
    to_second, to_ends = hidden.T @ to_margins, to_margins.sum(axis=0)
    to_entered = (to_margins @ second.T) * (entered > 0.0)  # ReLU lets through what was above zero
    return loss, (x.T @ to_entered, to_entered.sum(axis=0), to_second, to_ends)


def test_gradients_by_hand_equal_autograd():
    torch.manual_seed(0)
    network = perceptron(PerceptronShape(5, 3, (7,), dropout=0.0)).double()
    x, truth = torch.randn(40, 5, dtype=torch.float64), torch.randint(0, 3, (40,))
    loss = torch.nn.functional.cross_entropy(network(x), truth)
    loss.backward()
    layers = (network.body[0], network.head)
    arrays = [one.detach().numpy() for layer in layers for one in (layer.weight.T, layer.bias)]
    expected, slopes = by_hand(x.numpy(), truth.numpy(), *arrays)
    assert loss.item() == pytest.approx(expected, abs=1e-9)
    found = [one for layer in layers for one in (layer.weight.grad.T, layer.bias.grad)]
    for mine, theirs in zip(slopes, found, strict=True):
        np.testing.assert_allclose(mine, theirs.numpy(), rtol=0, atol=1e-6)
