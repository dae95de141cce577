"""From contestants to a winner, using training rows only.

Contest, tuning, blending, calibration, then two choices: the best baseline and the
simplest model within one standard error of the best. Everything that a score could
have taught is cross-fitted, so that out-of-fold figures stay honest: the blend's
weights and each calibration are learnt on the other folds. This module never sees
the rows kept aside, and knows no scenario: the ``Judge`` carries what one knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from pilothouse.messages import say
from pilothouse.models.blend import mix
from pilothouse.steps.evaluate.comparison import corrected_p, simplest_within_one_se
from pilothouse.steps.optimise.tune import tune
from pilothouse.steps.train.contest import contest
from pilothouse.types import Answers, Candidate, Crew, Fit, Questions, Scores
from pilothouse.types.candidate import Parameters
from pilothouse.types.contest import Index

BLEND = "blend"
EXCELS = 0.10


class Calibration(Protocol):
    """A monotone map from what a model says to what happens."""

    def apply(self, answers: Answers) -> Answers:
        """Return corrected answers."""
        ...

    def state(self) -> dict[str, Any]:
        """Return plain values that tell two calibrations apart."""
        ...


@dataclass(frozen=True)
class Judge:
    """What a scenario knows about answers.

    Parameters
    ----------
    questions
        Every row of the data, with truth.
    measure
        Scores of answers; the primary decides.
    worth
        One number, higher is better, that compares baselines: money when values
        are given, else the primary metric.
    weights
        Learns blend weights from members' answers; None for no blend.
    calibrate
        Learns a calibration from answers; None for none.
    """

    questions: Questions
    measure: Callable[[Questions, Answers], Scores]
    worth: Callable[[Questions, Answers, str], float]
    weights: Callable[[Questions, dict[str, Answers]], Mapping[str, float]] | None = None
    calibrate: Callable[[Questions, Answers], Calibration | None] | None = None

    def score(self, answers: Answers, index: Index) -> float:
        """Primary score on some rows, signed so that higher is better."""
        scores = self.measure(self.questions.take(index), answers.take(index))
        sign = 1.0 if scores.higher_is_better[scores.primary] else -1.0
        return sign * float(scores.values[scores.primary])


@dataclass(frozen=True)
class Effort:
    """How hard to try; from the work plan."""

    trials: Mapping[str, int] = field(default_factory=dict)
    tuning_folds: int = 3
    seed: int = 0


@dataclass(frozen=True)
class Entry:
    """A contestant with its parameters."""

    candidate: Candidate
    parameters: Parameters = field(default_factory=dict)


@dataclass(frozen=True)
class Developed:
    """Everything fixed before the rows kept aside are opened.

    ``out_of_fold`` covers every row of the data; rows that no fold asked are NaN.
    ``fold_scores`` are signed so that higher is better.
    """

    entries: Mapping[str, Entry]
    out_of_fold: Mapping[str, Answers] = field(repr=False)
    fold_scores: Mapping[str, tuple[float, ...]]
    calibrations: Mapping[str, Calibration]
    weights: Mapping[str, float]
    baseline: str
    winner: str


def develop(
    entries: Sequence[Entry],
    folds: Sequence[tuple[Index, Index]],
    judge: Judge,
    crew: Crew,
    effort: Effort,
) -> Developed:
    """Run the contest on ``folds`` and choose a baseline and a winner.

    Parameters
    ----------
    entries
        Baselines first; a blend, if any, is the last and is never fitted here.
    folds
        (learn, ask) positions, all inside the training part.
    """
    blend = next((e for e in entries if e.candidate.name == BLEND), None)
    single = {e.candidate.name: e for e in entries if e is not blend}
    raw = contest(list(single.values()), folds, judge.questions, crew, effort.seed)
    for name, trials in effort.trials.items():
        if name in single and trials > 0:
            single[name], raw[name] = _tuned(single[name], raw[name], folds, judge, crew, effort)
    models = [n for n, e in single.items() if not e.candidate.is_stand_in]
    members = [n for n in models if not single[n].candidate.must_excel]
    weights: dict[str, float] = {}
    if blend is not None and judge.weights is not None and len(members) > 1:
        raw[BLEND], weights = _blended(judge, raw, members, folds)
        single[BLEND] = replace(blend, parameters=_blend_parameters(single, weights))
    calibrated, calibrations = _calibrated(judge, single, raw, folds)
    scores = {n: tuple(judge.score(a, ask) for _, ask in folds) for n, a in calibrated.items()}
    return Developed(
        entries=single,
        out_of_fold=calibrated,
        fold_scores=scores,
        calibrations=calibrations,
        weights=weights,
        baseline=_best_baseline(judge, single, calibrated, folds),
        winner=_winner(
            {n: single[n].candidate for n in [*models, *([BLEND] if weights else [])]}, scores, folds
        ),
    )


def _winner(
    models: Mapping[str, Candidate],
    scores: Mapping[str, tuple[float, ...]],
    folds: Sequence[tuple[Index, Index]],
) -> str:
    """The simplest within one standard error of the best; then those that must excel have their turn."""
    usual = {n: c for n, c in models.items() if not c.must_excel} or models
    won = simplest_within_one_se(
        {n: scores[n] for n in usual}, {n: c.rank for n, c in usual.items()}, higher_is_better=True
    )
    best = max(usual, key=lambda n: float(np.mean(scores[n])))
    learn, ask = (float(np.mean([len(f[i]) for f in folds])) for i in (0, 1))
    for name in [n for n in models if n not in usual]:
        if corrected_p(np.subtract(scores[name], scores[best]).tolist(), learn, ask) < EXCELS:
            won = best = name
    return won


def answer(developed: Developed, crew: Crew, learn: Index, ask: Index, seed: int) -> dict[str, Answers]:
    """Fit every contestant on ``learn`` and answer ``ask``: opens what was kept aside."""
    names = [n for n in developed.entries if n != BLEND]
    fits = [
        Fit(e.candidate, learn, ask, parameters=e.parameters, seed=seed)
        for e in (developed.entries[n] for n in names)
    ]
    raw = dict(zip(names, crew.answers(fits, say("train.opening")), strict=True))
    if developed.weights:
        raw[BLEND] = mix([raw[n] for n in developed.weights], list(developed.weights.values()))
    return {
        n: developed.calibrations[n].apply(a) if n in developed.calibrations else a for n, a in raw.items()
    }


def _tuned(
    entry: Entry,
    plain: Answers,
    folds: Sequence[tuple[Index, Index]],
    judge: Judge,
    crew: Crew,
    effort: Effort,
) -> tuple[Entry, Answers]:
    """Keep tuned parameters only where they beat the defaults on all folds."""
    trials = effort.trials[entry.candidate.name]
    parameters = tune(entry.candidate, trials, folds[: effort.tuning_folds], judge.score, crew, effort.seed)
    if not parameters:
        return entry, plain
    better = replace(entry, parameters=parameters)
    answers = contest([better], folds, judge.questions, crew, effort.seed)[entry.candidate.name]
    asked = np.concatenate([ask for _, ask in folds])
    return (better, answers) if judge.score(answers, asked) > judge.score(plain, asked) else (entry, plain)


def _blended(
    judge: Judge, raw: Mapping[str, Answers], members: Sequence[str], folds: Sequence[tuple[Index, Index]]
) -> tuple[Answers, dict[str, float]]:
    assert judge.weights is not None
    parts = []
    for number, (_, ask) in enumerate(folds):
        others = np.concatenate([a for i, (_, a) in enumerate(folds) if i != number])
        learnt = judge.weights(judge.questions.take(others), {m: raw[m].take(others) for m in members})
        parts.append((ask, mix([raw[m].take(ask) for m in members], [learnt[m] for m in members])))
    asked = np.concatenate([ask for _, ask in folds])
    final = judge.weights(judge.questions.take(asked), {m: raw[m].take(asked) for m in members})
    return Answers.scatter(parts, len(judge.questions.unit)), dict(final)


def _blend_parameters(entries: Mapping[str, Entry], weights: Mapping[str, float]) -> dict[str, Any]:
    return {"members": {n: dict(entries[n].parameters) for n in weights}, "weights": dict(weights)}


def _calibrated(
    judge: Judge,
    entries: Mapping[str, Entry],
    raw: Mapping[str, Answers],
    folds: Sequence[tuple[Index, Index]],
) -> tuple[dict[str, Answers], dict[str, Calibration]]:
    calibrated: dict[str, Answers] = dict(raw)
    maps: dict[str, Calibration] = {}
    asked = np.concatenate([ask for _, ask in folds])
    for name, answers in raw.items():
        final = None if entries[name].candidate.is_stand_in else _calibrate(judge, answers, asked)
        if final is None:
            continue
        maps[name] = final
        parts = []
        for number, (_, ask) in enumerate(folds):
            others = np.concatenate([a for i, (_, a) in enumerate(folds) if i != number])
            own = _calibrate(judge, answers, others)
            assert own is not None
            parts.append((ask, own.apply(answers.take(ask))))
        calibrated[name] = Answers.scatter(parts, len(answers))
    return calibrated, maps


def _calibrate(judge: Judge, answers: Answers, rows: Index) -> Calibration | None:
    if judge.calibrate is None:
        return None
    return judge.calibrate(judge.questions.take(rows), answers.take(rows))


def _best_baseline(
    judge: Judge,
    entries: Mapping[str, Entry],
    answers: Mapping[str, Answers],
    folds: Sequence[tuple[Index, Index]],
) -> str:
    asked = np.concatenate([ask for _, ask in folds])
    questions = judge.questions.take(asked)
    stand_ins = [n for n, e in entries.items() if e.candidate.is_stand_in]
    return max(stand_ins, key=lambda n: judge.worth(questions, answers[n].take(asked), n))
