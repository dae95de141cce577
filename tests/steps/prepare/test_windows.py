"""Windows over interactions, and bounds on what one user can do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.models.ranking import Interactions
from pilothouse.steps.prepare.windows import (
    Ledger,
    ask,
    bounded,
    histories,
    kept_aside,
    over_time,
    per_user,
)


def ledger(user, item, time=None, value=None):
    user, item = np.asarray(user, dtype=np.int64), np.asarray(item, dtype=np.int64)
    time = None if time is None else np.asarray(time, dtype=np.int64)
    value = None if value is None else np.asarray(value, dtype=float)
    return Ledger.of(Interactions(user, item, int(user.max()) + 1, int(item.max()) + 1, value, time))


drawn = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5), st.integers(0, 30)), min_size=2, max_size=80)


@given(drawn)
def test_windows_of_time_never_look_ahead(rows):
    user, item, time = np.array(rows).T
    made = over_time(ledger(user, item, time), 3, 0.2)
    for window in made:
        assert len(window.before) and len(window.after)
        assert time[window.before].max() < window.now <= time[window.after].min()
        assert set(window.learn) <= set(window.before)
    for one, following in zip(made, made[1:], strict=False):
        assert len(following.before) == len(one.before) + len(one.after)
    assert not made or len(made[-1].before) + len(made[-1].after) == len(rows)
    assert len(made) <= 4 and (made or len(set(time)) < len(time) or len(time) < 5)


@pytest.mark.parametrize("repeats", [True, False])
@given(rows=drawn, seed=st.integers(0, 5))
def test_dealt_interactions_stand_on_one_side(repeats, rows, seed):
    user, item, _ = np.array(rows).T
    made = per_user(ledger(user, item), 3, 0.2, repeats, seed)
    if not made:
        return
    test = made[-1]
    assert not set(test.after) & set(test.before) and len(test.before) + len(test.after) == len(rows)
    for fold in made[:-1]:
        assert not set(fold.after) & (set(fold.before) | set(test.after))
        assert set(fold.before) | set(fold.after) == set(test.before)
    if not repeats:
        pairs = [{(user[n], item[n]) for n in part} for part in (test.before, test.after)]
        assert not pairs[0] & pairs[1]


def test_users_of_few_interactions_are_only_learnt_from():
    user, item = [0] * 4 + [1] * 5, [0, 1, 2, 3, 0, 1, 2, 3, 4]
    made = per_user(ledger(user, item), 3, 0.2, False, 0)
    assert all(set(window.after) <= set(range(4, 9)) for window in made)
    assert len(made[-1].after) == 1 and all(set(range(4)) <= set(w.learn) for w in made)
    assert per_user(ledger(user[:4], item[:4]), 3, 0.2, False, 0) == ()


def test_histories_are_in_order_of_time():
    made = ledger([0, 1, 0, 0], [3, 1, 2, 0], [30, 5, 10, 20], [1, 2, 3, 4])
    found = histories(made, np.array([0, 1, 2, 3]), np.array([1, 0]))
    assert [h.tolist() for h in found["history"]] == [[1], [2, 0, 3]]
    assert found["value"][1].tolist() == [3, 4, 1] and found["time"][1].tolist() == [10, 20, 30]
    assert [h.tolist() for h in histories(made, np.array([1]), np.array([0]))["history"]] == [[]]


def test_everything_one_asks_is_answered_in_codes():
    made = ledger([0] * 6 + [1] * 4, [0, 1, 0, 2, 3, 3, 4, 4, 4, 5], [0, 1, 2, 3, 4, 5, 0, 1, 2, 3])
    window = over_time(made, 1, 0.5)[-1]
    assert window.now == 2
    found = ask(made, window, np.ones(10, dtype=bool), False, (9, 0))
    assert found.users.tolist() == [0, 1] and found.truth.tolist() == ["2 3", "5"]
    again = ask(made, window, np.ones(10, dtype=bool), True, (9, 0))
    assert again.truth.tolist() == ["0 2 3", "4 5"]
    few = ask(made, window, np.ones(10, dtype=bool), True, (1, 0))
    assert len(few.users) == 1 and few.possible == 2


def shop(random, bots=0, pushes=0):
    user = [np.repeat(np.arange(400), random.geometric(0.08, 400))]
    item = [np.minimum(random.geometric(0.05, len(user[0])) - 1, 99)]
    for bot in range(bots):
        user.append(np.full(pushes, 400 + bot))
        item.append(np.full(pushes, 99))
    return np.concatenate(user), np.concatenate(item)


def test_nothing_ordinary_is_left_out():
    user, item = shop(np.random.default_rng(0))
    every = np.arange(len(user))
    assert (bounded(ledger(user, item), every) == every).all()


@pytest.mark.parametrize("share", [0.01, 0.05, 0.09])
def test_brigade_gains_no_more_than_ten_a_head(share):
    """Each attacker repeats one unpopular item a thousand times."""
    bots = round(share * 400)
    user, item = shop(np.random.default_rng(0), bots, 1000)
    kept = bounded(ledger(user, item), np.arange(len(user)))
    honest = np.count_nonzero(item[user < 400] == 99)
    assert np.count_nonzero(item[kept] == 99) <= honest + 10 * bots
    assert np.count_nonzero(user[kept] < 400) == np.count_nonzero(user < 400)


def test_bot_that_takes_everything_is_cut_to_its_earliest():
    user, item = shop(np.random.default_rng(0))
    flood = 50_000
    user, item = np.concatenate([user, np.full(flood, 400)]), np.concatenate([item, np.arange(flood)])
    kept = bounded(ledger(user, item, np.arange(len(user))), np.arange(len(user)))
    assert np.count_nonzero(user[kept] == 400) <= 20 * 31
    assert (np.diff(kept) > 0).all() and kept[user[kept] == 400].tolist() == list(
        range(len(user) - flood, len(user) - flood + np.count_nonzero(user[kept] == 400))
    )


@given(drawn)
@settings(max_examples=30)
def test_rows_that_stay_are_rows_that_were_given(rows):
    user, item, time = np.array(rows).T
    given_rows = np.arange(0, len(rows), 2)
    kept = bounded(ledger(user, item, time), given_rows)
    assert set(kept) <= set(given_rows)
    assert bounded(ledger(user, item, time), np.empty(0, dtype=np.int64)).size == 0


def test_what_is_kept_aside_of_each_user_is_found_oldest_first():
    book = ledger([0, 1, 0, 1, 0, 2], [0, 1, 2, 3, 4, 5], [9, 1, 5, 2, 7, 8])
    window = over_time(book, 1, 0.6)[-1]
    found = kept_aside(book, window, np.array([0, 1, 2]))
    assert [rows.tolist() for rows in found] == [[2, 4, 0], [], [5]]
