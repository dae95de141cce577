"""What describes an item, what a user, and what neither."""

import numpy as np

from pilothouse.guards.personal import Pseudonyms
from pilothouse.steps.prepare.attributes import (
    describe_items,
    describe_users,
    gather,
    sort_columns,
    unused,
)
from pilothouse.steps.prepare.taken import Side
from pilothouse.types import Kind, Role
from steps.prepare.tables import table, words

KEY = Pseudonyms(b"0123456789abcdef")
RANDOM = np.random.default_rng(0)
USER, ITEM = RANDOM.integers(0, 50, 2000), RANDOM.integers(0, 80, 2000)


def test_columns_are_sorted_by_what_they_hardly_ever_change_within():
    late = words([f"b{i % 5}" for i in ITEM])
    late[np.flatnonzero(ITEM == 3)[0]] = "other"  # one item of 80 changed
    rows = table(
        brand=late,
        price=np.where(ITEM % 2 == 0, 3.0, np.nan),
        city=[f"c{u % 5}" for u in USER],
        basket=RANDOM.random(2000),
        born=np.datetime64("1990-01-01", "us") + USER.astype("m8[D]").astype("m8[us]"),
    )
    found = sort_columns(rows, USER, ITEM)
    assert found.items == ("brand", "price") and found.users == ("city",)
    assert found.neither == ("basket", "born")


def test_attribute_of_users_that_is_nearly_one_value_is_not_the_items():
    country = words(["CN" if u else "JP" for u in USER])
    found = sort_columns(table(country=country), USER, ITEM)
    assert found.users == ("country",)


def test_too_few_rows_an_item_tell_nothing():
    found = sort_columns(table(x=[f"v{n}" for n in range(30)]), np.arange(30), np.arange(30))
    assert found.neither == ("x",)


def test_own_table_stands_before_the_interactions_and_the_first_value_stands():
    ids = table(roles={"sku": Role.ITEM}, sku=["a", "b", "c"])
    side = Side(table(code=["b", "b", "a"], size=np.array([1.0, 2, 3]), now=["p", "q", "r"]), "code", ())
    shown = table(size=np.array([9.0, 9]), hue=[None, "red"])
    made = gather(ids, (shown, np.array([0, 0])), side, Role.ITEM)
    assert made.names == ("sku", "size", "now_", "hue")
    assert made["size"][:2].tolist() == [3.0, 1.0] and np.isnan(made["size"][2])
    assert made["now_"].tolist() == ["r", "p", None] and made["hue"].tolist() == ["red", None, None]
    assert round(made.column("size").missing, 6) == 0.333333


def test_side_table_without_rows_leaves_all_missing():
    ids = table(roles={"sku": Role.ITEM}, sku=["a", "b"])
    side = Side(table(code=[], size=np.empty(0)), "code", ())
    made = gather(ids, (table(), np.empty(0, dtype=np.int64)), side, Role.ITEM)
    assert np.isnan(made["size"]).all()


def test_names_of_items_become_text_and_useless_columns_go():
    goods = table(
        roles={"sku": Role.ITEM},
        sku=[f"S{n}" for n in range(60)],
        title=[f"Wide hat no {n}" for n in range(60)],
        same=["x"] * 60,
        code=[f"Q{n}" for n in range(60)],
        kind=["hat", "coat"] * 30,
    )
    made = describe_items(goods, KEY, True)
    assert made.table.names == ("sku", "title", "kind") and made.table.name == "items"
    assert made.table.column("title").role is Role.TEXT
    assert {c.name: c.role for c in made.columns}["same"] is Role.IGNORE
    assert (made.raw == goods["sku"]).all()


def test_items_without_attributes_are_items():
    made = describe_items(table(roles={"sku": Role.ITEM}, sku=["a", "b"]), KEY, True)
    assert made.table.names == ("sku",) and made.table.column("sku").kind is Kind.CATEGORY


def test_users_become_pseudonyms_and_own_ids_are_kept_beside():
    people = table(roles={"uid": Role.USER}, uid=["a", "b"], plan=["x", "y"])
    made = describe_users(people, KEY, True)
    assert made.raw.tolist() == ["a", "b"]
    assert made.table["uid"].tolist() == KEY.of(words(["a", "b"]), "user").tolist()


def test_unused_columns_hand_no_value_on():
    rows = table(memo=[f"call 139{n:08d}" for n in range(50)], x=np.arange(50.0))
    made = unused(rows, ["memo"], KEY, True)
    assert made.table.rows == 0 and made.columns[0].role is Role.IGNORE
    assert {t.column for t in made.personal} == {"memo"}
    assert "memo" in made.notes[0].text("en") and unused(rows, [], KEY, True).columns == ()


def test_lists_with_spaces_are_told_from_names():
    genres = ["Action", "Drama", "Comedy", "War"]
    lists = [*genres, *(f"{a} {b}" for a in genres for b in genres if a != b)]
    cities = ["New York", "Los Angeles", "San Jose", "New Delhi", *(f"Port {n}" for n in range(12))]
    shades = [
        f"{tone} {colour}" for tone in ("light", "dark") for colour in ("red", "blue", "green", "teal")
    ] * 2
    rows = table(
        roles={"sku": Role.ITEM},
        sku=[f"s{n}" for n in range(64)],
        genres=words([*(lists * 4)]),
        city=words([*(cities * 4)]),
        shade=words([*(shades * 4)]),
    )
    made = describe_items(rows, KEY, True).table
    assert made["genres"][:6].tolist() == [
        "Action",
        "Drama",
        "Comedy",
        "War",
        "Action|Drama",
        "Action|Comedy",
    ]
    assert made["city"].tolist() == rows["city"].tolist() and made["shade"].tolist() == rows["shade"].tolist()
