import numpy as np
import pytest

from models.rankers.clubs import clubs
from pilothouse.models.rankers.packing import Packed
from pilothouse.models.ranking import Interactions


@pytest.mark.parametrize("window", [4, 7, 64])
def test_packed_asks_for_each_item_after_a_users_first_exactly_once(window):
    taken = Interactions.of(clubs(50)).ordered()
    packed = Packed.of(taken, window, np.random.default_rng(0))
    asked = packed.learn[packed.learn > 0].tolist() + packed.check[packed.check > 0].tolist()
    firsts = np.concatenate([[True], np.diff(taken.user) > 0])
    assert sorted(asked) == sorted((taken.item[~firsts] + 1).tolist())
    assert not ((packed.learn > 0) & (packed.check > 0)).any()
    assert (packed.check > 0).sum() == 50
    # In this world the next item is known from the last one.
    known = packed.learn + packed.check
    here = known > 0
    before = packed.tokens[here] - 1
    np.testing.assert_array_equal((before // 2 + 1) % 19 * 2 + before % 2, known[here] - 1)


def test_packed_leaves_few_cells_empty_and_counts_places_from_each_start():
    taken = Interactions.of(clubs(300)).ordered()
    packed = Packed.of(taken, 32, np.random.default_rng(0))
    assert (packed.owner > 0).mean() > 0.8
    starts = np.diff(packed.owner, axis=1, prepend=0) > 0
    assert (packed.place[starts] == 0).all()
    inside = (packed.owner > 0) & ~starts
    assert (packed.place[inside] == np.roll(packed.place, 1, axis=1)[inside] + 1).all()


def test_packed_holds_out_a_fifth_of_many_users_and_none_with_two_items():
    user = np.repeat(np.arange(12_000), np.where(np.arange(12_000) < 2_000, 2, 3))
    taken = Interactions(user, np.arange(len(user)) % 50, 12_000, 50)
    packed = Packed.of(taken, 16, np.random.default_rng(0))
    held = int((packed.check > 0).sum())
    assert 1_800 < held < 2_200
    assert (packed.place[packed.check > 0] == 1).all()


def test_packed_parts_give_the_number_of_targets_last():
    torch = pytest.importorskip("torch", reason="needs the extra deep")
    taken = Interactions.of(clubs(30)).ordered()
    learn, check = Packed.of(taken, 16, np.random.default_rng(0)).parts(torch)
    assert len(learn) == len(check) == 5
    assert float(learn[-1].sum()) == int((learn[3] > 0).sum())
    assert float(check[-1].sum()) == 30
    single = Interactions(np.zeros(2, dtype=np.int64), np.array([3, 4]), 1, 5)
    assert Packed.of(single, 16, np.random.default_rng(0)).parts(torch)[1] is None
