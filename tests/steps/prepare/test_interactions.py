"""From interactions as collected to questions with answers: nothing later is ever known."""

import re

import numpy as np
import pytest

from pilothouse.errors import BadOption, MissingColumn, UserFault
from pilothouse.guards.personal import Pseudonyms
from pilothouse.models.ranking import Interactions
from pilothouse.steps.prepare.interactions import InteractionWish, prepare_interactions
from pilothouse.types import Kind, Role
from steps.prepare.tables import table

KEY = Pseudonyms(b"0123456789abcdef")
USERS, ITEMS, ROWS = 60, 40, 3000
ROLES = {"user_id": Role.USER, "sku": Role.ITEM, "rating": Role.VALUE, "at": Role.TIME}


def events(seed=0, rows=ROWS, users=USERS, times=True, **more):
    random = np.random.default_rng(seed)
    user = random.integers(0, users, rows)
    item = np.minimum(random.geometric(0.08, rows) - 1, ITEMS - 1)
    columns = {
        "user_id": [f"u{u}" for u in user],
        "sku": [f"13800138{i:03d}" for i in item],
        "rating": random.integers(1, 6, rows).astype(float),
    }
    if times:
        start = np.datetime64("2025-01-01", "us")
        columns["at"] = start + random.integers(0, 10**6, rows).astype("timedelta64[s]").astype("m8[us]")
    given = {name: make(user, item) for name, make in more.items()}
    return table(roles=ROLES, **columns, **given)


def ready(rows, wish=None, **sides):
    return prepare_interactions({"rows": rows, **sides}, wish or InteractionWish(), KEY)


def sets(truth):
    return [set(map(int, words.split())) for words in truth]


@pytest.fixture(scope="module")
def timed():
    return ready(events())


def test_rows_are_codes_and_tables_hold_their_ids_in_the_order_seen(timed):
    rows, taken = events(), Interactions.of(timed.data)
    items, users = timed.data.tables["items"], timed.data.tables["users"]
    assert (items["sku"][taken.item] == rows["sku"]).all()
    assert items["sku"][0] == rows["sku"][0] and users.columns[0].role is Role.USER
    assert (timed.user_ids[taken.user] == rows["user_id"]).all()
    assert (users["user_id"][taken.user] == KEY.of(rows["user_id"], "user")).all()
    assert (taken.time == rows["at"].astype(np.int64)).all() and (taken.value == rows["rating"]).all()


def test_test_window_is_the_last_fifth_and_folds_roll_up_to_it(timed):
    time = Interactions.of(timed.data).time
    split = timed.split
    assert split.kind == "time" and split.unit_name == timed.id_name == "user_id"
    assert len(split.train) == pytest.approx(0.8 * ROWS, abs=3)
    assert [len(learn) for learn, _ in split.folds] == pytest.approx([1500, 1800, 2100], abs=3)
    now = timed.asked["now"].astype(np.int64)
    for learn, ask in (*split.folds, (split.train, split.test)):
        assert len(set(now[ask])) == 1 and time[learn].max() < now[ask[0]]


def test_question_knows_all_before_and_nothing_after(timed):
    taken, now = Interactions.of(timed.data), timed.asked["now"].astype(np.int64)
    for row, user in enumerate(timed.split.unit):
        own = np.flatnonzero((taken.user == user) & (taken.time < now[row]))
        own = own[np.argsort(taken.time[own], kind="stable")]
        assert (timed.asked["history"][row] == taken.item[own]).all()
        assert (timed.asked["time"][row] == taken.time[own]).all()
        assert (timed.asked["value"][row] == taken.value[own]).all()


def test_truth_is_what_was_taken_then_and_not_before(timed):
    taken, now = Interactions.of(timed.data), timed.asked["now"].astype(np.int64)
    ends = {*now.tolist()} - {now.min()} | {taken.time.max() + 1}
    for row, right in enumerate(sets(timed.truth)):
        end = min(e for e in ends if e > now[row])
        inside = (taken.user == timed.split.unit[row]) & (taken.time >= now[row]) & (taken.time < end)
        assert right == set(taken.item[inside].tolist()) - set(timed.asked["history"][row].tolist())
        assert right


def test_questions_name_their_user_by_pseudonym_and_by_own_id(timed):
    assert (timed.ids == timed.asked["user"]).all()
    assert (KEY.of(timed.raw_ids, "user") == timed.ids).all()
    assert (timed.user_ids[timed.split.unit] == timed.raw_ids).all()
    assert timed.asked.names == ("user", "history", "value", "time", "now")
    kinds = [(c.kind, c.role) for c in timed.asked.columns]
    assert kinds[:2] == [(Kind.CATEGORY, Role.USER), (Kind.SEQUENCE, Role.ITEM)]
    assert kinds[2:4] == [(Kind.SEQUENCE, Role.VALUE), (Kind.SEQUENCE, Role.TIME)]


