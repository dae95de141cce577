from __future__ import annotations

import numpy as np

from pilothouse.steps.prepare.leaks.single import Truth
from pilothouse.steps.prepare.leaks.together import find_formula, same_story

N = 800
RNG = np.random.default_rng(8)
FOLDS = [(np.arange(0, N, 2), np.arange(1, N, 2))]
NOISE = {f"noise_{k}": RNG.normal(size=N) for k in range(6)}


def test_parts_that_add_up_are_found_among_others() -> None:
    casual, registered = RNG.poisson(30, N).astype(float), RNG.poisson(150, N).astype(float)
    columns = {**NOISE, "casual": casual, "registered": registered}
    found = find_formula(columns, Truth(casual + registered, 0), FOLDS)
    assert found is not None
    assert set(found.parts) == {"casual", "registered"}
    assert found.is_sum


def test_a_formula_with_other_weights_is_no_plain_sum() -> None:
    a, b = RNG.normal(size=N), RNG.normal(size=N)
    found = find_formula({**NOISE, "a": a, "b": b}, Truth(2.5 * a - 4 * b + 7, 0), FOLDS)
    assert found is not None
    assert set(found.parts) == {"a", "b"}
    assert not found.is_sum


def test_a_noisy_sum_is_no_formula() -> None:
    a, b = RNG.normal(size=N), RNG.normal(size=N)
    assert find_formula({"a": a, "b": b}, Truth(a + b + RNG.normal(0, 0.1, N), 0), FOLDS) is None


def test_classes_have_no_formula() -> None:
    a = RNG.normal(size=N)
    assert find_formula({"a": a, **NOISE}, Truth((a > 0).astype(np.int64), 2), FOLDS) is None


def test_near_duplicates_keep_company_and_others_do_not() -> None:
    fee = RNG.gamma(2, 10, N)
    gone = RNG.random(N) < 0.3
    y = (RNG.random(N) < 0.3).astype(np.int64)
    words = np.array([None if g else "x" for g in gone], dtype=object)
    columns = {
        "fee": fee,
        "fee_local": fee * 7.1 + RNG.normal(0, 0.01, N),
        "left_on": np.where(gone, np.nan, RNG.normal(size=N)),
        "left_why": words,
        "other": RNG.normal(size=N),
    }
    company = same_story(columns, Truth(y, 2))
    assert company["fee"] == {"fee_local"}
    assert company["left_on"] == {"left_why"}
    assert company["other"] == frozenset()
