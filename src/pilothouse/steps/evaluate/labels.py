"""How labels are measured: right or wrong, how sure, and when to say nothing.

A part of every scenario that tells one label a row, whatever the row is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pilothouse.models.calibration import Corrected, fit_calibration
from pilothouse.steps.decide.assumptions import Assumptions, Rivals
from pilothouse.steps.decide.flag import Policy
from pilothouse.steps.decide.value import Money, classes_money
from pilothouse.steps.evaluate.abstaining import least_confidence
from pilothouse.steps.evaluate.bootstrap import Pairing
from pilothouse.steps.evaluate.metrics import measure_labels
from pilothouse.steps.evaluate.metrics_classes import top_label
from pilothouse.steps.evaluate.pairs import plain_pair
from pilothouse.types import Answers, Kind, Questions, Role, Scores
from pilothouse.types.contest import Array


class JudgesLabels:
    """The part of a scenario that measures labels; its options have ``seed`` and ``right_share``.

    Its value is a ``LabelsValue``, or None.
    """

    options: Any
    value: Any

    def measure(self, questions: Questions, answers: Answers, weight: Any = None) -> Scores:
        """Accuracy first, then macro F1, precision, recall, log loss and calibration error."""
        return measure_labels(np.asarray(questions.truth), answers["probability"], weight)

    def figure(self, questions: Questions, answers: Answers) -> Array:
        """Number of the likeliest label."""
        return np.asarray(answers["probability"].argmax(axis=1))

    def outcomes(self, questions: Questions) -> int:
        """Half the rows, as of a number: what is measured is the share of all that are right."""
        return len(np.asarray(questions.truth)) // 2

    def slices(self, questions: Questions, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Columns beside what is labelled: where it came from, with what."""
        kinds = (Kind.CATEGORY, Kind.NUMBER)
        return tuple(c.name for c in questions.requests.of_role(Role.IGNORE) if c.kind in kinds)

    def paired(self, questions: Questions, winner: Answers, baseline: Answers) -> Pairing:
        """Shares answered right."""
        return plain_pair(questions, self.figure(questions, winner), self.figure(questions, baseline))

    def calibrate(self, questions: Questions, answers: Answers) -> Corrected:
        """Map what models say to what happens."""
        said = fit_calibration(np.asarray(questions.truth), answers["probability"], self.options.seed)
        return Corrected(said)

    def confidence(self, questions: Questions, answers: Answers) -> float:
        """Below it, a row is left to a person."""
        right, sure = top_label(np.asarray(questions.truth), answers["probability"])
        return least_confidence(right, sure, self.options.right_share)

    def assumptions(self, questions: Questions, rows: int, currency: str) -> Assumptions | None:
        """What the user said a right and a wrong label are worth."""
        return None if self.value is None else self.value.assumptions(rows, currency)

    def money(
        self, rivals: Rivals, assumptions: Assumptions, policy: Policy | None, seed: int, draws: int
    ) -> Money:
        """Right labels of a period times what they are worth."""
        return classes_money(rivals, assumptions, seed, draws)
