"""Rows made ready with the events beside them."""

from __future__ import annotations

import numpy as np

from pilothouse.models.pasts import TYPES
from pilothouse.steps.prepare.pasts import prepare_eventful
from pilothouse.steps.prepare.supervise import Wish
from pilothouse.types import Column, Kind, Role
from small_events import PSEUDONYMS, START, prepared, town, words


def test_figures_are_features_and_sequences_are_not() -> None:
    made = prepared()
    assert "events_30d" in made.features and TYPES not in made.features
    assert made.data.table.column(TYPES).role is Role.PAST
    assert made.lens is not None and made.lens.key == "customer"


def test_no_raw_id_reaches_models() -> None:
    made = prepared(known=0.8)
    for table in made.data.tables.values():
        for column in table.columns:
            values = table[column.name]
            listed = values.tolist() if values.dtype == object else []
            assert not any(isinstance(v, str) and v.startswith("K0") for v in listed), column.name
    assert {"customer", "who"} <= {t.column for t in made.personal if t.treatment == "pseudonym"}


def test_pasts_without_an_outcome_are_learnt_from_only_where_time_allows() -> None:
    told, happened = town(known=0.7)
    made = prepare_eventful(told, happened, Wish("left"), PSEUDONYMS)
    assert made.data.tables["unlabelled"].rows == made.waiting.rows > 40
    asked = np.full(told.rows, START + np.timedelta64(90, "D")) + np.arange(told.rows)
    timed = told.put(Column("asked", Kind.TIME, Role.TIME), asked.astype("datetime64[us]"))
    assert "unlabelled" not in prepare_eventful(timed, happened, Wish("left"), PSEUDONYMS).data.tables


def test_columns_of_events_that_are_not_read_are_named() -> None:
    told, happened = town(60)
    more = happened.put(Column("shop", Kind.CATEGORY, distinct=2), happened["action"])
    made = prepare_eventful(told, more, Wish("left"), PSEUDONYMS)
    assert [n.values for n in made.notes if n.key == "behaviour.not_read"] == [{"columns": "shop"}]
    assert not [n for n in prepared(60).notes if n.key == "behaviour.not_read"]


def test_an_item_that_names_a_person_is_not_read() -> None:
    told, happened = town(60)
    mails = words([f"{v.lower()}@mail.example" for v in happened["sku"].tolist()])
    made = prepare_eventful(told, happened.put(happened.column("sku"), mails), Wish("left"), PSEUDONYMS)
    assert made.lens is not None and made.lens.item is None and made.lens.items == ()
