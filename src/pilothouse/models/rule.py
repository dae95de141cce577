"""The best single-column rule: what a PM could do with one column and no model.

Every feature column is tried as a rule that can be said in one sentence; the best by
cross-validation inside the learning rows is kept. "Call those with the lowest tenure
first" is often hard to beat, and it is what a model has to beat.

It tries no pair of columns and no threshold: a rule here orders rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.encoding import features
from pilothouse.models.ranked import Rates, Slope, outcomes
from pilothouse.models.target import Target
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

_STATE = "rule.json"
_FOLDS = 3
_MOST_ROWS = 50_000
_LEVELS_SAID = 2


@dataclass(frozen=True)
class Rule(Candidate):
    """The best rule over a single column, chosen inside the learning rows."""

    target: Target
    name: ClassVar[str] = "rule"
    label: ClassVar[Message] = say("models.rule")
    rank: ClassVar[int] = 2
    is_stand_in: ClassVar[bool] = True

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline where there is no column to choose from."""
        return None if shape.columns else say("models.no_columns")

    def cost(self, shape: Shape) -> Cost:
        """Three small fits of each column, on at most 50,000 rows."""
        rows = min(shape.rows, _MOST_ROWS)
        return Cost(0.01 + 3e-6 * rows * shape.columns + 1e-6 * shape.rows, 8e-5 * shape.rows)

    def build(self, parameters: Parameters) -> RuleModel:
        """Make a rule still to be found."""
        return RuleModel(self.target)


@dataclass(frozen=True)
class RuleModel:
    """One column and what its values say; ``score`` is how well it did inside."""

    target: Target
    column: str = ""
    learnt: Slope | Rates | None = None
    score: float = float("-inf")
    kind: ClassVar[str] = "rule"

    def fit(self, data: Data, context: Context) -> Self:
        """Choose the column on at most 50,000 rows, then learn it on all."""
        table, truth = data.table, self.target.truth(data.table)
        picked = np.random.default_rng(context.seed).permutation(len(truth))[:_MOST_ROWS]
        fold = np.arange(len(picked)) % _FOLDS
        best, best_score = "", -np.inf
        columns = features(table)
        for done, column in enumerate(columns):
            score = self._score(table[column.name][picked], truth[picked], fold)
            if score > best_score:
                best, best_score = column.name, score
            context.progress((done + 1) / len(columns))
        if not best:
            best, values = "", np.full(len(truth), None, dtype=object)
        else:
            values = table[best]
        return replace(self, column=best, learnt=self._learn(values, truth), score=best_score)

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer from the one column."""
        if self.learnt is None:
            raise RuntimeError("predict before fit")
        if not self.column:
            values = np.full(requests.rows, None, dtype=object)
            return self.target.answers(self.learnt.answer(values))
        return self.target.answers(self.learnt.answer(requests[self.column]))

    def sentence(self) -> Message:
        """Say the rule in words a PM can say."""
        if not self.column or self.learnt is None:
            return say("models.nothing_sentence")
        if isinstance(self.learnt, Slope):
            key = "models.rule_highest" if self.learnt.slope > 0 else "models.rule_lowest"
            return say(key, column=self.column)
        if self.target.kind == "binary":
            levels = ", ".join(self.learnt.best(1, _LEVELS_SAID))
            return say("models.rule_level", column=self.column, levels=levels)
        key = "models.rule_average" if self.target.is_number else "models.rule_usual"
        return say(key, column=self.column)

    def _learn(self, values: NDArray[Any], truth: NDArray[Any]) -> Slope | Rates:
        """A slope where a number orders an outcome, else means by level."""
        if self.target.kind == "binary" and values.dtype != object:
            return Slope.learn(values, truth.astype(np.float64))
        return Rates.learn(values, outcomes(truth, self.target))

    def _score(self, values: NDArray[Any], truth: NDArray[Any], fold: NDArray[np.int64]) -> float:
        """Cross-validated AUC, minus log loss or minus mean absolute error; higher is better."""
        answers: NDArray[Any] | None = None
        for number in range(_FOLDS):
            asked = fold == number
            if asked.all() or not asked.any():
                continue
            part = self.target.answers(self._learn(values[~asked], truth[~asked]).answer(values[asked]))
            found = part["prediction" if self.target.is_number else "probability"]
            if answers is None:
                answers = np.zeros((len(truth), *found.shape[1:]))
            answers[asked] = found
        if answers is None:
            return 0.0
        if self.target.is_number:
            return -float(np.abs(truth - answers).mean())
        if self.target.kind == "classes":
            own = answers[np.arange(len(truth)), truth]
            return float(np.log(np.clip(own, 1e-12, None)).mean())
        return _auc(truth, answers[:, 1])

    def save(self, folder: Path) -> None:
        """Write JSON."""
        state = {
            "target": self.target.state(),
            "column": self.column,
            "learnt": None if self.learnt is None else self.learnt.state(),
            "score": self.score if np.isfinite(self.score) else None,
        }
        save_file(folder / _STATE, state, "json")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / _STATE, "json")
        kept = state["learnt"]
        learnt = Slope.restore(kept) if "slope" in kept else Rates.restore(kept)
        score = float("-inf") if state["score"] is None else state["score"]
        return cls(Target.restore(state["target"]), state["column"], learnt, score)


def _auc(truth: NDArray[Any], score: NDArray[Any]) -> float:
    """Area under the ROC curve by ranks, ties counted half; 0.5 with one class."""
    from scipy.stats import rankdata

    ones = int(truth.sum())
    zeros = len(truth) - ones
    if not ones or not zeros:
        return 0.5
    return float((rankdata(score)[truth == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))
