import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.steps.prepare.codes import code, is_missing, row_hashes
from steps.prepare.tables import table, words


@given(st.lists(st.none() | st.text(max_size=3), max_size=30))
def test_codes_follow_first_appearance_whatever_the_words(values):
    codes = code(words(values))
    renamed = code(words([None if v is None else f"x{v}" for v in values]))
    assert codes.tolist() == renamed.tolist()
    assert [codes[i] == codes[j] for i in range(len(values)) for j in range(i)] == [
        values[i] == values[j] for i in range(len(values)) for j in range(i)
    ]


def test_missing_numbers_and_times_are_one_value():
    assert code(np.array([np.nan, 1.0, np.nan, 0.0, -0.0])).tolist() == [0, 1, 0, 2, 2]
    times = np.array(["NaT", "2025-01-01", "NaT"], dtype="datetime64[us]")
    assert code(times).tolist() == [0, 1, 0]
    assert is_missing(times).tolist() == [True, False, True]
    assert is_missing(words([None, ""])).tolist() == [True, False]


def test_equal_rows_have_equal_hashes_and_columns_do_not_swap():
    made = table(a=np.array([1.0, 1.0, 2.0, np.nan, np.nan]), b=["2", "2", "1", None, None])
    hashes = row_hashes(made, ("a", "b"))
    assert hashes[0] == hashes[1] and hashes[3] == hashes[4]
    assert len(set(hashes.tolist())) == 3
    swapped = table(a=np.array([1.0, 2.0]), b=np.array([2.0, 1.0]))
    assert len(set(row_hashes(swapped, ("a", "b")).tolist())) == 2
