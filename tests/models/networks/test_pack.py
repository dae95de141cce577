import pytest

from pilothouse.models.networks.pack import PackShape, pack

torch = pytest.importorskip("torch", reason="needs the extra deep")
SHAPE = PackShape(numbers=3, places=5, categories=2, outputs=4, members=6, width=8, layers=2, dropout=0.0)


def test_pack_answers_once_for_each_member():
    out = pack(SHAPE)(torch.randn(7, 3), torch.tensor([[0, 4]] * 7))
    assert out.shape == (6, 7, 4)


def test_pack_members_do_not_touch_each_other():
    network = pack(SHAPE)
    numbers, hot = torch.randn(7, 3), torch.tensor([[1, 3]] * 7)
    before = network(numbers, hot)
    with torch.no_grad():
        for weights in network.inner:
            weights[2] += 1.0
    after = network(numbers, hot)
    same = [bool(torch.equal(before[i], after[i])) for i in range(6)]
    assert same == [True, True, False, True, True, True]


def test_pack_without_categories_needs_no_places():
    shape = PackShape(numbers=3, places=0, categories=0, outputs=1)
    out = pack(shape)(torch.randn(4, 3), torch.zeros((4, 0), dtype=torch.int64))
    assert out.shape == (8, 4, 1)


def test_pack_shape_state_round_trip():
    assert PackShape(**SHAPE.state()) == SHAPE
