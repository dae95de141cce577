"""A crew in this very process, a measure and folds: what the suites need around the rules."""

from __future__ import annotations

import numpy as np

from pilothouse.messages import Message
from pilothouse.steps.evaluate.metrics import measure_binary, measure_classes, measure_number
from pilothouse.steps.train.fitting import keep_columns
from pilothouse.types import Answers, Context, Data, Fit, Questions, Scores


class HereCrew:
    """Carries out fits one after the other, and counts them."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.fits = 0

    def answers(self, fits: list[Fit], label: Message) -> list[Answers]:
        self.fits += len(fits)
        return [self._one(fit) for fit in fits]

    def _one(self, fit: Fit) -> Answers:
        data = self.data.with_table(keep_columns(self.data.table, fit.columns))
        model = fit.candidate.build(fit.parameters).fit(data.take(fit.learn), Context(seed=fit.seed))
        return model.predict(data.table.take(fit.ask), Context(seed=fit.seed))


def measure(questions: Questions, answers: Answers) -> Scores:
    """AUC, macro AUC or MAE first, as ``predict`` does."""
    if not questions.classes:
        return measure_number(questions.truth, answers["prediction"])
    if len(questions.classes) == 2:
        return measure_binary(questions.truth, answers["probability"][:, 1])
    return measure_classes(questions.truth, answers["probability"])


def stratified(truth, folds: int, seed: int):
    """(learn, ask) positions; the outcome is spread evenly over the folds."""
    order = np.lexsort((np.random.default_rng(seed).random(len(truth)), truth))
    fold = np.empty(len(truth), dtype=np.int64)
    fold[order] = np.arange(len(truth)) % folds
    return tuple((np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(folds))
