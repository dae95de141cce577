"""The contest of one use case: firewall, development, opening what was kept aside.

Three shapes, one code: a holdout is developed once and opened once; a nested split
(few outcomes, or few of them over time) is developed once for each outer fold, and
each fold's own winner answers it. Everything a later choice could depend on is fixed
in ``Frozen`` and hashed before the test part opens.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from pilothouse.errors import UserFault
from pilothouse.messages import say
from pilothouse.models.boosting import Boosting
from pilothouse.models.target import Target
from pilothouse.pipeline.begin import Begun
from pilothouse.steps.decide.flag import Policy
from pilothouse.steps.evaluate.curve import curve_fits
from pilothouse.steps.prepare.leaks import LeakBudget, LeakReport, Probing, find_leaks
from pilothouse.steps.train.develop import BLEND, Developed, Effort, Entry, Judge, answer, develop
from pilothouse.steps.train.narrow import Narrow
from pilothouse.types import Answers, Crew, Fit
from pilothouse.types.contest import Index

WINNER = "winner"
Pairs = tuple[tuple[Index, Index], ...]


@dataclass(frozen=True)
class CurvePoints:
    """Scores of the learning curve: (sizes, repeats), and the baseline's on the same rows."""

    candidate: str
    sizes: tuple[int, ...]
    scores: tuple[tuple[float, ...], ...]
    baseline: tuple[float, ...]


@dataclass(frozen=True)
class Frozen:
    """What was fixed before the test part opened; plain values, as ``frozen.json`` keeps them."""

    winner: str
    baseline: str
    metric: str
    columns: tuple[str, ...]
    slices: tuple[str, ...]
    policy: dict[str, Any] | None
    parameters: dict[str, Any]
    weights: dict[str, float]
    calibrations: dict[str, Any]
    outer_winners: tuple[str, ...]
    confidence: float | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of all of it."""
        return digest_of(asdict(self))


def digest_of(frozen: dict[str, Any]) -> str:
    """SHA-256 of frozen choices as plain values; the same before and after ``frozen.json``."""
    return hashlib.sha256(json.dumps(frozen, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class Studied:
    """Everything that the contest showed. Answers cover every row; unasked rows are NaN."""

    leaks: LeakReport
    developed: Developed
    frozen: Frozen
    curve: CurvePoints | None
    folds: Pairs = field(repr=False)
    train: Index = field(repr=False)
    look: int
    test: dict[str, Answers] = field(repr=False)


def study(begun: Begun, crew: Crew, look: Callable[[Frozen], int]) -> Studied:
    """Carry out the contest.

    Parameters
    ----------
    crew
        Over ``begun.prepared.data``.
    look
        Records the frozen choices and counts the look; called once, just before the
        rows kept aside are opened.
    """
    train, folds = _contest_rows(begun)
    leaks, narrow, columns = LeakReport((), frozenset(), (), np.nan, np.nan), crew, begun.prepared.features
    if begun.scenario.rows_are_asked and begun.scenario.columns_are_clues:
        _must_have(columns)
        leaks = _firewall(begun, crew, folds)
        columns = _must_have(tuple(n for n in columns if n not in leaks.drop))
        narrow = Narrow(crew, columns)
    judge = make_judge(begun)
    main = _develop(begun, narrow, judge, folds)
    curve = _curve(begun, narrow, main, folds) if begun.scenario.rows_are_asked else None
    outers = [
        (
            _develop(begun, narrow, judge, _trim(begun, begun.prepared.folds(learn, begun.plan.folds))),
            learn,
            ask,
        )
        for learn, ask in begun.prepared.split.outer
    ]
    frozen = _freeze(begun, main, columns, folds, tuple(d.winner for d, _, _ in outers))
    number = look(frozen)
    seed, rows = begun.plan.seed, len(begun.questions.unit)
    opened = [
        (d, ask, answer(d, narrow, learn, ask, seed))
        for d, learn, ask in outers or [(main, train, begun.prepared.split.test)]
    ]
    names = list(opened[0][2])
    test = {n: Answers.scatter([(ask, said[n]) for _, ask, said in opened], rows) for n in names}
    test[WINNER] = Answers.scatter([(ask, said[d.winner]) for d, ask, said in opened], rows)
    return Studied(leaks, main, frozen, curve, folds, train, number, test)


def _must_have(columns: tuple[str, ...]) -> tuple[str, ...]:
    if not columns:
        raise UserFault(say("pipeline.nothing_left"), say("pipeline.nothing_left_fix"))
    return columns


def make_judge(begun: Begun) -> Judge:
    """What this scenario knows about answers, with its money if there is any."""
    scenario, questions = begun.scenario, begun.questions
    assumptions = scenario.assumptions(questions, begun.collected.provenance.rows, begun.currency)

    def worth(asked: Any, answers: Answers, name: str) -> float:
        if assumptions is None:
            scores = scenario.measure(asked, answers)
            sign = 1.0 if scores.higher_is_better[scores.primary] else -1.0
            return sign * float(scores.values[scores.primary])
        rivals = scenario.rivals(asked, answers, name, answers)
        return scenario.money(rivals, assumptions, scenario.policy(asked, assumptions), 0, 1).baseline.value

    return Judge(questions, scenario.measure, worth, scenario.weights, scenario.calibrate)


def _contest_rows(begun: Begun) -> tuple[Index, Pairs]:
    """Training rows and folds of the contest, cut to the plan: a recorded stratified sample."""
    split, plan = begun.prepared.split, begun.plan
    train = split.train
    share = plan.contest_rows / plan.rows
    if share < 1 and not split.outer:
        train = _sample(begun, train, max(200, round(len(train) * share)))
        return train, begun.prepared.folds(train, plan.folds)
    return train, _trim(
        begun, split.folds if len(split.folds) == plan.folds else begun.prepared.folds(train, plan.folds)
    )


def _trim(begun: Begun, folds: Pairs) -> Pairs:
    """Cut what nested folds learn from to the plan's rows."""
    plan = begun.plan
    if plan.contest_rows >= plan.rows or not begun.prepared.split.outer:
        return folds
    share = plan.contest_rows / plan.rows
    return tuple((_sample(begun, learn, max(100, round(len(learn) * share))), ask) for learn, ask in folds)


