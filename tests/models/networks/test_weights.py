import json
from dataclasses import dataclass

import numpy as np
import pytest

from pilothouse.models.networks.weights import NetworkShape, filled, weights_of

torch = pytest.importorskip("torch", reason="needs the extra deep")


@dataclass(frozen=True)
class Sizes(NetworkShape):
    widths: tuple[int, ...] = (1, 2)
    share: float = 0.5


def test_shape_survives_json():
    made = Sizes((3, 4))
    assert Sizes(**json.loads(json.dumps(made.state()))) == made
    assert hash(Sizes(**json.loads(json.dumps(made.state())))) == hash(made)


def test_weights_fill_another_network_of_the_same_shape():
    one, two = (torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)) for _ in range(2))
    one(torch.randn(9, 2))  # moves the norm's buffers
    kept = weights_of(one)
    assert torch.equal(filled(two, kept)(torch.ones(1, 2)), one.eval()(torch.ones(1, 2)))
    with torch.no_grad():
        one[0].weight += 1.0
    assert np.array_equal(kept["0.weight"], two[0].weight.detach().numpy())


def test_weights_that_do_not_fit_are_told():
    with pytest.raises(ValueError, match="do not match"):
        filled(torch.nn.Linear(2, 3), weights_of(torch.nn.Linear(3, 2)))
