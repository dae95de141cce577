"""A table of items made ready: names, facts, ids, personal values, what is kept aside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pilothouse.errors import MissingColumn, UserFault
from pilothouse.guards.personal import Pseudonyms
from pilothouse.steps.collect import guess_roles
from pilothouse.steps.prepare.items import FEWEST, HOLDOUT_FROM, ItemWish, asked_by_a_fit, prepare_items
from pilothouse.types import Column, Kind, Role, Table

KEY = Pseudonyms(b"a key for the tests")


def table_of(rows: int, **more: Any) -> Table:
    given = {
        "sku": [f"S{n:05d}" for n in range(rows)],
        "name": [f"Lamp {n}" for n in range(rows)],
        "colour": [("cream", "navy")[n % 2] for n in range(rows)],
        **more,
    }
    columns, values = [], {}
    for name, cells in given.items():
        numeric = all(isinstance(c, float) for c in cells)
        values[name] = np.array(cells, dtype=float if numeric else object)
        kind = Kind.NUMBER if numeric else Kind.CATEGORY
        columns.append(Column(name, kind, distinct=len(set(cells))))
    return guess_roles(Table(tuple(columns), values))


def test_names_are_kept_ids_named_and_facts_asked() -> None:
    ready = prepare_items(table_of(40), ItemWish(), KEY)
    asked = ready.data.tables["asked"]
    assert ready.id_name == "sku" and ready.raw_ids[:2] == ("S00000", "S00001")
    assert [c.name for c in ready.data.table.of_role(Role.ITEM)] == ["name"]
    assert ready.features == ("name", "colour") and asked["facts"].tolist() == [1.0] * 40
    assert "S00000" not in ready.ids.tolist() and asked["name"][0] == "Lamp 0"


def test_a_unique_column_of_words_is_a_fact_and_no_id() -> None:
    table = table_of(40, slogan=[f"for room {n}" for n in range(40)])
    assert table.column("slogan").role is Role.ID  # guessed by its looks
    assert "slogan" in prepare_items(table, ItemWish(), KEY).features


def test_the_name_is_the_users_else_found_by_its_heading_else_varied_words() -> None:
    assert prepare_items(table_of(30), ItemWish(name="colour"), KEY).data.table.columns[0].name == "colour"
    table = (
        table_of(30)
        .drop(["name"])
        .put(Column("品名", Kind.CATEGORY), np.array([f"灯{n}" for n in range(30)], dtype=object))
    )
    assert prepare_items(table, ItemWish(), KEY).data.table.columns[0].name == "品名"
    with pytest.raises(MissingColumn):
        prepare_items(table_of(30), ItemWish(name="nome"), KEY)
    numbers = table_of(30).select(["sku"]).put(Column("x", Kind.NUMBER), np.arange(30.0))
    with pytest.raises(MissingColumn):
        prepare_items(numbers.drop(["sku"]), ItemWish(), KEY)


def test_personal_values_are_out_of_names_and_facts() -> None:
    mail = [f"p{n}@example.org" for n in range(30)]
    table = table_of(30, mail=mail, note=[f"call 1381234{n:04d}" for n in range(30)])
    table = table.put(
        Column("name", Kind.CATEGORY), np.array([f"Lamp {n} 13812345678" for n in range(30)], dtype=object)
    )
    ready = prepare_items(table, ItemWish(name="name"), KEY)
    words = " ".join(str(v) for c in ready.items.columns for v in ready.items[c.name].tolist())
    assert "138123" not in words and "example.org" not in words and "Lamp 3" in words


def test_equal_rows_are_judged_once_and_written_about_all_the_same() -> None:
    table = table_of(40)
    double = Table(table.columns, {n: np.concatenate([v, v[:10]]) for n, v in table.values.items()})
    ready = prepare_items(double.drop(["sku"]), ItemWish(), KEY)
    assert ready.data.rows == 40 and ready.items.rows == 50 and ready.id_name == "row"
    assert any(note.key == "write.same_items" for note in ready.notes)
    with pytest.raises(UserFault):
        prepare_items(table_of(FEWEST - 1), ItemWish(), KEY)


def test_few_items_are_kept_aside_in_turn_and_many_once() -> None:
    few = prepare_items(table_of(60), ItemWish(), KEY).split
    assert few.kind == "nested" and sorted(np.concatenate([ask for _, ask in few.outer]).tolist()) == list(
        range(60)
    )
    assert all(not set(learn) & set(ask) for learn, ask in (*few.outer, *few.folds))
    ready = prepare_items(table_of(HOLDOUT_FROM), ItemWish(seed=3), KEY)
    many = ready.split
    assert many.kind == "holdout" and len(many.test) == 100 and not set(many.train) & set(many.test)
    assert all(set(learn) | set(ask) <= set(many.train) for learn, ask in many.folds)
    assert all(
        set(learn) | set(ask) <= {1, 2, 3, 5, 8} for learn, ask in ready.folds(np.array([1, 2, 3, 5, 8]), 3)
    )
    again = prepare_items(table_of(HOLDOUT_FROM), ItemWish(seed=3), KEY).split
    assert again.test.tolist() == many.test.tolist()


def test_what_fits_ask_adds_up_to_what_is_asked() -> None:
    new, every = asked_by_a_fit(100)
    assert new * (6 * 3 + 5) == pytest.approx(100) and every == 20
    new, every = asked_by_a_fit(1_000)
    assert new == every == pytest.approx((200 + 3 * 160) / 4)


def test_existing_texts_are_learnt_from_and_never_asked() -> None:
    table = table_of(30, copy=[f"A text about {n}" for n in range(30)])
    ready = prepare_items(table, ItemWish(existing="copy"), KEY)
    assert (
        "existing" in ready.data.table
        and "copy" not in ready.data.tables["asked"]
        and "copy" not in ready.items
    )
    assert "copy" in prepare_items(table, ItemWish(), KEY).features


def test_a_price_without_a_currency_takes_the_products_and_says_so() -> None:
    prices = [10.5 + n % 7 for n in range(40)]
    table = table_of(40, price=prices, rating=prices, price_usd=prices, 售价=prices)
    ready = prepare_items(table, ItemWish(currency="EUR"), KEY)
    units = {c.name: c.unit for c in ready.items.columns}
    assert units["price"] == "€" and units["售价"] == "欧元" and units["rating"] == units["price_usd"] == ""
    assert ready.data.tables["asked"].column("price").unit == "€"
    assert sum("EUR" in note.text("en") for note in ready.notes) == 2
    own = table.describe([replace(c, unit="¥" if c.name == "price" else "") for c in table.columns])
    told = prepare_items(own, ItemWish(currency="EUR"), KEY)
    assert told.items.column("price").unit == "¥"
    assert not any(c.unit for c in prepare_items(table, ItemWish(), KEY).items.columns)
