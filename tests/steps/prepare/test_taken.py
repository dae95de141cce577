"""Which rows count, and how ids and times are read."""

import numpy as np
import pytest

from pilothouse.errors import BadOption
from pilothouse.steps.prepare.taken import counted, number, side_of
from pilothouse.types import Role
from steps.prepare.tables import table, words

ROLES = {"who": Role.USER, "what": Role.ITEM, "stars": Role.VALUE, "at": Role.TIME}


def made(**columns):
    given = {"who": ["a", "b", "a", "c"], "what": ["x", "y", "x", "z"], **columns}
    return table(roles=ROLES, **given)


def told(rows):
    return {m.key: m.values.get("rows") for m in rows.notes}


def test_rows_without_user_item_time_or_value_are_left_out_with_a_note():
    rows = counted(
        made(
            who=["a", None, "a", "c", "d"],
            what=["x", "y", " ", "z", "x"],
            stars=np.array([1.0, 2, 3, np.nan, 5]),
            at=np.array(["2025-01-01"] * 4 + ["NaT"], dtype="M8[us]"),
        ),
        None,
    )
    assert rows.table["who"].tolist() == ["a"]
    assert told(rows) == {
        "interactions.dropped_unnamed": 2,
        "interactions.dropped_untimed": 1,
        "interactions.dropped_unvalued": 1,
    }


def test_values_that_hardly_ever_stand_there_are_not_used():
    stars = np.array([1.0, np.nan, np.nan, np.nan])
    rows = counted(made(stars=stars), None)
    assert rows.value is None and rows.table.rows == 4
    assert counted(made(stars=stars), 1.0).table.rows == 1


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_numbers_of_the_role_time_count_seconds_or_milliseconds(scale):
    rows = counted(made(at=np.array([881250949.0, 881250950, 1e9, np.nan]) * scale), None)
    assert rows.table["at"].astype("M8[s]").astype(int).tolist() == [881250949, 881250950, 10**9]


def test_words_are_no_times():
    with pytest.raises(BadOption, match="at"):
        counted(made(at=["now", "then", "soon", "late"]), None)


def test_absurd_times_are_missing():
    assert counted(made(at=np.array([1.0, 2.0, 3.0, 1e90])), None).table.rows == 3


def test_ids_that_are_numbers_become_text():
    rows = counted(made(who=np.array([1.0, 2.0, 1.0, np.nan])), None)
    assert rows.table["who"].tolist() == ["1", "2", "1"]


def test_ids_are_numbered_in_the_order_seen():
    side = side_of({"items": table(roles={"id": Role.ITEM}, id=["z", "y", None, "y", "w"])}, "items", "what")
    ids, codes = number(words(["x", "y", "x"]), side)
    assert ids.tolist() == ["x", "y", "z", "w"] and codes.tolist() == [0, 1, 0]
    assert [m.values["rows"] for m in side.notes] == [1]


def test_id_of_a_side_table_goes_by_role_then_name_then_uniqueness():
    both = table(roles={"code": Role.ITEM, "what": Role.ID}, what=["a"], code=["b"])
    assert side_of({"items": both}, "items", "what").key == "code"
    assert side_of({"items": both.drop(["code"])}, "items", "what").key == "what"
    assert side_of({"items": both.drop(["code"])}, "items", "other").key == "what"
    assert side_of({}, "items", "what") is None
