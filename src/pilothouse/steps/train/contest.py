"""The contest: every candidate on the same folds.

Answers are out of fold: each row is answered by a fit that did not see it. Who wins
is decided elsewhere; so are tuning, blending and calibration.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pilothouse.messages import Message, say
from pilothouse.types import Answers, Candidate, Crew, Fit, Questions
from pilothouse.types.candidate import Parameters
from pilothouse.types.contest import Index

Folds = Sequence[tuple[Index, Index]]


class Entrant(Protocol):
    """A candidate with its parameters."""

    @property
    def candidate(self) -> Candidate:
        """Who competes."""
        ...

    @property
    def parameters(self) -> Parameters:
        """How it is built."""
        ...


def contest(
    entrants: Sequence[Entrant],
    folds: Folds,
    questions: Questions,
    crew: Crew,
    seed: int,
    label: Message | None = None,
) -> dict[str, Answers]:
    """Let every entrant answer every fold, all in one job.

    Parameters
    ----------
    entrants
        Their candidates' names are all different.
    folds
        (learn, ask) row positions; where folds ask a row twice the later answer stands.
    questions
        Every row of the data; only their number is used.
    crew
        Carries out the fits.
    seed
        Of every fit.
    label
        What progress is told as.

    Returns
    -------
    dict
        Name to answers over all rows, NaN where no fold asked.

    Raises
    ------
    ValueError
        When two entrants have one name.
    """
    names = [e.candidate.name for e in entrants]
    if len(set(names)) < len(names):
        raise ValueError(f"two entrants have one name: {names}")
    fits = [
        Fit(e.candidate, learn, ask, parameters=e.parameters, seed=seed)
        for e in entrants
        for learn, ask in folds
    ]
    answers = iter(crew.answers(fits, say("train.contest") if label is None else label))
    rows = len(questions.unit)
    return {name: Answers.scatter([(ask, next(answers)) for _, ask in folds], rows) for name in names}
