import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.guards.personal import Pseudonyms


def words(values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


KEY = b"0123456789abcdef"


@given(st.lists(st.none() | st.text(max_size=12), max_size=30))
def test_equal_ids_and_only_they_share_a_pseudonym(values):
    made = Pseudonyms(KEY).of(words(values))
    assert len(made) == len(values)
    for i, a in enumerate(values):
        for j, b in enumerate(values):
            assert (made[i] == made[j]) == (a == b)
        assert (made[i] is None) == (a is None)


def test_pseudonyms_are_stable_and_differ_by_key_and_domain():
    ids = words(["00123"])
    first = Pseudonyms(KEY).of(ids, "user")[0]
    assert first == Pseudonyms(KEY).of(ids, "user")[0]
    assert len({first, Pseudonyms(KEY).of(ids, "item")[0], Pseudonyms(KEY + b"x").of(ids, "user")[0]}) == 3
    assert len(first) == 16 and set(first) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_short_key_is_refused_and_never_shown():
    with pytest.raises(ValueError, match="too short"):
        Pseudonyms(b"short")
    assert KEY.decode() not in repr(Pseudonyms(KEY))
