import numpy as np
import pytest

from pilothouse.errors import BadOption, MissingColumn
from pilothouse.steps.collect import guess_roles, guess_targets
from pilothouse.types import Column, Kind, Role, Table

RNG = np.random.default_rng(0)
ROWS = 400


def table(**columns):
    described, values = [], {}
    for name, cells in columns.items():
        array = np.asarray(cells)
        if array.dtype.kind == "U":
            array, kind = array.astype(object), Kind.CATEGORY
        elif array.dtype.kind == "M":
            array, kind = array.astype("datetime64[us]"), Kind.TIME
        else:
            array, kind = array.astype(float), Kind.NUMBER
        described.append(Column(name, kind, distinct=len(set(array.tolist()))))
        values[name] = array
    return Table(tuple(described), values)


def role_of(cells, name="column"):
    return guess_roles(table(**{name: cells, "other": RNG.random(len(cells))})).column(name).role


@pytest.mark.parametrize(
    ("name", "cells", "role"),
    [
        ("customerID", [f"{i}-VH" for i in range(ROWS)], Role.ID),
        ("plan", [f"code{i}" for i in range(ROWS)], Role.ID),
        ("policy_number", RNG.permutation(900_000)[:ROWS] + 100_000, Role.ID),
        ("客户编号", RNG.permutation(900_000)[:ROWS], Role.ID),
        ("x", np.arange(ROWS) + 1, Role.ID),
        ("x", RNG.permutation(ROWS), Role.ID),
        ("x", np.sort(RNG.permutation(10**6)[:ROWS]), Role.ID),
        ("phone", 13_800_000_000 + RNG.permutation(10**8)[:ROWS], Role.ID),
        ("amount", RNG.random(ROWS) * 1000, Role.FEATURE),
        ("amount", np.arange(ROWS) + 0.5, Role.FEATURE),
        ("amount", RNG.permutation(90_000)[:100] + 10_000, Role.FEATURE),
        ("amount", RNG.integers(0, 5000, ROWS), Role.FEATURE),
        ("age", RNG.integers(18, 90, ROWS), Role.FEATURE),
        ("city", RNG.choice(["Rome", "Bonn", "Oslo"], ROWS), Role.FEATURE),
        ("user_id", [f"u{i % 100}" for i in range(ROWS)], Role.USER),
        ("用户ID", [f"u{i % 100}" for i in range(ROWS)], Role.USER),
        ("session_id", [f"s{i % 100}" for i in range(ROWS)], Role.GROUP),
        ("store_id", RNG.integers(1, 8, ROWS), Role.FEATURE),
        ("day", np.datetime64("2025-01-01") + np.arange(ROWS) % 30, Role.TIME),
        ("birth_date", np.datetime64("1980-01-01") + np.arange(ROWS) % 30, Role.FEATURE),
    ],
)  # fmt: skip
def test_role_of_a_column(name, cells, role):
    assert role_of(cells, name) is role


def test_guessed_roles_carry_a_reason_in_both_languages():
    found = guess_roles(table(user_id=[f"u{i % 50}" for i in range(ROWS)], item_id=np.arange(ROWS) % 40))
    assert [c.role for c in found.columns] == [Role.USER, Role.ITEM]
    assert all(c.reason.text("zh") and c.reason.text("en") for c in found.columns)
    assert found.column("item_id").kind is Kind.CATEGORY
    assert found["item_id"][3] == "3"


def test_codes_that_are_no_amounts_become_words():
    found = guess_roles(table(store_id=RNG.integers(1, 8, ROWS), price=RNG.random(ROWS)))
    assert found.column("store_id").kind is Kind.CATEGORY
    assert found.column("price").kind is Kind.NUMBER


def test_several_times_are_left_for_the_user():
    days = np.datetime64("2025-01-01") + np.arange(ROWS) % 30
    found = guess_roles(table(start=days, end=days, x=RNG.random(ROWS)))
    assert {c.role for c in found.columns} == {Role.FEATURE}
    assert guess_roles(table(start=days, created_at=days)).column("created_at").role is Role.TIME


def test_target_of_few_numbers_becomes_classes():
    found = guess_roles(table(x=RNG.random(ROWS), y=np.arange(ROWS) % 2), target="y")
    assert found.column("y").role is Role.TARGET and found.column("y").kind is Kind.CATEGORY
    assert set(found["y"]) == {"0", "1"}
    numeric = guess_roles(table(x=RNG.random(ROWS), y=RNG.random(ROWS)), target="y")
    assert numeric.column("y").kind is Kind.NUMBER


