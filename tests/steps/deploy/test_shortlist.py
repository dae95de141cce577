"""Rules over lists: nothing that is not allowed, caps always, order as documented."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pilothouse.errors import BadOption, MissingColumn
from pilothouse.models.ranking import NOTHING, best
from pilothouse.steps.deploy.shortlist import Rules, apply, check, first_part, mask, within_reach
from pilothouse.types import Column, Kind, Role, Table

ITEMS = 24
GENRES = ("comedy", "drama", "comedy|drama", "crime", None)


def words(values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def catalogue():
    columns = (
        Column("sku", Kind.CATEGORY, Role.ITEM),
        Column("genre", Kind.CATEGORY),
        Column("year", Kind.NUMBER),
        Column("margin", Kind.NUMBER),
    )
    margin = np.arange(ITEMS) % 7 - 1.0
    margin[5] = np.nan
    values = {
        "sku": words([f"s{n}" for n in range(ITEMS)]),
        "genre": words([GENRES[n % 5] for n in range(ITEMS)]),
        "year": 1990.0 + np.arange(ITEMS) % 3,
        "margin": margin,
    }
    return Table(columns, values, "items")


CATALOGUE = catalogue()


def one(scores, rules, k=5, items=CATALOGUE, depth=ITEMS):
    made = best(np.array([scores], dtype=np.float32), depth)
    item, score = apply(rules, made["item"], made["score"], items, k)
    return [int(i) for i in item[0] if i != NOTHING], score[0]


FALLING = np.linspace(1, 0, ITEMS)
ids = st.sampled_from([f"s{n}" for n in range(ITEMS + 2)])
wishes = st.builds(
    lambda only, exclude, boost, caps, variety, worth: Rules(
        only=only, exclude=exclude, boost=boost, cap_column=caps[0], cap=caps[1], variety=variety, worth=worth
    ),
    st.none() | st.lists(ids, max_size=12).map(tuple),
    st.lists(ids, max_size=8).map(tuple),
    st.dictionaries(ids | st.sampled_from(["genre=crime", "year=1991", "genre=none"]), st.floats(-10, 10)),
    st.just((None, None)) | st.tuples(st.sampled_from(["genre", "year", "margin"]), st.integers(1, 4)),
    st.just(0.0) | st.floats(0, 1),
    st.none() | st.just("margin"),
)


@given(rules=wishes, seed=st.integers(0, 99), k=st.integers(1, 30), depth=st.integers(1, 40))
@settings(max_examples=300)
def test_rules_hold_in_every_list(rules, seed, k, depth):
    random = np.random.default_rng(seed)
    scores = random.normal(size=(3, ITEMS)).astype(np.float32)
    scores[random.random((3, ITEMS)) < 0.2] = -np.inf
    made = best(scores, depth)
    item, score = apply(rules, made["item"], made["score"], CATALOGUE, k)
    assert item.shape == score.shape == (3, k) and np.isfinite(score).all()
    allowed = mask(rules, CATALOGUE)
    for row, handed in zip(item.astype(int), made["item"].astype(int), strict=True):
        listed = [code for code in row if code != NOTHING]
        assert row.tolist() == listed + [NOTHING] * (k - len(listed))
        assert len(set(listed)) == len(listed) and set(listed) <= set(handed)
        assert allowed[listed].all()
        names = {f"s{code}" for code in listed}
        assert not names & set(rules.exclude) and (rules.only is None or names <= set(rules.only))
        possible = [code for code in handed if code != NOTHING and allowed[code]]
        if rules.cap_column is None:
            assert len(listed) == min(k, len(possible))
            continue
        counted = [first_part(v) for v in CATALOGUE[rules.cap_column].tolist()]
        values = Counter(v for v in (counted[c] for c in listed) if v is not None and v == v)
        assert max(values.values(), default=0) <= rules.cap
        if len(listed) < k:  # only because each one left is over its cap
            left = [counted[c] for c in possible if c not in listed]
            assert all(values[v] == rules.cap for v in left)


@given(rules=wishes, seed=st.integers(0, 99))
@settings(max_examples=50)
def test_a_list_is_the_same_alone_and_among_others(rules, seed):
    made = best(np.random.default_rng(seed).normal(size=(4, ITEMS)).astype(np.float32), 12)
    item, score = apply(rules, made["item"], made["score"], CATALOGUE, 6)
    for row in range(4):
        alone = apply(rules, made["item"][[row]], made["score"][[row]], CATALOGUE, 6)
        assert alone[0][0].tolist() == item[row].tolist()
        assert alone[1][0] == pytest.approx(score[row])


def test_no_rules_change_nothing():
    made = best(np.random.default_rng(0).normal(size=(5, ITEMS)).astype(np.float32), 12)
    item, score = apply(Rules(), made["item"], made["score"], CATALOGUE, 7)
    assert (item == made["item"][:, :7]).all() and (score == made["score"][:, :7]).all()


def test_mask_brings_up_what_is_beyond_the_list():
    rules = Rules(only=("s23", "s20", "s1"), exclude=("s1",))
    allowed = mask(rules, CATALOGUE)
    assert np.flatnonzero(allowed).tolist() == [20, 23]
    assert one(FALLING, rules, depth=5)[0] == []
    assert one(np.where(allowed, FALLING, -np.inf), rules, depth=5)[0] == [20, 23]
    assert mask(Rules(only=()), CATALOGUE).sum() == 0


def test_boost_moves_by_standard_deviations_of_the_list():
    spread = FALLING.std()
    listed, score = one(FALLING, Rules(boost={"s10": 1.0}), k=ITEMS)
    assert score[listed.index(10)] == pytest.approx(FALLING[10] + spread)
    assert listed[:2] == [0, 1] and listed.index(10) < 10
    listed, _ = one(FALLING, Rules(boost={"genre=crime": 10, "year=1990": -10}), k=ITEMS)
    crime = [n for n in range(ITEMS) if n % 5 == 3 and n % 3]
    assert listed[: len(crime)] == crime
    assert listed[-6:] == [n for n in range(ITEMS) if n % 3 == 0 and n % 5 != 3]


def test_boost_of_equal_scores_still_orders():
    assert one(np.ones(ITEMS), Rules(boost={"s7": 0.1}))[0][0] == 7


def test_worth_ranks_by_chance_times_value():
    listed, score = one(FALLING, Rules(worth="margin"), k=ITEMS)
    margin = CATALOGUE["margin"]
    median = np.median(margin[margin > 0])
    chance = np.exp((FALLING - FALLING.mean()) / FALLING.std())
    worth = chance * np.where(np.isnan(margin), median, margin)
    positive = [n for n in np.argsort(-worth, kind="stable") if worth[n] > 0]
    assert listed[: len(positive)] == positive and set(listed[len(positive) :]) == set(
        np.flatnonzero(margin <= 0)
    )
    assert score[listed.index(5)] == pytest.approx(FALLING[5])


def test_cap_lets_items_without_a_value_pass():
    listed, _ = one(FALLING, Rules(cap_column="genre", cap=1), k=9)
    assert listed == [0, 1, 3, 4, 9, 14, 19]


def test_variety_prefers_what_is_unlike_the_rest():
    plain, _ = one(FALLING, Rules(), k=5)
    mixed, _ = one(FALLING, Rules(variety=0.6), k=5)
    assert mixed[0] == plain[0] == 0

    def alike(codes):
        sets = [set((CATALOGUE["genre"][c] or "").split("|")) - {""} for c in codes]
        pairs = [(a, b) for n, a in enumerate(sets) for b in sets[:n] if a | b]
        return sum(len(a & b) / len(a | b) for a, b in pairs)

    near = np.where(np.arange(ITEMS) % 5 == 0, 1 + FALLING, FALLING)  # comedies first
    assert alike(one(near, Rules(variety=0.6))[0]) < alike(one(near, Rules())[0])
    assert one(near, Rules(variety=0.0))[0] == [0, 5, 10, 15, 20]


def test_variety_of_items_without_categories_changes_nothing():
    bare = CATALOGUE.select(["sku"])
    assert one(FALLING, Rules(variety=1.0), items=bare)[0][0] == 0
    assert one(FALLING, Rules(variety=0.5), items=bare)[0] == [0, 1, 2, 3, 4]


def test_lists_that_are_empty_stay_empty():
    made = best(np.full((2, ITEMS), -np.inf, dtype=np.float32), 5)
    for rules in (Rules(), Rules(variety=0.5, cap_column="genre", cap=1, worth="margin", boost={"s1": 1})):
        item, score = apply(rules, made["item"], made["score"], CATALOGUE, 4)
        assert (item == NOTHING).all() and (score == 0).all()
    item, _ = apply(Rules(), np.empty((0, 5)), np.empty((0, 5)), CATALOGUE, 4)
    assert item.shape == (0, 4)


def test_check_tells_what_names_nothing():
    rules = Rules(only=("s1", "x1"), exclude=("x2",), boost={"x3": 1, "genre=crime": 1, "genre=noir": 1})
    assert check(rules, CATALOGUE) == ("x1", "x2", "x3", "genre=noir")
    assert check(Rules(), CATALOGUE) == ()
    assert check(Rules(boost={"year=abc": 1}), CATALOGUE) == ("year=abc",)


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (Rules(boost={"color=red": 1}), MissingColumn),
        (Rules(cap_column="color", cap=1), MissingColumn),
        (Rules(worth="color"), MissingColumn),
        (Rules(worth="genre"), BadOption),
        (Rules(cap=1), BadOption),
        (Rules(cap_column="genre"), BadOption),
    ],
)
def test_rules_that_do_not_fit_the_catalogue_are_faults(rules, fault):
    with pytest.raises(fault) as caught:
        check(rules, CATALOGUE)
    assert caught.value.text("zh") and caught.value.text("en")


def test_rules_out_of_range_are_refused():
    for given_rules in ({"cap": 0}, {"variety": 1.1}, {"boost": {"a": float("nan")}}, {"other": 1}):
        with pytest.raises(ValidationError):
            Rules.model_validate(given_rules)


def test_id_with_an_equals_sign_is_an_id():
    odd = CATALOGUE.put(CATALOGUE.column("sku"), words([f"a={n}" for n in range(ITEMS)]))
    assert check(Rules(boost={"a=9": 3}), odd) == ()
    assert one(FALLING, Rules(boost={"a=9": 9}), items=odd)[0][0] == 9
    assert one(FALLING, Rules(boost={"a=23": 9}), items=odd, depth=5)[0] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "rules", [Rules(boost={"s23": 9}), Rules(boost={"year=1992.0": 9}), Rules(worth="margin")]
)
def test_boost_and_worth_bring_up_what_is_beyond_the_list(rules):
    scores = np.array([FALLING, FALLING[::-1]], dtype=np.float32)
    reached, own = within_reach(rules, scores, CATALOGUE, 12)
    item, _ = apply(rules, reached, own, CATALOGUE, 3)
    assert not np.isin(reached[0], best(scores, 12)["item"][0]).all()
    np.testing.assert_array_equal(own[1], scores[1][reached[1].astype(int)])
    assert (item[0, 0] == 23) == ("s23" in rules.boost)


def test_what_may_not_be_shown_stays_out_of_reach():
    scores = np.array([FALLING], dtype=np.float32)
    scores[0, 23] = -np.inf
    item, score = within_reach(Rules(boost={"s23": 10, "s20": 10}), scores, CATALOGUE, 12)
    assert 23 not in item and item[0, 0] == 20 and score[0, 0] == scores[0, 20]
    plain = best(scores, 5)
    np.testing.assert_array_equal(within_reach(Rules(variety=0.5), scores, CATALOGUE, 5)[0], plain["item"])


def test_a_list_of_categories_has_each_of_its_parts_and_is_capped_by_its_first():
    assert [first_part(v) for v in ("comedy|drama", "crime", None, 3.0)] == ["comedy", "crime", None, 3.0]
    assert not check(Rules(boost={"genre=drama": 1}), CATALOGUE)
    raised, _ = one(FALLING, Rules(boost={"genre=drama": 10}), k=10)
    assert {GENRES[n % 5] for n in raised[:9]} == {"drama", "comedy|drama"}
    shown, _ = one(FALLING, Rules(cap_column="genre", cap=1))
    assert [GENRES[n % 5] for n in shown] == ["comedy", "drama", "crime", None, None]
