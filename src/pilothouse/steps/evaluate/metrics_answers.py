"""How well questions are handled: the right passage cited, or declined where none answers.

A question whose passage is in the index is handled rightly when a right passage is cited;
one that nothing answers is handled rightly when it is declined. Retrieval is judged
beside it, whether something was declined or not.

References
----------
Jaervelin and Kekaelaeinen (2002), "Cumulated gain-based evaluation of IR techniques" (nDCG;
with passages that answer alike the best placed one counts). Rajpurkar, Jia and Liang
(2018), "Know what you don't know" (unanswerable questions).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.steps.evaluate.weighting import Value, Weight, mean, ratio, total
from pilothouse.types import Answers
from pilothouse.types.contest import Array, Scores

RIGHT_ANSWER, RIGHT_DECLINE, WRONG_DECLINE, WRONG_ANSWER = 1.0, 2.0, 0.0, -1.0
"""What became of a question; from 1 on it was handled rightly."""
RULES, PERSON, MODEL = 0, 1, 2
"""Who wrote a question."""
_COSTS = {"false_refusals"}


def outcome(truth: Array, answers: Answers) -> NDArray[np.float64]:
    """Tell what became of each question, (n,): one of the four codes.

    Parameters
    ----------
    truth
        (n,) numbers of the right passages, parted by spaces; "" where declining is right.
    answers
        With ``hit``, the passage cited or -1.
    """
    found = np.full(len(truth), WRONG_ANSWER)
    for row, (right, hit) in enumerate(zip(truth.tolist(), answers["hit"].tolist(), strict=True)):
        if hit < 0:
            found[row] = WRONG_DECLINE if right else RIGHT_DECLINE
        elif str(int(hit)) in right.split():
            found[row] = RIGHT_ANSWER
    return found


def first_right(truth: Array, items: Array) -> NDArray[np.float64]:
    """Place of the first right passage from 1, (n,); infinite where none is shown."""
    found = np.full(len(truth), np.inf)
    for row, right in enumerate(truth.tolist()):
        codes = {float(code) for code in right.split()}
        places = [place for place, item in enumerate(items[row].tolist(), 1) if item in codes]
        if places:
            found[row] = places[0]
    return found


def measure_answers(truth: Array, origin: Array, answers: Answers, weight: Weight = None) -> Scores:
    """Score answers, the share handled rightly first.

    Parameters
    ----------
    truth
        As ``outcome`` takes it.
    origin
        (n,) who wrote the question: ``RULES``, ``PERSON`` or ``MODEL``; the last is told where there is any.
    answers
        With ``hit``, ``score`` and ``item``.
    weight
        None, (n,) or (draws, n).
    """
    became = outcome(truth, answers)
    answerable = np.array([bool(right) for right in truth.tolist()])
    place = first_right(truth, answers["item"])
    handled, answered = became >= RIGHT_ANSWER, answers["hit"] >= 0
    writer = np.asarray(origin, dtype=int)
    values: dict[str, Any] = {
        "handled": mean(handled.astype(float), weight),
        "hit_1": _share(place <= 1, answerable, weight),
        "hit_3": _share(place <= 3, answerable, weight),
        "hit_10": _share(place <= 10, answerable, weight),
        "mrr": _share(1.0 / place, answerable, weight),
        "ndcg_10": _share(1.0 / np.log2(1.0 + place), answerable, weight),
        "cited_right": _share(became == RIGHT_ANSWER, answered, weight),
        "declined_rightly": _share(became == RIGHT_DECLINE, ~answerable, weight),
        "false_refusals": _share(became == WRONG_DECLINE, answerable, weight),
        "handled_human": _share(handled, writer == PERSON, weight),
        "handled_generated": _share(handled, writer == RULES, weight),
    }
    if (writer == MODEL).any():
        values["handled_model"] = _share(handled, writer == MODEL, weight)
    return Scores(values, {name: name not in _COSTS for name in values})


def _share(values: Array, among: Array, weight: Weight) -> Value:
    """Weighted mean of ``values`` among some rows; 0 where there are none."""
    within = among.astype(float)
    weight = None if weight is None else np.asarray(weight, dtype=float)
    return ratio(total(values.astype(float) * within, weight), total(within, weight), 0.0)