def test_what_the_user_set_stands():
    made = table(customerID=[f"c{i}" for i in range(ROWS)], rule=np.arange(ROWS) % 2)
    found = guess_roles(made, roles={"customerID": "feature", "rule": "today"})
    assert [(c.role, c.reason) for c in found.columns] == [(Role.FEATURE, None), (Role.TODAY, None)]


def test_wrong_names_are_said_with_the_nearest():
    made = table(churn=np.arange(ROWS) % 2, x=RNG.random(ROWS))
    with pytest.raises(MissingColumn, match="churn"):
        guess_roles(made, target="chrun")
    with pytest.raises(BadOption, match="target"):
        guess_roles(made, roles={"x": "goal"})


def test_targets_are_named_likeliest_first():
    made = table(
        default=RNG.choice(["yes", "no"], ROWS), x=RNG.random(ROWS), y=RNG.choice(["yes", "no"], ROWS)
    )
    assert [name for name, _ in guess_targets(guess_roles(made))] == ["y", "default"]
    made = table(x=RNG.random(ROWS), 是否流失=RNG.choice(["是", "否"], ROWS), z=RNG.random(ROWS))
    assert guess_targets(made)[0][0] == "是否流失"


def interactions(user, item, **more):
    columns = {user: RNG.integers(0, 40, ROWS), item: [f"i{n}" for n in RNG.integers(0, 30, ROWS)], **more}
    return table(**columns)


@pytest.mark.parametrize(
    ("user", "item"),
    [
        ("user_id", "item_id"),
        ("user_id:token", "item_id:token"),
        ("userId", "movieId"),
        ("user", "item"),
        ("reviewerID", "asin"),
        ("Customer", "Products"),
        ("客户", "商品名称"),
        ("用户编号", "文章"),
        ("User-ID", "ISBN"),
        ("reader", "news"),
    ],
)
def test_who_took_what_is_found_by_plain_names(user, item):
    found = guess_roles(interactions(user, item, extra=RNG.random(ROWS)))
    assert [c.role for c in found.columns] == [Role.USER, Role.ITEM, Role.FEATURE]
    assert {c.kind for c in found.columns[:2]} == {Kind.CATEGORY}
    assert all(c.reason.text("zh") and c.reason.text("en") for c in found.columns[:2])


@pytest.mark.parametrize(
    "name", ["rating", "rating:float", "overall", "评分", "数量", "user_rating", "stars"]
)
def test_what_a_user_gave_is_a_value(name):
    days = np.datetime64("2025-01-01") + np.arange(ROWS) % 30
    found = guess_roles(interactions("用户", "商品", **{name: RNG.integers(1, 6, ROWS), "时间": days}))
    assert [c.role for c in found.columns] == [Role.USER, Role.ITEM, Role.VALUE, Role.TIME]


@pytest.mark.parametrize("name", ["average_rating", "credit_score", "库存数量", "price"])
def test_what_describes_a_thing_is_no_value(name):
    found = guess_roles(interactions("user", "item", **{name: RNG.integers(1, 6, ROWS)}))
    assert found.column(name).role is Role.FEATURE


def test_value_needs_users_and_items_and_may_still_be_predicted():
    alone = guess_roles(table(product=RNG.integers(0, 30, ROWS), rating=RNG.integers(1, 6, ROWS)))
    assert {c.role for c in alone.columns} == {Role.FEATURE}
    both = guess_roles(interactions("user", "item", rating=RNG.integers(1, 6, ROWS)))
    assert guess_targets(both)[0][0] == "rating"


def test_with_a_target_plain_names_stay_features():
    made = interactions("user", "item", rating=RNG.integers(1, 6, ROWS), y=np.arange(ROWS) % 2)
    assert {c.role for c in guess_roles(made, target="y").columns[:3]} == {Role.FEATURE}


def test_what_describes_users_or_items_is_not_taken_for_them():
    made = interactions("user_id", "item_id", user_age=RNG.integers(10, 60, ROWS))
    assert guess_roles(made).column("user_age").role is Role.FEATURE
    made = interactions("user_age", "item_price")
    assert {c.role for c in guess_roles(made).columns} == {Role.FEATURE}


def test_roles_of_interactions_that_the_user_set_stand():
    made = interactions("user", "item", rating=RNG.integers(1, 6, ROWS))
    assert guess_roles(made, roles={"rating": "ignore"}).column("rating").role is Role.IGNORE
    found = guess_roles(made, roles={"item": "feature"})
    assert [c.role for c in found.columns] == [Role.FEATURE] * 3
