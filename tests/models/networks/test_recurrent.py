import pytest

from pilothouse.models.networks.recurrent import RecurrentShape, recurrent

torch = pytest.importorskip("torch", reason="needs the extra deep")
TOKENS = torch.tensor([[3, 1, 4, 0, 0], [1, 5, 0, 0, 0], [2, 2, 2, 2, 2], [0, 0, 0, 0, 0]])


def made(**settings):
    torch.manual_seed(0)
    return recurrent(RecurrentShape(5, 3, width=6, hidden=4, **settings)).eval()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize(("both_ways", "width"), [(True, 16), (False, 8)])
def test_recurrent_answers_and_describes(cell, both_ways, width):
    network = made(cell=cell, both_ways=both_ways, layers=2)
    assert network(TOKENS).shape == (4, 3) and network.features(TOKENS).shape == (4, width)
    assert network(TOKENS).isfinite().all()


def test_recurrent_never_sees_what_stands_behind():
    network = made(layers=2)
    longer = torch.cat([TOKENS, torch.zeros(4, 9, dtype=torch.int64)], dim=1)
    torch.testing.assert_close(network(longer), network(TOKENS))
    torch.testing.assert_close(network(TOKENS[:1, :3])[0], network(TOKENS)[0])


def test_recurrent_sees_the_order():
    network = made()
    turned = network(TOKENS[:1, [2, 1, 0]])
    assert not torch.allclose(turned, network(TOKENS[:1, :3]))


def test_recurrent_both_ways_equals_torchs_reader_both_ways():
    network = made()
    theirs = torch.nn.LSTM(6, 4, batch_first=True, bidirectional=True)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    with torch.no_grad():
        for reader, end in zip(network.readers, ("", "_reverse"), strict=True):
            for name in names:
                getattr(theirs, name + end).copy_(getattr(reader, name))
    inner, (last, _) = theirs(network.word(TOKENS[2:3]))
    expected = [last[0], inner[..., :4].amax(dim=1), last[1], inner[..., 4:].amax(dim=1)]
    torch.testing.assert_close(network.features(TOKENS[2:3]), torch.cat(expected, dim=1))


def test_recurrent_takes_numbers_beside_tokens():
    network = made(numbers=2)
    numbers = torch.randn(4, 5, 2)
    before, changed = network(TOKENS, numbers), numbers.clone()
    changed[0, 4] += 1.0  # behind the first row's three tokens
    torch.testing.assert_close(network(TOKENS, changed), before)
    changed[0, 0] += 1.0
    assert not torch.allclose(network(TOKENS, changed)[0], before[0])
