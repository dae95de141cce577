import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from models.rankers.clubs import clubs
from pilothouse.models.rankers.rehearsal import ndcg, rehearse
from pilothouse.models.ranking import Interactions
from pilothouse.types import Column, Kind, Role


def timeless(data):
    return data.with_table(data.table.drop(["time"]))


def test_rehearse_with_times_holds_the_latest_back_and_asks_afterwards():
    data = clubs()
    held = rehearse(data, repeats=False)
    last_learnt = held.learn.table["time"].max()
    assert held.learn.rows == int(data.rows * 0.8)
    assert (held.requests["now"] >= last_learnt).all()
    for times, now in zip(held.requests["time"], held.requests["now"], strict=True):
        assert (times <= now.astype(np.int64)).all() and (np.diff(times) >= 0).all()


def test_rehearse_without_times_deals_each_user_at_random():
    data = timeless(clubs())
    held = rehearse(data, repeats=False)
    told, learnt = Interactions.of(data).ordered(), Interactions.of(held.learn).ordered()
    names, places = list(data.tables["users"]["id"]), []
    for row, name in enumerate(held.requests["user"]):
        whole = told.item[told.user == names.index(name)]
        before = held.requests["history"][row]
        np.testing.assert_array_equal(before, learnt.item[learnt.user == names.index(name)])
        np.testing.assert_array_equal(before, whole[~np.isin(whole, held.wanted[row])])
        assert len(held.wanted[row]) == max(1, round(0.2 * len(whole)))
        places += (np.flatnonzero(np.isin(whole, held.wanted[row])) / (len(whole) - 1)).tolist()
    assert 0.4 < np.mean(places) < 0.6


def test_rehearse_without_times_does_not_depend_on_the_order_of_the_file():
    data = timeless(clubs())
    ranked = data.take(np.argsort(data.table["item"], kind="stable"))
    held = rehearse(ranked, repeats=False)
    above = [w.min() > h.max() for w, h in zip(held.wanted, held.requests["history"], strict=True)]
    assert np.mean(above) < 0.5


def test_rehearse_twice_asks_for_the_last_item_with_all_else_known():
    data = clubs()
    once, both = rehearse(data, repeats=False, twice=False), rehearse(data, repeats=False)
    assert both.requests.rows > once.requests.rows
    second = both.requests.take(slice(once.requests.rows, None))
    names = list(data.tables["users"]["id"])
    told = Interactions.of(data).ordered()
    for row, user in enumerate(second["user"]):
        whole = told.item[told.user == names.index(user)]
        np.testing.assert_array_equal(second["history"][row], whole[:-1])
        assert both.wanted[once.requests.rows + row].tolist() == [whole[-1]]


@pytest.mark.parametrize("repeats", [False, True])
def test_rehearse_wants_what_is_new_unless_repeats_count(repeats):
    data = clubs()
    code = np.where(data.table["item"] > 9, 4.0 + data.table["item"] % 2, data.table["item"])
    again = data.with_table(data.table.put(data.table.column("item"), code))
    held = rehearse(again, repeats=repeats)
    old = [np.isin(w, h).any() for w, h in zip(held.wanted, held.requests["history"], strict=True)]
    assert any(old) is repeats


def test_rehearse_draws_by_seed_and_gives_up_on_little():
    data = clubs()
    one, same, other = (rehearse(data, repeats=False, seed=s, most=30, twice=False) for s in (1, 1, 2))
    assert one.requests.digest() == same.requests.digest() != other.requests.digest()
    assert one.requests.rows <= 30
    assert rehearse(data.take(slice(0, 15)), repeats=False) is None


def test_rehearse_brings_attributes_and_values():
    data = clubs()
    rated = data.with_table(data.table.put(Column("value", Kind.NUMBER, Role.VALUE), data.table["item"] / 2))
    held = rehearse(rated, repeats=False)
    assert {"likes", "age"} <= set(held.requests.names)
    for values, history in zip(held.requests["value"], held.requests["history"], strict=True):
        np.testing.assert_array_equal(values, history / 2)


def test_ndcg_agrees_with_a_library():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(20, 30))
    lists = np.argsort(-scores, axis=1)[:, :10]
    wanted = tuple(np.sort(rng.choice(30, int(size), replace=False)) for size in rng.integers(1, 15, 20))
    truth = np.array([np.isin(np.arange(30), one) for one in wanted]).astype(float)
    expected = [ndcg_score(truth[[row]], scores[[row]], k=10) for row in range(20)]
    np.testing.assert_allclose(ndcg(lists, wanted), expected)
