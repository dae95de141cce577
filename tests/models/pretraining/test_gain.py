"""The gain over learning from nothing, and its interval."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pilothouse.models.pretraining.gain import drawn, gain_over_scratch

RANDOM = np.random.default_rng(0)
KNOWN, ASKED = RANDOM.integers(0, 2, 400), RANDOM.integers(0, 2, 300)


def right(truth: NDArray[np.generic], said: NDArray[np.float64]) -> float:
    return float(((said > 0.5) == truth).mean())


def guesser(lift: float) -> object:
    """Right seven times of ten, and by ``lift`` more often where it was pre-trained."""

    def learn(rows: NDArray[np.int64], pretrained: bool, seed: int) -> NDArray[np.float64]:
        random = np.random.default_rng([seed, len(rows), int(pretrained)])
        is_right = random.random(len(ASKED)) < 0.7 + lift * pretrained
        return np.where(is_right, ASKED, 1 - ASKED).astype(float)

    return learn


@pytest.mark.parametrize(("lift", "proven"), [(0.25, True), (0.0, False), (-0.25, False)])
def test_interval_holds_the_true_gain(lift: float, proven: bool) -> None:
    (found,) = gain_over_scratch((KNOWN, ASKED), [100], guesser(lift), right, seeds=4)  # type: ignore[arg-type]
    assert found.gain.interval.low <= lift <= found.gain.interval.high
    assert found.is_proven is proven and found.labels == 100
    assert found.gain.value == pytest.approx(found.pretrained - found.scratch)


def test_both_ways_learn_from_the_same_labels_and_never_from_more_than_there_are() -> None:
    seen: dict[tuple[int, int], list[list[int]]] = {}

    def learn(rows: NDArray[np.int64], pretrained: bool, seed: int) -> NDArray[np.float64]:
        seen.setdefault((len(rows), seed), []).append(rows.tolist())
        return np.zeros(len(ASKED))

    found = gain_over_scratch((KNOWN, ASKED), [50, 10_000], learn, right, seeds=2)
    assert [one.labels for one in found] == [50, 400]
    assert all(pair[0] == pair[1] for pair in seen.values()) and len(seen) == 4
    assert seen[50, 0] != seen[50, 1]


def test_labels_are_drawn_in_their_shares_and_none_is_left_out() -> None:
    truth = np.array([0] * 500 + [1] * 50 + [2] * 2)
    found = truth[drawn(truth, 60, 3)]
    assert len(found) == 60 and set(found.tolist()) == {0, 1, 2}
    assert 3 <= (found == 1).sum() <= 8
    numbers = drawn(np.linspace(0.0, 1.0, 50), 20, 0)
    assert len(set(numbers.tolist())) == 20
