"""Texts that no label fits: how well doubt tells them, and where the limit lies.

One label of the file names them. Models learn it like any other; a text is left to a
person where the likeliest of the *other* labels is unlikely. The limit is chosen out of
fold, so that at most one in a hundred of the rightly told texts is lost.

References
----------
Larson et al., "An evaluation dataset for intent classification and out-of-scope
prediction", 2019. Hendrycks and Gimpel, "A baseline for detecting misclassified and
out-of-distribution examples", 2017: the largest probability as the score.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pilothouse.messages import Message, say
from pilothouse.scenario import Panel
from pilothouse.types import Answers, Questions
from pilothouse.types.contest import Array

LOST = 0.01
IN_SCOPE = (0.98, 0.95, 0.92, 0.90, 0.85)


def sureness(probability: Array, stranger: int | None) -> Array:
    """Probability of the likeliest label, that of strangers left out: (n,)."""
    if stranger is None:
        return np.asarray(probability.max(axis=1, initial=0.0))
    return np.asarray(np.delete(probability, stranger, axis=1).max(axis=1, initial=0.0))


def least_sureness(questions: Questions, answers: Answers, stranger: int) -> float:
    """Choose the highest limit that loses at most one in a hundred of the rightly told texts."""
    said = answers["probability"]
    known = np.isfinite(said).all(axis=1)
    said, truth = said[known], np.asarray(questions.truth)[known]
    right = (said.argmax(axis=1) == truth) & (truth != stranger)
    sure = np.sort(sureness(said, stranger)[right])
    return float(sure[int(LOST * len(sure))]) if len(sure) else 0.0


def strangers_panel(questions: Questions, answers: Answers, stranger: int, limit: float) -> Panel:
    """Of texts kept aside: how many strangers are told at which price in other texts."""
    said, truth = answers["probability"], np.asarray(questions.truth)
    sure, foreign = sureness(said, stranger), truth == stranger
    right = (said.argmax(axis=1) == truth) & ~foreign
    inside = max(1, int((~foreign).sum()))
    best = right.sum() / inside
    points: list[tuple[Message | str, float]] = [(say("classify.limit_chosen"), limit)]
    order = np.sort(sure[right])[::-1]
    for share in IN_SCOPE:
        if share < best:
            points.append(
                (f"{100 * share:.0f}%", float(order[min(len(order) - 1, int(np.ceil(share * inside)) - 1)]))
            )
    told_so = said.argmax(axis=1) == stranger
    rows = tuple(
        (
            name,
            f"{at:.3f}",
            f"{100 * (right & (sure >= at)).sum() / inside:.1f}%",
            f"{100 * ((sure < at) | told_so)[foreign].mean():.1f}%",
        )
        for name, at in points
    )
    return Panel(
        say("classify.panel_strangers"),
        say(
            "classify.panel_strangers_told",
            label=questions.classes[stranger],
            rows=int(foreign.sum()),
            auroc=f"{auroc(sure[~foreign], sure[foreign]):.3f}",
            recall=rows[0][3],
            right=rows[0][2],
        ),
        header=(
            say("classify.limit"),
            say("labels.confidence"),
            say("classify.in_scope"),
            say("classify.recall"),
        ),
        rows=rows,
    )


def auroc(inside: Array, foreign: Array) -> float:
    """Chance that a text inside is surer than a stranger; ties count half."""
    if not len(inside) or not len(foreign):
        return float("nan")
    both: Any = np.sort(foreign)
    below, level = np.searchsorted(both, inside, side="left"), np.searchsorted(both, inside, side="right")
    return float((below + level).mean() / 2 / len(foreign))
