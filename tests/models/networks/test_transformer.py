import pytest

from pilothouse.models.networks.transformer import TransformerShape, decoder, encoder, tied

torch = pytest.importorskip("torch", reason="needs the extra deep")
SHAPE = TransformerShape(words=9, width=8, blocks=2, heads=2, window=6, dropout=0.0)
TOKENS = torch.tensor([[1, 2, 3, 4, 5, 6], [7, 8, 9, 0, 0, 0]])


def made(maker, **settings):
    torch.manual_seed(0)
    return maker(TransformerShape(**{**SHAPE.state(), **settings})).eval()


def touched(network, place, *others):
    """Which places of the first row move when one of its tokens does."""
    changed = TOKENS.clone()
    changed[0, place] = 9
    return (network(changed, *others) != network(TOKENS, *others)).any(dim=2)[0].tolist()


def test_encoder_sees_all_and_decoder_the_past():
    assert touched(made(encoder), 2) == [True] * 6
    assert touched(made(decoder), 2) == [False, False, True, True, True, True]


@pytest.mark.parametrize("maker", [encoder, decoder])
def test_what_stands_behind_is_never_seen(maker):
    network = made(maker)
    torch.testing.assert_close(network(TOKENS)[1, :3], network(TOKENS[1:, :3])[0])
    torch.testing.assert_close(network.features(TOKENS)[1], network.features(TOKENS[1:, :3])[0])
    assert network.features(torch.zeros(2, 4, dtype=torch.int64)).isfinite().all()


def test_features_are_the_mean_or_the_last():
    one, two = made(encoder), made(decoder)
    torch.testing.assert_close(one.features(TOKENS)[1], one(TOKENS)[1, :3].mean(dim=0))
    torch.testing.assert_close(two.features(TOKENS)[1], two(TOKENS)[1, 2])


def test_decoder_looks_at_a_memory():
    network, memory = made(decoder, crossed=True), torch.randn(2, 3, 8)
    held = torch.tensor([[True, True, False]] * 2)
    before, changed = network(TOKENS, memory, held), memory.clone()
    changed[:, 2] += 1.0
    torch.testing.assert_close(network(TOKENS, changed, held), before)
    changed[:, 0] += 1.0
    assert not torch.allclose(network(TOKENS, changed, held), before)
    assert touched(network, 2, memory) == [False, False, True, True, True, True]


def test_tied_head_scores_each_word_by_its_embedding():
    network = made(encoder)
    scores = tied(network, network(TOKENS))
    assert scores.shape == (2, 6, 9)
    expected = (network(TOKENS)[0, 1] * network.word.weight[4]).sum()
    torch.testing.assert_close(scores[0, 1, 3], expected)


def test_decoder_learns_to_count():
    torch.manual_seed(0)
    network = decoder(TransformerShape(words=9, width=16, blocks=1, heads=2, window=6, dropout=0.0))
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    starts = torch.randint(0, 4, (64, 1))
    rows = starts + torch.arange(1, 7)
    for _ in range(60):
        scores = tied(network, network(rows[:, :-1]))
        loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), rows[:, 1:].flatten() - 1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.1
