import numpy as np
import pytest

from pilothouse.models.inside.gradients import integrated_gradients

torch = pytest.importorskip("torch", reason="needs the extra deep")
pytest.importorskip("captum", reason="needs the extra deep")


def test_parts_add_up_to_the_gain_over_the_blank():
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(16, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3)
    )
    inputs, labels = torch.rand(5, 1, 4, 4), [0, 1, 2, 0, 1]
    found = integrated_gradients(network, inputs, labels, steps=64)
    with torch.no_grad():
        gain = (network(inputs) - network(torch.zeros_like(inputs)))[range(5), labels]
    assert found.shape == (5, 1, 4, 4)
    np.testing.assert_allclose(found.sum((1, 2, 3)), gain.numpy(), atol=1e-3)


def test_of_a_linear_network_they_are_weight_times_input():
    network = torch.nn.Linear(4, 2)
    inputs, blank = torch.rand(3, 4), torch.full((1, 4), 0.25)
    found = integrated_gradients(network, inputs, [1, 0, 1], blank)
    expected = (inputs - blank) * network.weight[[1, 0, 1]]
    np.testing.assert_allclose(found, expected.detach().numpy(), atol=1e-6)


def test_bytes_are_numbers_from_0_to_1():
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 2))
    pictures = torch.randint(0, 256, (2, 1, 2, 2), dtype=torch.uint8)
    given = integrated_gradients(network, pictures, [0, 1])
    np.testing.assert_allclose(given, integrated_gradients(network, pictures.float() / 255.0, [0, 1]))
