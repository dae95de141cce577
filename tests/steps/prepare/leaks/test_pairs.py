from __future__ import annotations

import numpy as np

from pilothouse.steps.prepare.leaks.pairs import find_pairs
from pilothouse.steps.prepare.leaks.single import Facts, Truth

N = 1200
RNG = np.random.default_rng(9)
Y = (RNG.random(N) < 0.3).astype(np.int64)
HALVES = (np.arange(0, N, 2), np.arange(1, N, 2))
FOLDS = [HALVES, HALVES[::-1]]
THEN = RNG.integers(0, 3, N)
NOW = np.where(Y == 1, (THEN + RNG.integers(1, 3, N)) % 3, THEN)
PLANS = np.array(["basic", "plus", "pro"], dtype=object)


def quiet(columns) -> dict[str, Facts]:
    return {name: Facts(name, 0.55, 0.5) for name in columns}


def test_two_halves_are_found() -> None:
    columns = {"then": PLANS[THEN], "now": PLANS[NOW], "age": RNG.normal(size=N)}
    found = find_pairs(columns, quiet(columns), Truth(Y, 2), FOLDS)
    assert [{p.first, p.second} for p in found] == [{"then", "now"}]
    assert found[0].own > 0.95


def test_a_strong_column_makes_no_pair_with_an_idle_one() -> None:
    strong = Y + RNG.normal(0, 0.3, N)
    columns = {"strong": strong, "idle": RNG.normal(size=N)}
    facts = {"strong": Facts("strong", 0.97, 0.5), "idle": Facts("idle", 0.5, 0.5)}
    assert find_pairs(columns, facts, Truth(Y, 2), FOLDS) == ()


def test_noise_and_gaps_make_no_pair() -> None:
    columns = {f"n{k}": np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(size=N)) for k in range(6)}
    assert find_pairs(columns, quiet(columns), Truth(Y, 2), FOLDS) == ()
