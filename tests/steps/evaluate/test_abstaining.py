from __future__ import annotations

import numpy as np

from pilothouse.steps.evaluate.abstaining import least_confidence

SURE = np.linspace(0.5, 1.0, 101)
RIGHT = (np.arange(101) % 10 > 0) | (SURE > 0.7)
"""Below .7 one in ten is wrong, above none."""


def test_half_of_the_mistakes_stay_unsaid() -> None:
    limit = least_confidence(RIGHT.astype(int), SURE, None)
    told = limit <= SURE
    assert 0 < limit < 0.75 and (1 - RIGHT[told].mean()) <= (1 - RIGHT.mean()) / 2
    assert told.mean() > 0.6


def test_the_share_asked_for_is_reached_at_the_lowest_confidence() -> None:
    limit = least_confidence(RIGHT.astype(int), SURE, 0.99)
    told = limit <= SURE
    assert RIGHT[told].mean() >= 0.99
    lower = SURE[np.searchsorted(SURE, limit) - 1]
    assert RIGHT[lower <= SURE].mean() < 0.99


def test_it_answers_all_where_all_is_right_enough_and_half_where_nothing_is() -> None:
    assert least_confidence(np.ones(50), SURE[:50], None) == 0.0
    assert least_confidence(RIGHT.astype(int), SURE, 0.5) == 0.0
    never = least_confidence(np.arange(100) % 2, np.linspace(0, 1, 100), 0.95)
    assert 0.4 <= float((np.linspace(0, 1, 100) >= never).mean()) <= 0.6


def test_answers_alike_in_confidence_stay_together() -> None:
    sure = np.repeat([0.9, 0.6], 50)
    right = np.concatenate([np.ones(50), np.zeros(50)])
    assert least_confidence(right, sure, 0.9) == 0.9
    assert least_confidence(right, np.full(100, 0.7), 0.9) == 0.7
