"""Scores of texts: the share that passes every check and is no near copy, and what stands beside it.

A near copy resembles another text of the same set at 0.8 or more (``likeness``); which set,
that is the items asked. It is computed once for a set, so that draws of a bootstrap weigh
texts and never compare a text with its own double.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.writing.checks import CHECKS
from pilothouse.models.writing.likeness import COPY, nearest
from pilothouse.steps.evaluate.weighting import mean
from pilothouse.types import Answers, Scores


def good(answers: Answers) -> NDArray[np.float64]:
    """1 for each text that passes every check and is no near copy, else 0; NaN where nothing was asked."""
    passed = answers["passed"].astype(float)
    known = np.isfinite(passed)
    found = np.full(len(passed), np.nan)
    found[known] = passed[known] * (nearest(answers["features"][known]) < COPY)
    return found


def measure_texts(answers: Answers, weight: Any = None) -> Scores:
    """Score texts, the share of good ones first.

    Parameters
    ----------
    answers
        As ``writer.figures_of`` makes them.
    weight
        None, (n,) or (draws, n).
    """
    likest = nearest(answers["features"])
    columns = {
        "good": (good(answers), True),
        "told": (answers["told"], True),
        "diversity": (1.0 - likest, True),
        "readability": (answers["readability"], True),
        "near_copies": ((likest >= COPY).astype(float), False),
        **{f"passes_{name}": (answers[f"ok_{name}"], True) for name in CHECKS},
        "length": (answers["length"], False),
        "refused": (answers["refused"], False),
        "cost": (answers["cost"], False),
    }
    values = {name: mean(np.asarray(column, dtype=float), weight) for name, (column, _) in columns.items()}
    return Scores(values, {name: upwards for name, (_, upwards) in columns.items()})
