"""Scores of every candidate with intervals, and the winner's gain, from one pass of draws.

All candidates of a part share their draws, so that any two of them can be compared
pair by pair. Nothing is fitted and no decision is taken here: given the same answers
it gives the same figures, which is what ``verify`` relies on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pilothouse.steps.evaluate.bootstrap import DRAWS, SHOWN, interval, resample
from pilothouse.types import Answers, Estimate, Interval, Questions, Scores
from pilothouse.types.contest import Array

THREADS = 2
_GROWS = frozenset({"ece", "distance", "raw_distance"})
"""Sums of gaps: see ``_likely``."""

Measure = Callable[[Questions, Answers, Any], Scores]


@dataclass(frozen=True)
class Part:
    """Some rows with everybody's answers to them; ``winner`` and ``baseline`` name two of those."""

    questions: Questions
    answers: Mapping[str, Answers] = field(repr=False)
    winner: str
    baseline: str


@dataclass(frozen=True)
class Evidence:
    """What a part shows.

    ``metrics[candidate][metric]`` are estimates at the shown level. The gain is signed
    so that above 0 the winner is better; ``gains`` keeps its draws, for other levels.
    """

    metrics: Mapping[str, Mapping[str, Estimate]]
    primary: str
    higher_is_better: bool
    score: Estimate
    gain: Estimate
    gains: Array = field(repr=False)

    def gain_at(self, level: float) -> Interval:
        """The gain's interval at another level."""
        return interval(self.gains, level)


def gather_evidence(part: Part, measure: Measure, seed: int, count: int = DRAWS) -> Evidence:
    """Score every candidate of a part on the same ``count`` draws of whole units."""
    found = {name: measure(part.questions, answers, None) for name, answers in part.answers.items()}

    with ThreadPoolExecutor(THREADS) as pool:  # numpy lets go of the interpreter while it sums and sorts

        def score(weight: Array) -> dict[str, Any]:
            measured = pool.map(lambda said: measure(part.questions, said, weight), part.answers.values())
            named = zip(part.answers, measured, strict=True)
            return {f"{name}\0{metric}": v for name, scores in named for metric, v in scores.values.items()}

        by_draw = resample(score, part.questions.unit, seed, count, part.questions.spread)
    metrics = {
        name: {
            metric: Estimate(float(value), _likely(metric, float(value), by_draw[f"{name}\0{metric}"]))
            for metric, value in scores.values.items()
        }
        for name, scores in found.items()
    }
    scores = found[part.winner]
    primary, upwards = scores.primary, scores.higher_is_better[scores.primary]
    sign = 1.0 if upwards else -1.0
    gains = sign * (by_draw[f"{part.winner}\0{primary}"] - by_draw[f"{part.baseline}\0{primary}"])
    gain = sign * (metrics[part.winner][primary].value - metrics[part.baseline][primary].value)
    return Evidence(
        metrics,
        primary,
        upwards,
        metrics[part.winner][primary],
        Estimate(gain, interval(gains, SHOWN)),
        np.asarray(gains),
    )


def _likely(metric: str, value: float, draws: Array) -> Interval:
    """Return the likely range; that of errors made of gaps is moved back over its figure.

    Resampling adds noise to each bin, and an absolute gap only grows by it, so every draw
    of ECE lies too high by about the same amount; so does that of a distance between sets.
    """
    if metric in _GROWS:
        draws = np.maximum(0.0, draws - (np.nanmedian(draws) - value))
    return interval(draws, SHOWN)