def _sample(begun: Begun, rows: Index, size: int) -> Index:
    """Draw ``size`` of ``rows``, each class in its share."""
    random = np.random.default_rng(begun.plan.seed)
    order = random.permutation(len(rows))
    if begun.questions.classes:
        truth = np.asarray(begun.questions.truth)[rows[order]]
        place = np.empty(len(rows))
        for label in np.unique(truth):
            own = np.flatnonzero(truth == label)
            place[own] = (np.arange(len(own)) + 0.5) / len(own)
        order = order[np.argsort(place, kind="stable")]
    return np.sort(rows[order[:size]])


def _firewall(begun: Begun, crew: Crew, folds: Pairs) -> LeakReport:
    probe = Boosting(Target.of(begun.prepared.data.table), bagged=False)
    probing = Probing(
        crew,
        probe,
        begun.scenario.measure,
        budget=LeakBudget(
            folds=begun.plan.leak_folds,
            max_columns_probed=begun.plan.leak_columns,
            max_rows=begun.plan.leak_rows,
        ),
        seed=begun.plan.seed,
    )
    return find_leaks(begun.prepared.data, begun.questions, folds, probing, available=begun.use.available)


def _develop(begun: Begun, crew: Crew, judge: Judge, folds: Pairs) -> Developed:
    entered = {e.name for e in begun.plan.entered}
    entries = [Entry(c) for c in begun.candidates if c.name in entered]
    effort = Effort(begun.plan.trials, begun.plan.tuning_folds, begun.plan.seed)
    return develop(entries, folds, judge, crew, effort)


def _curve(begun: Begun, crew: Crew, main: Developed, folds: Pairs) -> CurvePoints | None:
    plan = begun.plan
    name = main.winner if plan.curve_candidate == "winner" else plan.curve_candidate
    if name == BLEND:
        name = max(main.weights, key=lambda n: main.weights[n])
    entry = main.entries[name]
    wanted = curve_fits(
        folds, np.asarray(begun.questions.truth), plan.seed, plan.curve_sizes, plan.curve_seeds
    )
    if not wanted:
        return None
    fits = [Fit(entry.candidate, w.learn, w.ask, entry.parameters, seed=plan.seed) for w in wanted]
    said = crew.answers(fits, say("pipeline.curve"))
    scores: dict[int, list[float]] = {}
    sizes: dict[int, int] = {}
    baseline: dict[int, float] = {}
    for want, answers in zip(wanted, said, strict=True):
        asked = begun.questions.take(want.ask)
        scores.setdefault(want.size, []).append(_primary(begun, asked, answers))
        sizes.setdefault(want.size, len(want.learn))
        stands = main.out_of_fold[main.baseline].take(want.ask)
        baseline[want.repeat] = _primary(begun, asked, stands)
    order = sorted(scores)
    return CurvePoints(
        name,
        tuple(sizes[s] for s in order),
        tuple(tuple(scores[s]) for s in order),
        tuple(baseline[r] for r in sorted(baseline)),
    )


def _primary(begun: Begun, asked: Any, answers: Answers) -> float:
    scores = begun.scenario.measure(asked, answers)
    return float(scores.values[scores.primary])


def _freeze(
    begun: Begun, main: Developed, columns: tuple[str, ...], folds: Pairs, outer: tuple[str, ...]
) -> Frozen:
    scenario, questions = begun.scenario, begun.questions
    assumptions = scenario.assumptions(questions, begun.collected.provenance.rows, begun.currency)
    asked = np.concatenate([ask for _, ask in folds])
    policy: Policy | None = scenario.policy(questions.take(asked), assumptions)
    said = main.out_of_fold[main.winner].take(asked)
    scores = scenario.measure(questions.take(asked), said)
    return Frozen(
        winner=main.winner,
        baseline=main.baseline,
        metric=scores.primary,
        columns=columns,
        slices=scenario.slices(questions, columns),
        policy=None if policy is None else asdict(policy),
        parameters={n: dict(e.parameters) for n, e in main.entries.items() if n != BLEND},
        weights=dict(main.weights),
        calibrations={n: c.state() for n, c in main.calibrations.items()},
        outer_winners=outer,
        confidence=scenario.confidence(questions.take(asked), said),
    )
