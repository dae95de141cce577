"""What pre-training is worth: the same labels, the same rows to answer, with it and without.

For each number of labels, labels are drawn several times; both ways learn from the same
draw and answer the same rows. The interval covers the rows answered and the draws: both
are resampled, and the two ways are compared within each resample.

References
----------
Efron and Tibshirani, "An introduction to the bootstrap", 1993; pairing within resamples,
chapter 8.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilothouse.types import Estimate, Interval

Rows = NDArray[np.int64]
Score = Callable[[NDArray[np.generic], NDArray[np.float64]], float]
Learn = Callable[[Rows, bool, int], NDArray[np.float64]]

DRAWS = 1_000


@dataclass(frozen=True)
class Gain:
    """Scores with as many labels, and the gain with its interval."""

    labels: int
    scratch: float
    pretrained: float
    gain: Estimate

    @property
    def is_proven(self) -> bool:
        """Whether the interval lies above zero."""
        return self.gain.interval.low > 0


def gain_over_scratch(
    truths: tuple[NDArray[np.generic], NDArray[np.generic]],
    counts: Sequence[int],
    learn: Learn,
    score: Score,
    *,
    seeds: int = 5,
    level: float = 0.95,
) -> tuple[Gain, ...]:
    """Measure the gain at each number of labels.

    Parameters
    ----------
    truths
        Of the rows that may be learnt from, and of those that are answered.
    counts
        Numbers of labels; one beyond the rows takes them all.
    learn
        ``learn(rows, pretrained, seed)`` learns from the labels of ``rows`` and answers
        all rows to be answered, (m,) or (m, classes).
    score
        ``score(truth, answers)``; higher is better.
    seeds
        Draws of labels; at all labels, trainings by other seeds.
    level
        Of the intervals.
    """
    return tuple(_gain(truths, min(n, len(truths[0])), learn, score, (seeds, level)) for n in counts)


def _gain(
    truths: tuple[NDArray[np.generic], NDArray[np.generic]],
    labels: int,
    learn: Learn,
    score: Score,
    how: tuple[int, float],
) -> Gain:
    seeds, level = how
    known, asked = truths
    said: list[list[NDArray[np.float64]]] = []
    for seed in range(seeds):
        rows = drawn(known, labels, seed)
        said.append([learn(rows, pretrained, seed) for pretrained in (False, True)])
    whole = np.array([[score(asked, one) for one in pair] for pair in said])
    random = np.random.default_rng([seeds, labels])
    gains = []
    for _ in range(DRAWS):
        rows = random.integers(0, len(asked), len(asked))
        pairs = random.integers(0, seeds, seeds)
        gains.append(
            np.mean(
                [score(asked[rows], said[p][1][rows]) - score(asked[rows], said[p][0][rows]) for p in pairs]
            )
        )
    low, high = np.nanquantile(gains, [(1 - level) / 2, (1 + level) / 2])
    scratch, pretrained = whole.mean(axis=0)
    interval = Interval(float(low), float(high), level)
    return Gain(labels, float(scratch), float(pretrained), Estimate(float(pretrained - scratch), interval))


def drawn(truth: NDArray[np.generic], labels: int, seed: int) -> Rows:
    """Draw rows, each class in its share (at least one of each); numbers at random.

    Returns
    -------
    (labels,) positions in order.
    """
    random = np.random.default_rng([seed, labels])
    order = random.permutation(len(truth))
    if truth.dtype.kind == "f" or labels >= len(truth):
        return np.sort(order[:labels])
    place = np.empty(len(truth))
    for label in np.unique(truth):
        own = np.flatnonzero(truth[order] == label)
        place[own] = (np.arange(len(own)) + (random.random() if len(own) > 1 else 0.0)) / len(own)
        place[own[0]] = -1.0  # none is left out
    return np.sort(order[np.argsort(place, kind="stable")[:labels]])
