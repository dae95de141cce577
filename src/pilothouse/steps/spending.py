"""What a run spends: seconds and memory of one way to do the work, on paper.

Candidates bring the cost of a fit (``cost``); the rest of the packaged cost table
stands here. It chooses nothing: ``steps.plan`` compares drafts and takes one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal

from pilothouse.messages import Message, say
from pilothouse.types import Candidate, Shape

OUTER_FOLDS = 5
TUNING_FOLDS = 3
_CURVE_SIZES, _CURVE_SEEDS = 5, 5
_KEPT_ASIDE = 0.2

_START_S = 6.0
"""Imports, workers, report."""
_CELL_S = 2e-6
"""Reading, checking and desensitising one cell."""
_JUDGED_ROW_S = 2.5e-4
"""Resampling, slices and explanations, for one row that is judged."""
_MOST_JUDGED = 100_000
"""Larger tables send a sample to the contest."""
_SUSPECTS, _GLANCED = 4, 2
"""Columns that are expected to need probes on every fold; folds that every column is probed on."""
_TRIAL_FACTOR = 1.5
"""A trial's fit against a fit with defaults."""
_PROCESS_MB, _CELL_MB = 220.0, 24 / 2**20
"""Memory of a process with its libraries, and of one cell held."""


@dataclass(frozen=True)
class Job:
    """What is known before planning.

    Parameters
    ----------
    shape
        Of the whole table.
    outcomes
        Rows of the rarer class in the file; for a numeric target rows / 2.
    split
        How rows are kept aside: "holdout", "nested" or "time".
    rows_are_asked
        Whether each row is a question: then a sample of them poses the same kind of
        question, and there is a curve to draw.
    columns_are_clues
        Whether answers are told from columns: then there are some to probe.
    mute
        Why no language model can be asked; None where one can.
    """

    shape: Shape
    outcomes: int
    split: Literal["holdout", "nested", "time"]
    rows_are_asked: bool = True
    columns_are_clues: bool = True
    mute: Message | None = say("plan.no_llm")

    @property
    def developments(self) -> int:
        """How often everything is developed: nested, once for each outer fold and once on all rows."""
        return OUTER_FOLDS + 1 if self.split == "nested" else 1

    @property
    def fixed_s(self) -> float:
        """Wall seconds that are not fits."""
        cells = self.shape.rows * (self.shape.columns + 1)
        judged = self.shape.rows if self.rows_are_asked else self.shape.users
        return _START_S + cells * _CELL_S + min(judged, _MOST_JUDGED) * _JUDGED_ROW_S


@dataclass(frozen=True)
class Probes:
    """How far the leak probes go: folds, columns left out one by one, rows learnt from."""

    folds: int
    columns: int
    rows: int


@dataclass(frozen=True)
class Spending:
    """One way to do a job, and what it costs in CPU seconds."""

    job: Job
    rows: int
    folds: int
    probes: Probes
    curve_by_winner: bool
    curve_seeds: int = _CURVE_SEEDS

    @property
    def fold_shape(self) -> Shape:
        """Size of one fit of the contest."""
        share = (1 - _KEPT_ASIDE) * (self.folds - 1) / self.folds
        return replace(self.job.shape, rows=max(1, round(self.rows * share)))

    def fit_s(self, candidate: Candidate) -> float:
        """Seconds of one fit of the contest."""
        return candidate.cost(self.fold_shape).seconds

    def trial_s(self, candidate: Candidate) -> float:
        """Seconds of one trial of tuning, in every development."""
        folds = min(TUNING_FOLDS, self.folds)
        one = candidate.trial_cost(self.fold_shape).seconds
        return _TRIAL_FACTOR * self.job.developments * folds * one

    def essential(self, entered: Sequence[Candidate]) -> dict[str, float]:
        """Seconds of everything but tuning and the last fit, by part of the run."""
        fits = self.job.developments * self.folds
        return {
            "contest": fits * sum(self.fit_s(c) for c in entered),
            "leaks": self._leaks(entered),
            "curve": self._curve(entered),
            "opening": self._opening(entered),
        }

    def refit_s(self, entered: Sequence[Candidate]) -> float:
        """Seconds in which the winner learns from all rows at the end, alone."""
        return max((c.cost(self.job.shape).seconds for c in models_of(entered)), default=0.0)

    def memory_mb(self, entered: Sequence[Candidate], workers: int) -> float:
        """Peak memory: the table, and beside it either the workers or the last fit."""
        cell_mb = (self.job.shape.columns + 1) * _CELL_MB
        fit = max((c.cost(self.fold_shape).memory_mb for c in entered), default=0.0)
        last = max((c.cost(self.job.shape).memory_mb for c in models_of(entered)), default=0.0)
        at_work = workers * (_PROCESS_MB + cell_mb * self.rows + fit) if workers > 1 else fit
        return _PROCESS_MB + cell_mb * self.job.shape.rows + max(at_work, last)

    def money(self, entered: Sequence[Candidate]) -> float:
        """Money for all fits."""
        fits = self.job.developments * self.folds + 1
        return fits * sum(c.cost(self.fold_shape).money for c in entered)

    def _leaks(self, entered: Sequence[Candidate]) -> float:
        """Every probed column is left out on a few folds, the suspects on all; asked once."""
        core = [c for c in models_of(entered) if c.extra is None]
        if not core or not (self.job.rows_are_asked and self.job.columns_are_clues):
            return 0.0
        probe = max(core, key=lambda c: c.rank)
        shape = replace(self.fold_shape, rows=min(self.fold_shape.rows, self.probes.rows))
        suspects = min(_SUSPECTS, shape.columns) * (self.probes.folds - _GLANCED)
        fits = self.probes.folds + suspects + _GLANCED * min(self.probes.columns, shape.columns)
        return fits * probe.cost(shape).seconds

    def _curve(self, entered: Sequence[Candidate]) -> float:
        """Sizes are halves of halves of what a fold learns from; asked once, not per outer fold."""
        models = models_of(entered)
        if not models or not self.job.rows_are_asked:
            return 0.0
        pick = fmean if self.curve_by_winner else min  # nobody knows yet who wins
        whole = self.fold_shape
        shapes = [replace(whole, rows=max(1, whole.rows >> step)) for step in range(_CURVE_SIZES)]
        return self.curve_seeds * sum(pick(c.cost(shape).seconds for c in models) for shape in shapes)

    def _opening(self, entered: Sequence[Candidate]) -> float:
        """Everybody learns from the whole training part, once for each part kept aside."""
        train = replace(self.job.shape, rows=max(1, round(self.rows * (1 - _KEPT_ASIDE))))
        return max(1, self.job.developments - 1) * sum(c.cost(train).seconds for c in entered)


def models_of(entered: Sequence[Candidate]) -> list[Candidate]:
    """Leave out the baselines."""
    return [c for c in entered if not c.is_stand_in]
