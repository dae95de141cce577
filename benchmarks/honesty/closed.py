"""Value by closed form: cases whose money can be written down on paper."""

from __future__ import annotations

import numpy as np

from pilothouse.steps.decide.assumptions import Assumptions, Rivals, parse_ranges
from pilothouse.steps.decide.flag import Policy
from pilothouse.steps.decide.value import Money, action_money, break_even, classes_money, number_money


def differences() -> dict[str, float]:
    """Largest relative difference to the closed form, by case."""
    return {
        "top K of a perfect score": _top_k(),
        "ties picked at random": _ties(),
        "above a chance": _above(),
        "classes": _classes(),
        "a number": _number(),
        "break-even": abs(break_even(0.7, 600, 20) - 20 / (0.7 * 600)),
    }


def monte_carlo(draws: int = 20_000) -> dict[str, float]:
    """Relative difference of the simulated ends of a money range to what theory says.

    The gain over doing nothing is linear in one triangular assumption, so its 5 % and
    95 % points are those of the triangular law; sampling adds nothing where every row is
    the same.
    """
    rows = 1_000
    truth = np.ones(rows, dtype=np.int64)
    given = {"true_positive": [300, 600, 900], "success": 0.1, "contact": 20, "capacity": 100}
    money = _act(truth, truth.astype(float), None, given, 1_000, draws)
    span = 600.0
    points = [300 + span * np.sqrt(0.05 / 2), 900 - span * np.sqrt(0.05 / 2)]
    wanted = [100 * (0.1 * point - 20) for point in points]
    found = (money.gain.interval.low, money.gain.interval.high)
    return {f"end {k}": abs(f - w) / abs(w) for k, (f, w) in enumerate(zip(found, wanted, strict=True))}


def _act(
    truth: np.ndarray, score: np.ndarray, baseline: np.ndarray | None, given: dict, volume: float, draws: int
) -> Money:
    assumptions = Assumptions(parse_ranges(given), volume)
    unit = np.arange(len(truth))
    policy = Policy("capacity", given["capacity"] / volume)
    return action_money(Rivals(truth, score, baseline, unit), assumptions, policy, 0, draws)


def _top_k() -> float:
    truth = np.repeat([1, 0], [250, 750])
    given = {"true_positive": 600, "success": 0.1, "contact": 20, "capacity": 200}
    money = _act(truth, truth.astype(float), np.zeros(1_000), given, 2_000, 10)
    wanted = 200 * (600 * 0.1 - 20)  # 100 of 1,000 are flagged, all of them right, for 2,000 rows
    at_random = 200 * (0.25 * 600 * 0.1 - 20)
    return max(abs(money.winner.value / wanted - 1), abs(money.gain.value / (wanted - at_random) - 1))


def _ties() -> float:
    truth = np.repeat([1, 0, 1, 0], [60, 140, 40, 760])
    score = np.repeat([0.9, 0.9, 0.1, 0.1], [60, 140, 40, 760])
    given = {"true_positive": 600, "success": 0.1, "contact": 5, "capacity": 300}
    money = _act(truth, score, None, given, 1_000, 10)
    wanted = (60 + 100 * 40 / 800) * 60 - 300 * 5
    return abs(money.winner.value / wanted - 1)


def _above() -> float:
    truth = np.repeat([1, 0, 1, 0], [80, 20, 50, 850])
    score = np.repeat([0.8, 0.8, 0.05, 0.05], [80, 20, 50, 850])
    assumptions = Assumptions(parse_ranges({"true_positive": 100, "success": 1.0, "contact": 30}), 1_000)
    rivals = Rivals(truth, score, np.ones(1_000), np.arange(1_000))
    money = action_money(rivals, assumptions, Policy("costs", 0.1, 0.3), 0, 10)
    winner, everyone = 80 * 100 - 100 * 30, 130 * 100 - 1_000 * 30
    return max(abs(money.winner.value / winner - 1), abs(money.baseline.value / everyone - 1))


def _classes() -> float:
    truth = np.repeat([0, 1, 2], [500, 300, 200])
    answer = truth.copy()
    answer[:100] = 1
    assumptions = Assumptions(parse_ranges({"right": 2.0, "wrong": 1.0}), 5_000)
    money = classes_money(Rivals(truth, answer, np.zeros(1_000, int), np.arange(1_000)), assumptions, 0, 10)
    wanted, stands = 5_000 * (0.9 * 2 - 0.1), 5_000 * (0.5 * 2 - 0.5)
    return max(abs(money.winner.value / wanted - 1), abs(money.gain.value / (wanted - stands) - 1))


def _number() -> float:
    truth = np.arange(1_000.0)
    assumptions = Assumptions(parse_ranges({"error": 0.5}), 100)
    money = number_money(Rivals(truth, truth + 4, truth - 10, np.arange(1_000)), assumptions, 0, 10)
    return max(abs(money.winner.value / (-100 * 4 * 0.5) - 1), abs(money.gain.value / (100 * 6 * 0.5) - 1))
