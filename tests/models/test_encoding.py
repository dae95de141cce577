import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pilothouse.models.encoding import Dense, Layout, Levels, Ordinal, features, time_part
from pilothouse.types import Column, Kind, Role, Table


def words(*values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def test_features_leave_out_every_other_role():
    roles = [r for r in Role if r not in (Role.FEATURE, Role.ITEM)]
    columns = tuple(Column(r.value, Kind.NUMBER, r) for r in [*roles, Role.FEATURE])
    table = Table(columns, {c.name: np.zeros(2) for c in columns})
    assert [c.name for c in features(table)] == ["feature"]


def test_levels_rare_and_unseen_share_a_code_missing_has_its_own():
    levels = Levels.learn("c", words("a", "a", "a", "b", "b", "x", None), rare=2, most=10)
    assert levels.encode(words("a", "b", "x", "never", None)) == [2, 3, 1, 1, 0]


def test_levels_are_capped_to_the_most_frequent():
    values = words(*["a"] * 5, *["b"] * 4, *["c"] * 3)
    assert Levels.learn("c", values, rare=1, most=2).names == ["a", "b"]


def test_levels_do_not_depend_on_the_order_of_rows():
    values = words("b", "a", "b", "a", "c", "c")
    assert Levels.learn("c", values, 1, 9) == Levels.learn("c", values[::-1], 1, 9)


@pytest.mark.parametrize("encoder", [Ordinal, Dense])
def test_one_row_equals_the_same_row_in_a_batch(encoder, make_shop):
    data, _ = make_shop(300)
    learnt = encoder.learn(data.table)
    whole = learnt.matrix(data.table)
    alone = np.concatenate([learnt.matrix(data.table.take(np.array([i]))) for i in range(50)])
    np.testing.assert_array_equal(whole[:50], alone)


def test_dense_state_round_trip_through_json(make_shop):
    data, _ = make_shop(300)
    learnt = Dense.learn(data.table)
    again = Dense.restore(json.loads(json.dumps(learnt.state())))
    np.testing.assert_array_equal(learnt.matrix(data.table), again.matrix(data.table))


def test_layout_state_round_trip_through_json(make_shop):
    data, _ = make_shop(300)
    layout = Layout.learn(data.table)
    assert Layout.restore(json.loads(json.dumps(layout.state()))) == layout


def test_dense_sources_name_each_column_of_the_matrix(make_shop):
    data, _ = make_shop(300)
    learnt = Dense.learn(data.table)
    assert len(learnt.sources) == learnt.matrix(data.table).shape[1]
    assert set(learnt.sources) == {"tenure", "luck", "city", "since"}


def test_dense_flags_missing_numbers(make_shop):
    data, _ = make_shop(300)
    learnt = Dense.learn(data.table)
    flag = learnt.numbers(data.table)[:, -1]
    np.testing.assert_array_equal(flag, np.isnan(data.table["tenure"]))


def test_dense_zero_inflated_number_keeps_its_bends():
    amount = np.concatenate([np.zeros(900), np.linspace(1, 100, 100)])
    table = Table((Column("amount", Kind.NUMBER),), {"amount": amount})
    assert len(Dense.learn(table, 8).bent) >= 8


@settings(max_examples=60)
@given(arrays(np.float64, 40, elements=st.floats(allow_nan=True, allow_infinity=True)))
def test_dense_stays_finite_whatever_the_numbers(numbers):
    table = Table((Column("x", Kind.NUMBER),), {"x": numbers})
    learnt = Dense.learn(table)
    wild = Table(table.columns, {"x": np.array([np.nan, np.inf, -np.inf, 1e308, -1e308, 0.0])})
    assert np.isfinite(learnt.matrix(table)).all() and np.isfinite(learnt.matrix(wild)).all()


def test_nothing_of_other_rows_is_learnt(make_shop):
    data, _ = make_shop(300)
    learnt = Dense.learn(data.table.take(slice(0, 100)))
    learnt_again = Dense.learn(Table(data.table.columns, {n: v[:100] for n, v in data.table.values.items()}))
    assert learnt.state() == learnt_again.state()


def test_time_part_reads_the_calendar():
    moments = np.array(["2024-02-29T18:30", "1969-12-31T06:00", "NaT"], dtype="datetime64[us]")
    assert time_part(moments, "month")[:2].tolist() == [2.0, 12.0]
    assert time_part(moments, "weekday")[:2].tolist() == [3.0, 2.0]
    assert time_part(moments, "hour")[:2].tolist() == [18.5, 6.0]
    assert time_part(moments, "days")[1] == -0.75
    assert np.isnan(time_part(moments, "days")[2])


def test_table_without_rows_encodes_to_none(make_shop):
    data, _ = make_shop(300)
    empty = data.table.take(slice(0, 0))
    assert Dense.learn(data.table).matrix(empty).shape[0] == 0
    assert Ordinal.learn(data.table).matrix(empty).shape[0] == 0


def test_column_all_missing_is_survived():
    columns = (Column("n", Kind.NUMBER), Column("c", Kind.CATEGORY), Column("t", Kind.TIME))
    gone = {
        "n": np.full(30, np.nan),
        "c": words(*[None] * 30),
        "t": np.full(30, "NaT", dtype="datetime64[us]"),
    }
    table = Table(columns, gone)
    assert np.isfinite(Dense.learn(table).matrix(table)).all()
    assert np.isnan(Ordinal.learn(table).matrix(table)).all()
