"""How answers are measured: handled rightly or not, question by question."""

from __future__ import annotations

from typing import Any

import numpy as np

from pilothouse.scenario import Scenario
from pilothouse.steps.decide.assumptions import Rivals
from pilothouse.steps.evaluate.bootstrap import Pairing
from pilothouse.steps.evaluate.metrics_answers import MODEL as BY_MODEL
from pilothouse.steps.evaluate.metrics_answers import PERSON, RIGHT_ANSWER, RULES, measure_answers, outcome
from pilothouse.steps.evaluate.pairs import gain_pair
from pilothouse.steps.prepare.answers import ORIGIN
from pilothouse.steps.prepare.asking.sheet import HUMAN, MODEL
from pilothouse.types import Answers, Questions, Scores
from pilothouse.types.contest import Array


def writers(questions: Questions) -> Array:
    """Who wrote each question, as ``measure_answers`` takes it."""
    origin = questions.requests[ORIGIN]
    return np.where(origin == HUMAN, PERSON, np.where(origin == MODEL, BY_MODEL, RULES))


class JudgedAnswers(Scenario):
    """The part of a scenario that measures answers."""

    def measure(self, questions: Questions, answers: Answers, weight: Any = None) -> Scores:
        """Share handled rightly first; then retrieval, citations and refusals."""
        return measure_answers(np.asarray(questions.truth), writers(questions), answers, weight)

    def figure(self, questions: Questions, answers: Answers) -> Array:
        """1 where a question was handled rightly."""
        return (outcome(np.asarray(questions.truth), answers) >= RIGHT_ANSWER).astype(float)

    def outcomes(self, questions: Questions) -> int:
        """Count the entries asked about on the rarer side: answerable or not."""
        answerable = np.array([bool(truth) for truth in np.asarray(questions.truth)])
        return min(len(np.unique(questions.unit[side])) for side in (answerable, ~answerable))

    def paired(self, questions: Questions, winner: Answers, baseline: Answers) -> Pairing:
        """Compare what was handled rightly, question by question."""
        return gain_pair(questions, self.figure(questions, winner), self.figure(questions, baseline))

    def pictured(self, questions: Questions, rivals: Rivals) -> Pairing:
        """Of 100 questions, how many are handled rightly."""
        assert rivals.baseline is not None
        mine, theirs = ((told >= RIGHT_ANSWER).astype(float) for told in (rivals.winner, rivals.baseline))
        return gain_pair(questions, mine, theirs)

    def rivals(self, questions: Questions, winner: Answers, name: str, baseline: Answers) -> Rivals:
        """What became of each question under both."""
        truth = np.asarray(questions.truth)
        mine, theirs = outcome(truth, winner), outcome(truth, baseline)
        return Rivals(np.zeros(len(truth)), mine, theirs, questions.unit, questions.spread)
