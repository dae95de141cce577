from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.steps.prepare.leaks.single import Rows, Truth, is_row_number, levels, look, out_of_fold
from pilothouse.types import Column, Kind

N = 600
RNG = np.random.default_rng(5)
Y = (RNG.random(N) < 0.3).astype(np.int64)
HALVES = (np.arange(0, N, 2), np.arange(1, N, 2))
FOLDS = [HALVES, HALVES[::-1]]
ROWS = Rows(Truth(Y, 2), np.arange(N), FOLDS)


def facts(values, name: str = "x", rows: Rows = ROWS):
    kind = {"f": Kind.NUMBER, "M": Kind.TIME}.get(values.dtype.kind, Kind.CATEGORY)
    return look(Column(name, kind), values, rows)


def test_a_bump_that_a_straight_order_misses_is_seen() -> None:
    values = np.where(Y == 1, RNG.normal(0, 0.3, N), RNG.choice([-3, 3], N) + RNG.normal(0, 0.3, N))
    assert out_of_fold(values, ROWS.truth, FOLDS)[0] > 0.97


def test_noise_says_nothing_out_of_fold() -> None:
    rng = np.random.default_rng(6)
    words = [np.array([f"w{k}" for k in rng.integers(0, 200, N)], dtype=object) for _ in range(6)]
    numbers = [rng.normal(size=N) for _ in range(6)]
    for columns in (words, numbers):
        assert np.mean([out_of_fold(c, ROWS.truth, FOLDS)[0] for c in columns]) < 0.54


def test_being_missing_is_scored_by_itself() -> None:
    values = np.where(Y == 1, np.nan, RNG.normal(size=N))
    own, own_missing = out_of_fold(values, ROWS.truth, FOLDS)
    assert own_missing == pytest.approx(1.0)
    found = facts(values)
    assert found.is_filled_with and not found.is_copy


@pytest.mark.parametrize(
    ("values", "is_exact"),
    [
        (np.array(["gone", "here"], dtype=object)[Y], True),
        (np.where(Y == 1, 20.0, 10.0), True),
        (np.array(["a", "b", "c", "d"], dtype=object)[2 * Y + RNG.integers(0, 2, N)], False),
    ],
)
def test_an_image_of_the_answer_is_a_copy(values, is_exact) -> None:
    found = facts(values)
    assert found.is_copy
    assert found.is_exact is is_exact


def test_one_wrong_row_is_no_copy() -> None:
    values = np.array(["gone", "here"], dtype=object)[Y]
    values[0] = "here" if values[0] == "gone" else "gone"
    assert not facts(values).is_copy


def test_a_number_in_the_same_order_is_a_copy_of_a_numeric_answer() -> None:
    y = RNG.normal(100, 20, N)
    rows = Rows(Truth(y, 0), np.arange(N), FOLDS)
    assert facts(np.log(y), rows=rows).is_copy
    assert facts(-3 * y, rows=rows).is_copy
    assert not facts(y + RNG.normal(0, 0.1, N), rows=rows).is_copy
    assert not facts(np.log(y), rows=ROWS).is_copy


def test_row_numbers_are_told_from_amounts() -> None:
    places = np.arange(1000)
    assert is_row_number(RNG.permutation(1000).astype(float), places)
    assert is_row_number(np.arange(1000) * 17.0 + 5, places)
    assert not is_row_number(np.round(RNG.gamma(2, 400, 1000)), places)
    assert not is_row_number(RNG.choice(10**7, 1000, replace=False).astype(float), places)
    assert not is_row_number(RNG.normal(size=1000), places)


def test_a_time_after_the_rows_own_is_counted() -> None:
    when = np.datetime64("2024-01-01", "us") + np.arange(N) * np.timedelta64(1, "D")
    later = when + np.where(np.arange(N) % 4 == 0, 2, -2) * np.timedelta64(1, "D")
    rows = Rows(ROWS.truth, np.arange(N), FOLDS, when)
    assert facts(later, rows=rows).later == pytest.approx(0.25)
    assert facts(when, rows=rows).later == 0.0


def test_names_sound_late_only_without_a_word_for_earlier() -> None:
    x = RNG.normal(size=N)
    assert facts(x, "refund_after_cancel").sounds_late
    assert facts(x, "退款金额").sounds_late
    assert not facts(x, "refunds_last_year").sounds_late
    assert not facts(x, "历史退款").sounds_late
    assert not facts(x, "tenure").sounds_late


@settings(max_examples=50)
@given(st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1, max_size=30))
def test_levels_keep_values_apart_and_mark_missing(values) -> None:
    placed = levels(np.array(values, dtype=object))
    for i, a in enumerate(values):
        assert bool(placed[i] == -1) is (a is None)
        assert all(bool(placed[i] == placed[j]) is (a == b) for j, b in enumerate(values))
