"""Ranks are joined, and the best are found without a full sort."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.models.retrieval.fusion import best, fused


def test_first_in_all_is_one_and_unnamed_is_nothing() -> None:
    rankings = [np.array([2, 0]), np.array([2, 1])]
    found = fused(rankings, 4)
    assert found[2] == 1.0 and found[3] == 0.0
    assert found[0] == found[1] == 61 / 62 / 2


@given(st.lists(st.integers(-3, 30), max_size=80), st.integers(1, 12))
def test_best_are_those_of_a_stable_sort(values: list[int], count: int) -> None:
    scores = np.array(values, dtype=float)
    order = [i for i in np.argsort(-scores, kind="stable") if scores[i] > 0]
    assert best(scores, count).tolist() == order[:count]
