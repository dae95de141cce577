"""What the score loses when columns are left out, paired over folds.

The cheap model is fitted by the crew. Nothing here decides what a loss means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import say
from pilothouse.steps.prepare.leaks.single import Truth, agreement
from pilothouse.types import Answers, Candidate, Crew, Fit, Questions, Scores
from pilothouse.types.candidate import Parameters

Index = NDArray[np.int64]
Folds = tuple[tuple[Index, Index], ...]
Measure = Callable[[Questions, Answers], Scores]


@dataclass(frozen=True)
class LeakBudget:
    """How much the firewall may spend.

    Parameters
    ----------
    folds
        At most this many of the contest's folds are used.
    max_columns_probed
        At most this many columns are left out one by one.
    max_rows
        Rows a probe learns from; it is asked at most five times as many. Of the
        rarer classes as many as fit into a quarter are kept: AUC does not depend
        on their share.
    """

    folds: int = 5
    max_columns_probed: int = 40
    max_rows: int = 20_000


@dataclass(frozen=True)
class Loss:
    """What leaving columns out costs.

    Parameters
    ----------
    cost
        Mean loss over folds, on a scale that has the same meaning for every kind
        of target: the share of pairs put in the wrong order (for classes: AUC).
    low
        Its 95 % lower bound, one-sided, corrected for overlapping folds; minus
        infinity where two folds already showed too little.
    own_scale
        Mean loss in the scale of ``Facts.own``: AUC, or R2.
    before
        Share of pairs in the right order with every column.
    """

    cost: float
    low: float
    own_scale: float
    before: float


PROBE_PARAMETERS: Parameters = MappingProxyType(
    {"trees": 80, "rate": 0.1, "leaves": 15, "columns_share": 1.0, "rows_share": 1.0}
)
"""What makes ``models.boosting.Boosting`` a probe: few quick trees that always see every column."""


@dataclass(frozen=True)
class Probing:
    """Who probes, with what, how far.

    Parameters
    ----------
    crew
        Carries out the fits; its data holds every row.
    candidate, parameters
        A cheap model that sees bends and pairs of columns: boosted trees with
        ``PROBE_PARAMETERS`` unless told otherwise.
    measure
        The use case's own; its primary metric is what the reader is shown.
    """

    crew: Crew
    candidate: Candidate
    measure: Measure
    parameters: Parameters = field(default_factory=lambda: dict(PROBE_PARAMETERS))
    budget: LeakBudget = field(default_factory=LeakBudget)
    seed: int = 0


def pairs_in_order(truth: Truth, answers: NDArray[np.float64]) -> float:
    """Share of pairs in the right order: AUC, or its like for a numeric target.

    References
    ----------
    Kendall (1938): (1 + tau) / 2. An R2 of .85 is about .87 here, .5 about .75.
    """
    if truth.classes:
        return agreement(truth, answers)
    from scipy.stats import kendalltau

    if np.ptp(answers) == 0:
        return 0.5
    return float(0.5 + 0.5 * kendalltau(truth.values, answers).statistic)


def sample_folds(folds: Folds, questions: Questions, budget: LeakBudget, seed: int) -> Folds:
    """Cut folds to the budget, the rarer classes kept in what is learnt."""
    rng = np.random.default_rng(seed)
    cut = []
    for learn, ask in folds[: budget.folds]:
        if len(learn) > budget.max_rows:
            learn = np.sort(_keep_rare(learn, questions, budget.max_rows, rng))
        if len(ask) > 5 * budget.max_rows:
            ask = np.sort(rng.choice(ask, 5 * budget.max_rows, replace=False))
        cut.append((learn, ask))
    return tuple(cut)


def _keep_rare(learn: Index, questions: Questions, size: int, rng: np.random.Generator) -> Index:
    if not questions.classes or questions.truth is None:
        return rng.choice(learn, size, replace=False)
    truth = questions.truth[learn]
    count = np.bincount(truth, minlength=len(questions.classes))
    rare = learn[truth != int(count.argmax())]
    take = min(len(rare), max(size // 4, round(size * len(rare) / len(learn))))
    rest = learn[truth == int(count.argmax())]
    return np.concatenate(
        [rng.choice(rare, take, replace=False), rng.choice(rest, min(size - take, len(rest)), replace=False)]
    )


class Prober:
    """Scores sets of columns; each set is fitted once."""

    def __init__(self, questions: Questions, folds: Folds, probing: Probing) -> None:
        self._questions = questions
        self._folds = folds
        self._probing = probing
        self._seen: dict[tuple[frozenset[str], int], tuple[float, float, float]] = {}
        self._order = questions.requests.names

    def score(self, columns: Iterable[str]) -> float:
        """Mean over folds of the use case's own primary metric."""
        chosen = frozenset(columns)
        self._answer([chosen], range(len(self._folds)))
        return float(np.nanmean([self._seen[chosen, f][2] for f in range(len(self._folds))]))

    def losses(self, base: frozenset[str], groups: Sequence[frozenset[str]], glance: float) -> list[Loss]:
        """What leaving out each group costs.

        Two folds are looked at first; only groups that lose at least ``glance``
        there are compared on all folds.
        """
        few = range(min(2, len(self._folds)))
        sets = [base - g for g in groups]
        self._answer([base, *sets], few)
        promising = [s for s in sets if self._loss(base, s, few).cost >= glance]
        if promising:
            self._answer([base, *promising], range(len(self._folds)))
        chosen = set(promising)
        return [self._loss(base, s, range(len(self._folds)) if s in chosen else few) for s in sets]

    def _loss(self, base: frozenset[str], less: frozenset[str], used: range) -> Loss:
        a = np.array([self._seen[base, f][:2] for f in used])
        b = np.array([self._seen[less, f][:2] for f in used])
        gone = a - b
        gone = gone[np.isfinite(gone).all(axis=1)]
        if len(gone) == 0:
            return Loss(0.0, -np.inf, 0.0, 0.0)
        cost = float(gone[:, 0].mean())
        low = lower_bound(gone[:, 0], self._overlap()) if len(used) == len(self._folds) else -np.inf
        return Loss(cost, low, float(gone[:, 1].mean()), float(np.nanmean(a[:, 0])))

    def _overlap(self) -> float:
        return float(np.mean([len(ask) / len(learn) for learn, ask in self._folds]))

    def _answer(self, sets: Sequence[frozenset[str]], used: range) -> None:
        todo = [(s, f) for s in dict.fromkeys(sets) for f in used if (s, f) not in self._seen]
        fits = [self._fit(s, f) for s, f in todo if s]
        answered = iter(self._probing.crew.answers(fits, say("leaks.looking")) if fits else [])
        for s, f in todo:
            learn, ask = self._folds[f]
            answers = next(answered) if s else self._blank(learn, ask)
            self._seen[s, f] = self._scores(ask, answers)

    def _fit(self, columns: frozenset[str], fold: int) -> Fit:
        learn, ask = self._folds[fold]
        ordered = tuple(n for n in self._order if n in columns)
        probing = self._probing
        return Fit(probing.candidate, learn, ask, probing.parameters, ordered, probing.seed)

    def _blank(self, learn: Index, ask: Index) -> Answers:
        """Answer without any column: the shares, or the mean, of what was learnt."""
        truth = self._questions.truth
        assert truth is not None
        if not self._questions.classes:
            return Answers({"prediction": np.full(len(ask), truth[learn].mean())})
        share = np.bincount(truth[learn], minlength=len(self._questions.classes)) / len(learn)
        return Answers({"probability": np.tile(share, (len(ask), 1))})

    def _scores(self, ask: Index, answers: Answers) -> tuple[float, float, float]:
        questions = self._questions.take(ask)
        assert questions.truth is not None
        truth = Truth(questions.truth, len(questions.classes))
        said = answers["probability" if questions.classes else "prediction"]
        scores = self._probing.measure(questions, answers)
        primary = float(scores.values[scores.primary])
        return pairs_in_order(truth, said), agreement(truth, said), primary


def lower_bound(differences: NDArray[np.float64], overlap: float) -> float:
    """One-sided 95 % lower bound of a mean over folds that share learning rows.

    Parameters
    ----------
    differences
        Shape (folds,).
    overlap
        Rows asked / rows learnt from.

    References
    ----------
    Nadeau and Bengio (2003), Inference for the generalization error, eq. 9.
    """
    folds = len(differences)
    if folds < 2:
        return float("-inf")
    from scipy.stats import t

    spread = float(np.sqrt((1.0 / folds + overlap) * np.var(differences, ddof=1)))
    return float(differences.mean() - t.ppf(0.95, folds - 1) * spread)
