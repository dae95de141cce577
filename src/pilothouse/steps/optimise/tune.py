"""Tunes one candidate with a fixed number of trials.

Optuna's TPE sampler (Bergstra et al. 2011) draws parameters in batches of fixed
size, so that the number of workers changes no figure; the clock is never read. The
defaults take part as the first trial and stay unless something beats them. Scores
come from folds of the training part: the rows kept aside are not seen, and the
winner's score here flatters it, which is why the contest judges it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pilothouse.messages import say
from pilothouse.types import Answers, Candidate, Crew, Fit
from pilothouse.types.candidate import Parameters
from pilothouse.types.contest import Index

BATCH = 4
"""Trials drawn together: part of the work plan, not of the machine."""

Score = Callable[[Answers, Index], float]


def tune(
    candidate: Candidate,
    trials: int,
    folds: Sequence[tuple[Index, Index]],
    score: Score,
    crew: Crew,
    seed: int,
) -> Parameters:
    """Search ``candidate.space`` for parameters that beat its defaults.

    Parameters
    ----------
    candidate
        Whose ``space`` is searched.
    trials
        Sets of parameters to try besides the defaults.
    folds
        (learn, ask) positions: the contest's folds or the first few of them.
    score
        Scores answers that are laid out by row position on the rows of one fold;
        higher is better.
    crew
        Carries out the fits.
    seed
        Of the sampler and of every fit.

    Returns
    -------
    dict
        Better parameters, or {} when the defaults stay: a set is adopted when its
        mean score is higher and most folds agree.
    """
    if trials <= 0:
        return {}
    default = _scores(candidate, [{}], folds, score, crew, seed)[0]
    study = _study(seed)
    tried: list[tuple[Parameters, list[float]]] = []
    while len(tried) < trials:
        drawn = [study.ask() for _ in range(min(BATCH, trials - len(tried)))]
        sets = [dict(candidate.space(trial)) for trial in drawn]
        if not any(sets):
            return {}
        for trial, parameters, scores in zip(
            drawn, sets, _scores(candidate, sets, folds, score, crew, seed), strict=True
        ):
            study.tell(trial, float(np.mean(scores)))
            tried.append((parameters, scores))
    best, scores = max(tried, key=lambda t: float(np.mean(t[1])))
    gains = np.subtract(scores, default)
    return best if gains.mean() > 0 and (gains > 0).mean() > 0.5 else {}


def _study(seed: int) -> Any:
    """Make a silent, seeded study in memory."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=2 * BATCH, constant_liar=True)
    return optuna.create_study(direction="maximize", sampler=sampler)


def _scores(
    candidate: Candidate,
    sets: Sequence[Parameters],
    folds: Sequence[tuple[Index, Index]],
    score: Score,
    crew: Crew,
    seed: int,
) -> list[list[float]]:
    """Score each set of parameters on each fold, all fits in one job."""
    fits = [Fit(candidate, learn, ask, parameters=p, seed=seed) for p in sets for learn, ask in folds]
    answers = iter(crew.answers(fits, say("train.tuning", label=candidate.label)))
    rows = 1 + max(int(ask.max()) for _, ask in folds)
    return [[score(Answers.scatter([(ask, next(answers))], rows), ask) for _, ask in folds] for _ in sets]
