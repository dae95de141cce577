"""``needs``: what do users ask for and complain about?

Texts (reviews, tickets, survey answers) with an optional rating, time, writer and label. It
says who competes and how what they find is measured; the rest is shared. Each text that is
kept aside is a question: under which need does it fall? Whether a list of needs is right is
for people who read it to say, so no figure alone yields more than ``pilot``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message, say
from pilothouse.models.needs.keywords import Keywords
from pilothouse.models.needs.sorting import texts_of
from pilothouse.models.needs.told import Told
from pilothouse.models.needs.topics import Aspects, Factors, Meanings
from pilothouse.scenario import Example, Listing, Panel, Scenario
from pilothouse.scenarios.needs.backlog import backlog, told_first
from pilothouse.scenarios.needs.examples import examples
from pilothouse.scenarios.needs.options import NeedsOptions
from pilothouse.scenarios.needs.panels import panels
from pilothouse.scenarios.needs.release import ServedNeeds
from pilothouse.steps.decide.assumptions import Rivals
from pilothouse.steps.evaluate.bootstrap import Pairing
from pilothouse.steps.evaluate.pairs import gain_pair
from pilothouse.steps.evaluate.weighting import mean
from pilothouse.steps.prepare.needs import NeedsWish, PreparedNeeds, prepare_needs
from pilothouse.types import Answers, Candidate, Data, Questions, Role, Scores, Table
from pilothouse.types.contest import Array

__all__ = ["Needs", "NeedsOptions"]


class Needs(Scenario):
    """See the module."""

    name: ClassVar[str] = "needs"
    question: ClassVar[Message] = say("needs.question")
    needs: ClassVar[tuple[Role, ...]] = (Role.TEXT,)
    options_type: ClassVar[type[NeedsOptions]] = NeedsOptions
    rows_are_asked: ClassVar[bool] = False
    columns_are_clues: ClassVar[bool] = False
    counted: ClassVar[Message | None] = say("needs.counted")
    options: NeedsOptions

    def prepare(
        self, tables: Mapping[str, Table], pseudonyms: Pseudonyms, desensitise: bool
    ) -> PreparedNeeds:
        """Find the texts and what stands beside them, mask personal values, keep some aside."""
        wish = NeedsWish(self.options.text, self.options.rating, self.options.label, self.options.seed)
        return prepare_needs(tables["rows"], wish, pseudonyms, desensitise)

    def candidates(self, data: Data) -> Sequence[Candidate]:
        """Keyword counts; topics by words, of texts and of sentences; by meaning; by a language model."""
        most = self.options.most_needs
        length = float(np.mean([len(text) for text in texts_of(data.table)]))
        topics = (Factors(most), Aspects(most), Meanings(most, length=length))
        return (Keywords(most), *topics, Told.by(self.llm, most))

    def questions(self, part: Data) -> Questions:
        """One question a text; a label, where there is one, is the truth that nobody learns from."""
        table = part.table
        (hidden,) = table.of_role(Role.TARGET)
        unit = np.arange(part.rows, dtype=np.int64)
        return Questions(table.drop([hidden.name]), table[hidden.name], unit, known={"kind": "needs"})

    def measure(self, questions: Questions, answers: Answers, weight: Any = None) -> Scores:
        """Score how well a need foretells the rest of its text; then agreement, and texts with a need."""
        values = {name: mean(answers[name], weight) for name in ("match", "agreement", "sorted")}
        return Scores(values, dict.fromkeys(values, True))

    def figure(self, questions: Questions, answers: Answers) -> Array:
        """Of other texts, the share that fit the need less well than the text's own rest."""
        return answers["match"]

    def outcomes(self, questions: Questions) -> int:
        """Count the texts."""
        return len(questions.unit)

    def slices(self, questions: Questions, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Texts alone form no groups."""
        return ()

    def paired(self, questions: Questions, winner: Answers, baseline: Answers) -> Pairing:
        """Compare mean shares."""
        return gain_pair(questions, self.figure(questions, winner), self.figure(questions, baseline))

    def pictured(self, questions: Questions, rivals: Rivals) -> Pairing:
        """Return the same."""
        assert rivals.baseline is not None
        return gain_pair(questions, rivals.winner, rivals.baseline)

    def release(self, winner: Any, baseline: Any, prepared: Any) -> ServedNeeds:
        """Join winner and baseline with the needs of all texts."""
        return ServedNeeds.of(winner, baseline, prepared, self.options.before, self.options.seed)

    def panels(self, servable: Any, questions: Questions, answers: Mapping[str, Answers]) -> list[Panel]:
        """Show the ranked needs, feelings, trends, what changed, and how steady they are."""
        return panels(servable, questions, answers)

    def found(self, servable: Any) -> list[Message]:
        """Tell what people say, and what presses most."""
        return told_first(servable.read)

    def lists(self, servable: Any, prepared: Any) -> Listing | None:
        """Write the backlog."""
        return backlog(servable.read)

    @classmethod
    def load(cls, folder: Path) -> ServedNeeds:
        """Load shipped needs."""
        return ServedNeeds.load(folder)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """English app reviews with ratings; Chinese tickets without."""
        yield from examples()
