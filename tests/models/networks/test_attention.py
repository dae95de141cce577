import pytest

from pilothouse.models.networks.attention import attention, block, fused, shares

torch = pytest.importorskip("torch", reason="needs the extra deep")


def drawn(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


QUERY, KEY, VALUE = drawn(2, 4, 6, 8), drawn(2, 4, 9, 8), drawn(2, 4, 9, 5)
SOME = torch.rand(2, 1, 6, 9, generator=torch.Generator().manual_seed(1)) < 0.5
SOME[0, 0, 0] = False  # the first query of the first row may look nowhere


@pytest.mark.parametrize("seen", [None, SOME, torch.ones(6, 9, dtype=torch.bool).tril()])
def test_attention_written_out_equals_the_fused_kernel(seen):
    torch.testing.assert_close(
        attention(QUERY, KEY, VALUE, seen), fused(QUERY, KEY, VALUE, seen), rtol=0, atol=1e-5
    )


def test_attention_written_out_has_the_fused_kernels_gradients():
    found = []
    for way in (attention, fused):
        query = QUERY.clone().requires_grad_()
        way(query, KEY, VALUE, SOME[1:]).square().sum().backward()
        found.append(query.grad)
    torch.testing.assert_close(*found, rtol=0, atol=1e-5)


def test_shares_sum_to_one_over_what_is_seen():
    table = shares(QUERY, KEY, SOME)
    assert table.masked_select(~SOME).abs().max() == 0.0
    whole = SOME.any(dim=-1).float().expand(2, 4, 6)
    torch.testing.assert_close(table.sum(dim=-1), whole)


def test_block_is_pre_norm_attention_and_two_layers():
    torch.manual_seed(0)
    one, inner = block(8, 2, dropout=0.0), torch.randn(3, 5, 8)
    past = torch.ones(5, 5, dtype=torch.bool).tril()
    query, key, value = (
        part.unflatten(2, (2, 4)).transpose(1, 2) for part in one.mixed(one.before(inner)).chunk(3, 2)
    )
    looked = attention(query, key, value, past).transpose(1, 2).flatten(2)
    middle = inner + one.out(looked)
    expected = middle + one.narrow(torch.nn.functional.gelu(one.wide(one.between(middle))))
    torch.testing.assert_close(one(inner, past), expected, rtol=0, atol=1e-5)
    torch.testing.assert_close(one.shares(inner, past), shares(query, key, past))


def test_crossed_block_looks_at_the_memory_it_may_see():
    torch.manual_seed(0)
    one, inner, memory = block(8, 2, 0.0, crossed=True), torch.randn(3, 5, 8), torch.randn(3, 4, 8)
    held = torch.tensor([True, True, True, False]).expand(3, 1, 1, 4)
    before = one(inner, None, memory, held)
    for place, same in ((3, True), (2, False)):
        changed = memory.clone()
        changed[:, place] += 1.0
        assert torch.allclose(one(inner, None, changed, held), before) == same