def test_everything_a_user_did_is_kept_for_serving(timed):
    taken = Interactions.of(timed.data)
    assert timed.known.names == timed.asked.names and timed.known.rows == taken.users
    for user in range(taken.users):
        assert sorted(timed.known["history"][user]) == sorted(taken.item[taken.user == user])
    assert (timed.known["user"] == timed.data.tables["users"]["user_id"]).all()


def test_repeats_are_truth_only_where_wished(timed):
    again = ready(events(), InteractionWish(repeats=True))
    met = [
        right & set(h.tolist()) for right, h in zip(sets(again.truth), again.asked["history"], strict=True)
    ]
    assert any(met) and again.asked.rows >= timed.asked.rows


def test_only_relevant_interactions_are_truth():
    rows = events()
    made = ready(rows, InteractionWish(relevant_from=4.0, repeats=True))
    taken, now = Interactions.of(made.data), made.asked["now"].astype(np.int64)
    for row in made.split.test:
        inside = (taken.user == made.split.unit[row]) & (taken.time >= now[row])
        assert sets([made.truth[row]])[0] == set(taken.item[inside & (taken.value >= 4)].tolist())


def test_without_times_a_fifth_of_each_users_interactions_is_kept_aside():
    made = ready(events(times=False).drop(["rating"]))
    taken, split = Interactions.of(made.data), made.split
    assert split.kind == "holdout" and made.asked.names == ("user", "history")
    pairs = [set(taken.item[taken.user == u].tolist()) for u in range(taken.users)]
    for row in split.test:
        own, right = pairs[split.unit[row]], sets([made.truth[row]])[0]
        known = set(made.asked["history"][row].tolist())
        assert known | right == own and not known & right
        assert len(right) == max(1, round(0.2 * len(own)))
    parts = [{(split.unit[r], i) for r in ask for i in sets([made.truth[r]])[0]} for _, ask in split.folds]
    assert not parts[0] & parts[1] and not parts[1] & parts[2] and not parts[0] & parts[2]
    for (learn, _), part in zip(split.folds, parts, strict=True):
        learnt = set(zip(taken.user[learn].tolist(), taken.item[learn].tolist(), strict=True))
        assert not learnt & part


def test_one_moment_for_all_is_no_time():
    rows = events()
    same = rows.put(rows.column("at"), np.full(ROWS, np.datetime64("2025-01-01", "us")))
    made = ready(same)
    assert made.split.kind == "holdout" and "now" not in made.asked and made.time_name is None
    assert any(m.key == "interactions.few_moments" for m in made.notes)


def test_same_seed_same_questions_and_other_seed_other_ones():
    rows = events(times=False)
    assert ready(rows).truth.tolist() == ready(rows).truth.tolist()
    assert ready(rows).truth.tolist() != ready(rows, InteractionWish(seed=1)).truth.tolist()


def test_names_of_users_and_items_change_no_split():
    rows = events(times=False)
    renamed = np.array([f"x{u[::-1]}" for u in rows["user_id"]], dtype=object)
    other = ready(rows.put(rows.column("user_id"), renamed))
    assert other.truth.tolist() == ready(rows).truth.tolist()


def test_questions_beyond_the_limit_are_drawn_and_told():
    made = ready(events(), InteractionWish(most_questions=10))
    assert len(made.split.test) == 10 and all(len(ask) == 10 for _, ask in made.split.folds)
    assert [m.values["asked"] for m in made.notes if m.key == "interactions.drawn"] == [10]


def test_attributes_come_from_tables_of_their_own():
    items = table(
        roles={"sku": Role.ITEM, "title": Role.ID},
        sku=[f"13800138{i:03d}" for i in range(ITEMS + 5)],
        title=[f"Blue thing {i}" for i in range(ITEMS + 5)],
        colour=["red", "blue", "green"] * 15,
    )
    users = table(
        roles={"user_id": Role.ID},
        user_id=[f"u{u}" for u in range(USERS + 3)],
        mobile=[f"139{u:08d}" for u in range(USERS + 3)],
        age=np.arange(USERS + 3) % 40 + 18.0,
        time=["day", "night", "day"] * 21,
    )
    made = ready(events(), items=items, users=users)
    goods, people = made.data.tables["items"], made.data.tables["users"]
    assert goods.names == ("sku", "title", "colour") and goods.rows == ITEMS + 5
    assert goods.column("title").kind is Kind.TEXT and goods["sku"][-1] == "13800138044"
    place = goods["sku"].tolist().index("13800138007")
    assert goods["title"][place] == "Blue thing 7" and goods["colour"][place] == "blue"
    assert people.names == ("user_id", "age", "time_") and people.rows == USERS + 3
    assert made.asked.names[-2:] == ("age", "time_")
    own = [float(raw[1:]) % 40 + 18 for raw in made.raw_ids]
    assert made.asked["age"].tolist() == own
    assert ("mobile", "removed") in {(t.column, t.treatment) for t in made.personal}
    assert any(m.key == "interactions.never_taken" for m in made.notes)


