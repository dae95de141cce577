"""What stands beside the items of a question's truth: which of them are new, how ratings were missed.

Both are worked out for each window from what may be learnt before it, so that no model
and no reader of requests sees them. They decide nothing; the report shows them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.rankers.ratings import Biases, are_ratings
from pilothouse.models.ranking import Interactions
from pilothouse.steps.evaluate.metrics_ranking import truth_of

FEW = 5
"""An item with at most so many interactions to learn from counts as new."""


def told_truths(prepared: Any) -> NDArray[Any]:
    """Return each question's truth with what stands beside it, (questions,) object array of str."""
    taken, split = Interactions.of(prepared.data), prepared.split
    rated = are_ratings(taken)
    made = prepared.truth.copy()
    for learn, asked in (*split.folds, (split.train, split.test)):
        known = taken.take(learn)
        new = np.bincount(known.item, minlength=taken.items) <= FEW
        biases = Biases.learn(known) if rated and len(learn) else None
        for row in asked.tolist():
            codes = np.array(made[row].split(), dtype=np.int64)
            errors = () if biases is None else _errors(biases, taken.take(prepared.held[row]))
            made[row] = truth_of(made[row], codes[new[codes]].tolist(), errors)
    return made  # type: ignore[no-any-return]


def _errors(biases: Biases, held: Interactions) -> tuple[float, ...]:
    """How many ratings, and how far biases and the average miss them: squares and sizes, summed."""
    assert held.value is not None
    missed = (held.value - biases.say(held.user, held.item), held.value - biases.mean)
    sums = (float(np.sum(part)) for own in missed for part in (own**2, np.abs(own)))
    return (float(len(held.value)), *(round(one, 6) for one in sums))
