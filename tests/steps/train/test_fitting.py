from __future__ import annotations

import numpy as np

from pilothouse.steps.train.fitting import NEVER_FEATURES, carry_out, keep_columns, needed_mb, shape_of
from pilothouse.types import Column, Fit, Kind, Role, Shape
from small_events import prepared
from steps.train.tiny import Tiny, ask, make_data


def test_shape_counts_features_only() -> None:
    data = make_data(50)
    table = data.table.put(
        Column("city", Kind.CATEGORY, distinct=3), np.array(["a", "b", "c", None, "a"] * 10, dtype=object)
    )
    assert shape_of(table) == Shape(rows=50, numbers=2, categories=1, classes=2, levels=3)
    assert shape_of(table, 7).rows == 7


def test_shape_of_a_numeric_target_has_no_classes() -> None:
    table = make_data(50).table.put(Column("y", Kind.NUMBER, Role.TARGET), np.zeros(50))
    assert shape_of(table).classes == 0


def test_keep_columns_leaves_target_and_ids() -> None:
    table = make_data(10).table
    assert keep_columns(table, ("b",)).names == ("id", "b", "y")
    assert keep_columns(table, ()).names == ("id", "y")
    assert keep_columns(table, None) is table


def test_never_features_are_the_roles_that_models_must_not_see() -> None:
    assert Role.FEATURE not in NEVER_FEATURES
    roles = {Role.TARGET, Role.ID, Role.USER, Role.TIME, Role.GROUP, Role.TODAY, Role.PAST, Role.IGNORE}
    assert roles == NEVER_FEATURES


def test_carry_out_answers_each_asked_row_and_not_the_target() -> None:
    data = make_data(40)
    fit = Fit(Tiny(), np.arange(30), np.arange(30, 40), seed=1)
    done = carry_out(data, ask, fit)
    assert done.values["probability"].shape == (10, 2)
    flipped = data.table["y"].copy()
    flipped[30:] = np.where(flipped[30:] == "1", "0", "1")
    other = data.with_table(data.table.put(data.table.column("y"), flipped))
    assert np.array_equal(carry_out(other, ask, fit).values["probability"], done.values["probability"])


def test_needed_mb_adds_the_data_to_the_fit() -> None:
    data = make_data(1000)
    fit = Fit(Tiny(eats_gb=1.0), np.arange(10), np.arange(10))
    assert 1024 < needed_mb(fit, data) < 1025


def test_where_a_figure_over_the_past_goes_the_past_goes() -> None:
    table = prepared(30).data.table
    every = tuple(c.name for c in table.of_role(Role.FEATURE))
    assert keep_columns(table, every).of_role(Role.PAST) == table.of_role(Role.PAST)
    assert not keep_columns(table, tuple(n for n in every if n != "events_30d")).of_role(Role.PAST)
    assert keep_columns(table, tuple(n for n in every if n != "age")).of_role(Role.PAST)