def test_columns_of_the_interactions_are_sorted_by_whom_they_describe():
    random = np.random.default_rng(3)
    rows = events(
        brand=lambda u, i: [f"b{x % 6}" for x in i],
        city=lambda u, i: [f"c{x % 7}" for x in u],
        mood=lambda u, i: [f"m{x}" for x in random.integers(0, 4, len(u))],
    )
    made = ready(rows)
    assert made.data.tables["items"].names == ("sku", "brand")
    assert made.data.tables["users"].names == ("user_id", "city")
    assert made.asked["city"].tolist() == [f"c{int(u[1:]) % 7}" for u in made.raw_ids]
    roles = {c.name: c.role for c in made.columns}
    assert roles["mood"] is Role.IGNORE and roles["brand"] is Role.FEATURE
    assert list(roles) == ["user_id", "sku", "rating", "at", "city", "brand", "mood"]


def test_nothing_personal_is_left_but_items_keep_their_ids():
    rows = events(
        phone=lambda u, i: [f"139{x:08d}" for x in u],
        memo=lambda u, i: [f"call 137{n:08d}" for n in range(len(u))],
    )
    made = ready(rows)
    left = [made.asked, made.known, *made.data.tables.values()]
    told = [t[c.name] for t in left for c in t.columns if c.kind is Kind.CATEGORY and c.name != "sku"]
    words = {str(v) for values in told for v in values}
    assert not any(re.search("^u[0-9]+$|13[79]0000", word) for word in words) and len(words) >= USERS
    assert made.data.tables["items"]["sku"][0].startswith("13800138")
    assert {(t.column, t.treatment) for t in made.personal} >= {
        ("user_id", "pseudonym"),
        ("phone", "removed"),
    }


def test_users_are_pseudonyms_even_where_the_rest_is_left():
    rows = events(phone=lambda u, i: [f"139{x:08d}" for x in u])
    made = ready(rows, InteractionWish(desensitise=False))
    assert made.ids[0] != made.raw_ids[0]
    assert ("phone", "not_checked") in {(t.column, t.treatment) for t in made.personal}


def test_copies_and_repeats_are_counted():
    rows = events()
    doubled = rows.take(np.concatenate([np.arange(ROWS), np.arange(7)]))
    told = {m.key: m.values["rows"] for m in ready(doubled).notes if "rows" in m.values}
    assert told["interactions.identical"] == 7
    pairs = len(set(zip(rows["user_id"], rows["sku"], strict=True)))
    assert told["interactions.again"] == ROWS + 7 - pairs


def test_learning_from_part_of_the_rows_keeps_the_questions(timed):
    some = timed.split.train[::3]
    for (learn, ask), (whole, same) in zip(timed.folds(some, 2), timed.split.folds, strict=False):
        assert set(learn) == set(whole) & set(some) and (ask == same).all()


@pytest.mark.parametrize("item", [3, 20])
def test_a_bot_moves_popularity_within_bounds(item):
    rows, bot = events(), 20_000
    honest = ready(rows, InteractionWish(repeats=True))
    flood = table(
        roles=ROLES,
        user_id=["bot"] * bot,
        sku=[f"13800138{item:03d}"] * bot,
        rating=np.full(bot, 5.0),
        at=np.datetime64("2025-01-02", "us") + np.arange(bot).astype("m8[s]").astype("m8[us]"),
    )
    both = {n: np.concatenate([rows[n], flood[n]]) for n in rows.names}
    made = ready(type(rows)(rows.columns, both), InteractionWish(repeats=True))
    counts = np.bincount(Interactions.of(made.data).item[made.learnable], minlength=ITEMS)
    before = np.bincount(Interactions.of(honest.data).item[honest.learnable], minlength=ITEMS)
    assert (counts - before).max() <= 50 and (counts - before).min() == 0
    assert any(m.key == "interactions.flood" and m.values["users"] == 1 for m in made.notes)


def test_faults_say_what_is_missing():
    rows = events()
    with pytest.raises(MissingColumn, match="who took"):
        ready(rows.drop(["user_id"]))
    with pytest.raises(MissingColumn, match="what was taken"):
        ready(rows.drop(["sku"]))
    with pytest.raises(BadOption, match="values"):
        ready(rows.drop(["rating"]), InteractionWish(relevant_from=3))
    with pytest.raises(MissingColumn, match="items"):
        ready(rows, items=table(other=["a", "b"]))
    one = rows.take(rows["user_id"] == "u1")
    with pytest.raises(UserFault, match="one user"):
        ready(one)
    with pytest.raises(UserFault, match="19 users"):
        ready(rows.take(np.isin(rows["user_id"], [f"u{n}" for n in range(19)])))
    with pytest.raises(UserFault, match="9 different items"):
        ready(rows.take(np.isin(rows["sku"], [f"13800138{n:03d}" for n in range(9)])))
    with pytest.raises(UserFault, match="ask"):
        ready(rows, InteractionWish(relevant_from=6))


def test_every_note_speaks_both_languages():
    rows = events(mood=lambda u, i: [f"m{n % 5}" for n in range(len(u))])
    made = ready(rows.take(np.concatenate([np.arange(ROWS), [0]])), InteractionWish(most_questions=5))
    assert all(m.text("zh") and m.text("en") for m in made.notes)
