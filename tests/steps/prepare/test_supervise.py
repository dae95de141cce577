"""From a collected table to one that is ready: nothing personal, nothing lost."""

import numpy as np
import pytest

from pilothouse.guards.personal import Pseudonyms
from pilothouse.steps.prepare.supervise import Wish, prepare_supervised
from pilothouse.types import Column, Kind, Role, Table

KEY = Pseudonyms(b"k" * 32)


@pytest.fixture
def shop():
    random = np.random.default_rng(5)
    rows = 300
    ids = np.array([f"C{n:04d}" for n in range(rows)], dtype=object)
    left = np.where(random.random(rows) < 0.4, "yes", "no").astype(object)
    left[[3, 7, 11]] = None
    mobile = np.array([f"138{n:08d}" for n in random.integers(0, 10**8, rows)], dtype=object)
    columns = (
        Column("customer", Kind.CATEGORY, Role.ID),
        Column("mobile", Kind.CATEGORY),
        Column("months", Kind.NUMBER),
        Column("same", Kind.NUMBER),
        Column("left", Kind.CATEGORY, Role.TARGET),
    )
    values = (ids, mobile, random.gamma(2, 9, rows), np.ones(rows), left)
    return Table(columns, dict(zip((c.name for c in columns), values, strict=True)))


def test_only_target_and_features_stay(shop):
    ready = prepare_supervised(shop, Wish("left"), KEY)
    assert ready.data.table.names == ("left", "months")
    assert ready.features == ("months",)
    assert ready.data.table.column("left").classes == ("no", "yes")


def test_raw_ids_stay_beside_their_pseudonyms(shop):
    ready = prepare_supervised(shop, Wish("left"), KEY)
    assert ready.raw_ids[0] == "C0000" and ready.ids[0] != "C0000"
    assert len(set(ready.ids.tolist())) == len(ready.ids) == 297


def test_rows_without_an_outcome_wait(shop):
    ready = prepare_supervised(shop, Wish("left"), KEY)
    assert ready.waiting_ids.tolist() == ["C0003", "C0007", "C0011"]
    assert ready.waiting.names == ready.features


def test_rows_without_an_id_are_numbered_as_in_the_file(shop):
    ready = prepare_supervised(shop.drop(["customer"]), Wish("left"), KEY)
    assert ready.id_name == "row"
    assert ready.raw_ids[:4].tolist() == ["1", "2", "3", "5"] and ready.waiting_ids[0] == "4"


def test_id_that_repeats_is_the_resampling_unit(shop):
    twice = shop.put(shop.column("customer"), np.array([f"C{n // 2:04d}" for n in range(300)], dtype=object))
    ready = prepare_supervised(twice, Wish("left"), KEY)
    assert ready.split.unit_name == "customer"
    assert len(np.unique(ready.split.unit)) == 150
