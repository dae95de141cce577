import datetime as dt
import doctest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from pilothouse.steps.collect import cells
from pilothouse.steps.collect.cells import is_clean, name_columns, shown, spell
from pilothouse.steps.collect.numbers import number


def test_typed_values_are_spelled_as_a_file_would():
    assert [spell(v) for v in (7, 2**60, 1.5, 3.0, False, Decimal("1.20"), None, b"\x01\xff")] == [
        "7", "1152921504606846976", "1.5", "3", "false", "1.20", "", "01ff",
    ]  # fmt: skip
    assert spell(dt.datetime(2025, 3, 4, 5, 6)) == "2025-03-04 05:06:00"
    assert spell(dt.date(2025, 3, 4)) == "2025-03-04"
    assert spell({"a": ["张"]}) == '{"a": ["张"]}'


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_spelled_float_reads_back(value):
    assert number(spell(value)) == value


def test_names_are_clean_distinct_and_changes_said():
    notes = []
    assert name_columns([" a ", "b\u202e", "", "a", "a\nb"], notes) == ["a", "b", "column_3", "a_2", "a b"]
    assert [n.values["count"] for n in notes] == [1]


@given(st.lists(st.text(max_size=4), max_size=20))
def test_names_are_distinct_and_filled(found):
    names = name_columns(found, [])
    assert len(set(names)) == len(names) == len(found)
    assert all(names)


@given(st.text(st.characters()))
def test_shown_text_can_be_written(text):
    assert is_clean(shown(text + "\0\udcff\ud800"))
    assert not is_clean(text + "\0")


def test_examples_in_the_documentation_hold():
    assert doctest.testmod(cells).failed == 0
