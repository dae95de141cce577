"""F37: a text made to slow patterns down takes time in proportion to its length, not to its square."""

import time

import numpy as np
import pytest

from pilothouse.guards.personal import find_personal, redact
from pilothouse.types import Column, Kind, Table

SIZE = 1_000_000
SEEDS = [
    *("1", "1 ", "1-", "138", "１", "1\u200b", "0.", "+1(", "1.1.1.", "13800138000 ", "4111 ", "6222 0212 "),
    *("110105 1949 ", "4111111111111111,", "a", "@", "a@", "a@b.", "a.", "%", "x", "\n", " ", "[MOBILE]"),
    *(
        "路",
        "路1",
        "路1-1-1-1",
        "大街27号",
        "在大街27号",
        "中",
        "1 Aa ",
        "Aa ",
        "姓名：",
        "name: ",
        "wx",
        "微信",
    ),
    *("sk-", "eyJ", "eyJaaaaaaaaaa.", "ghp_", "京A", "京A1234"),
]


def seconds(text):
    before = time.process_time()
    redact(text)
    return time.process_time() - before


def in_proportion(work, long, short):
    """Four times as much takes far less than the sixteen times of a square; a busy machine may slow a try."""
    return any(work(long) <= 9 * work(short) + 0.05 for _ in range(4))


@pytest.mark.parametrize("seed", SEEDS, ids=ascii)
def test_f37_a_megabyte_is_searched_in_proportion(seed):
    long, short = (seed * (size // len(seed)) + "!" for size in (SIZE, SIZE // 4))  # nearly fits to the end
    assert in_proportion(seconds, long, short)


def test_f37_a_hostile_column_does_not_hang_the_search():
    def work(length):
        values = np.empty(50, dtype=object)
        values[:] = [seed * length for seed in (SEEDS * 2)[:50]]
        before = time.process_time()
        find_personal(Table((Column("memo", Kind.TEXT),), {"memo": values}))
        return time.process_time() - before

    assert in_proportion(work, 20_000, 5_000)
