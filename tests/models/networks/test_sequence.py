"""The network of histories: what a place may look at, and how it is taught on large catalogues."""

import pytest

from pilothouse.models.networks.sequence import SequenceShape, sequence

torch = pytest.importorskip("torch", reason="needs the extra deep")
ITEMS = 40


def test_network_never_looks_ahead_nor_at_a_neighbour_in_the_row():
    torch.manual_seed(0)
    network = sequence(SequenceShape(ITEMS, width=8, window=6)).eval()
    tokens = torch.tensor([[1, 2, 3, 4, 5, 6]])
    owner, place = torch.tensor([[1, 1, 1, 2, 2, 2]]), torch.tensor([[0, 1, 2, 0, 1, 2]])
    with torch.no_grad():
        before = network.hidden(tokens, owner, place)
        changed = network.hidden(tokens + torch.tensor([[9, 0, 0, 0, 9, 0]]), owner, place)
    same = (before == changed).all(dim=2)[0].tolist()
    assert same == [False, False, False, True, False, False]


def test_network_draws_others_where_the_catalogue_is_large():
    torch.manual_seed(0)
    shape = SequenceShape(6_000, width=8, dropout=0.0)
    network = sequence(shape).train()
    inner, target = torch.randn(500, 8), torch.randint(1, 6_001, (500,))
    with torch.no_grad():
        drawn = network.losses(inner, target).mean()
        whole = torch.nn.functional.cross_entropy(inner @ network.item.weight[1:].T, target - 1)
    assert float(drawn) == pytest.approx(float(whole), abs=0.02)
