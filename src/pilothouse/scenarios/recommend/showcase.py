"""What three people would see: somebody it helps, somebody it fails, somebody new.

People are pseudonyms, drawn from those kept aside by what became of their lists; the
lists are those that the figures were computed from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import say
from pilothouse.models.ranking import NOTHING
from pilothouse.scenario import Case
from pilothouse.steps.evaluate.metrics_ranking import codes_of, per_question
from pilothouse.types import Answers, Questions

_HAS, _SHOWN, _TOOK = 5, 10, 50


def showcase(servable: Any, questions: Questions, answers: Mapping[str, Answers], options: Any) -> list[Case]:
    """Choose and lay out the cases; ``answers`` hold the winner's first, then the baseline's."""
    mine, theirs = answers.values()
    truth = np.asarray(questions.truth)
    gains = np.subtract(*(per_question(truth, a["item"], options.k)["ndcg"] for a in (mine, theirs)))
    sizes = np.array([len(h) for h in questions.requests["history"]])
    chosen = {
        "helps": _first(gains, sizes > 0),
        "fails": _first(-gains, sizes > 0),
        "new": _first(gains, sizes == 0),
    }
    cases = []
    for group, row in chosen.items():
        if row is None:
            continue
        history = questions.requests["history"][row]
        shown = _codes(mine, row)
        why = servable.why(questions.requests.take(np.array([row])), shown) if group != "new" else []
        reasons = [*why, *[None] * (len(shown) - len(why))]
        cases.append(
            Case(
                who=str(questions.requests["user"][row]),
                group=say(f"recommend.case_{group}"),
                has=tuple(servable.names_of(history[-_HAS:].tolist())),
                winner=tuple(zip(servable.names_of(shown), reasons, strict=True)),
                baseline=tuple(servable.names_of(_codes(theirs, row))),
                took=tuple(servable.names_of([int(c) for c in codes_of(truth[row])][:_TOOK])),
            )
        )
    return cases


def _first(order: NDArray[np.float64], among: NDArray[np.bool_]) -> int | None:
    """The one that stands out most among some; None where there are none."""
    places = np.flatnonzero(among)
    return int(places[np.argmax(order[places])]) if len(places) else None


def _codes(answers: Answers, row: int) -> list[int]:
    return [int(c) for c in answers["item"][row][:_SHOWN] if c != NOTHING and c == c]
