"""How texts are judged: by the share that can be used, never by whether readers like them.

``Write`` says what is asked and who competes.
"""

from __future__ import annotations

from typing import Any

from pilothouse.models.writing.measured import good, measure_texts
from pilothouse.scenario import Scenario
from pilothouse.scenarios.write.options import WriteOptions
from pilothouse.steps.decide.assumptions import Rivals
from pilothouse.steps.decide.facts import Plain, Stakes
from pilothouse.steps.decide.trial import Trial, design_showing
from pilothouse.steps.evaluate.bootstrap import Pairing
from pilothouse.steps.evaluate.pairs import gain_pair
from pilothouse.types import Answers, Kind, Questions, Scores
from pilothouse.types.contest import Array

HOPED = 1.1
"""Readers who act on the better text for each who acts today: what the experiment is sized for."""
_MOST_GROUPS = 30


class JudgedTexts(Scenario):
    """See the module."""

    options: WriteOptions

    def measure(self, questions: Questions, answers: Answers, weight: Any = None) -> Scores:
        """Score the share of texts that pass every check and are no near copy, first."""
        return measure_texts(answers, weight)

    def figure(self, questions: Questions, answers: Answers) -> Array:
        """1 for a text that passes every check and is no near copy, else 0."""
        return good(answers)

    def outcomes(self, questions: Questions) -> int:
        """Count the items kept aside."""
        return len(questions.unit)

    def slices(self, questions: Questions, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Columns of few categories."""
        few = (
            c
            for c in questions.requests.columns
            if c.kind is Kind.CATEGORY and 2 <= c.distinct <= _MOST_GROUPS
        )
        return super().slices(questions, tuple(c.name for c in few))

    def paired(self, questions: Questions, winner: Answers, baseline: Answers) -> Pairing:
        """Of 100 texts, how many pass and are no copies."""
        return gain_pair(questions, good(winner), good(baseline))

    def pictured(self, questions: Questions, rivals: Rivals) -> Pairing:
        """Return the same."""
        assert rivals.baseline is not None
        return gain_pair(questions, rivals.winner, rivals.baseline)

    def trial(self, plain: Plain, stakes: Stakes | None) -> Trial | None:
        """Half of the readers see its texts, half the template's, until a tenth more acting would show."""
        today = self.options.reaction
        return design_showing(today, min(0.99, today * HOPED), None)
