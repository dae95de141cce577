"""A release that labels texts; personal values are masked before a model sees a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from pilothouse.guards.personal import name_finder, redact
from pilothouse.messages import Message, say
from pilothouse.models.labels.deciding import deciding_words
from pilothouse.models.labels.simple import texts_of
from pilothouse.scenarios.classify.strangers import sureness
from pilothouse.steps.deploy.labelled import ServedLabels
from pilothouse.types import Answers, Kind, Role, Table

_WORDS = 5


@dataclass(frozen=True)
class ServedTexts(ServedLabels):
    """A fitted winner that faces can ask.

    Parameters
    ----------
    stranger
        The label of texts that no other label fits, or None.
    """

    stranger: str | None = None
    scenario: ClassVar[str] = "classify"

    def predict(self, requests: Table) -> Answers:
        """Answer each text."""
        return self.fitted.predict(masked(requests))

    def silent(self, answers: Answers) -> Any:
        """Tell which answers are too unsure to be told; a text told to be a stranger is told."""
        said, classes = answers["probability"], self.fitted.target.classes
        if self.stranger is None:
            return super().silent(answers)
        place = classes.index(self.stranger)
        return (sureness(said, place) < self.fitted.threshold) & (said.argmax(axis=1) != place)

    def state(self) -> dict[str, Any]:
        """Return what ``load`` needs besides the winner."""
        return {**super().state(), "stranger": self.stranger}

    def reasons(self, requests: Table) -> list[list[Message]]:
        """Name the words that spoke most for each answer, and the strongest against it."""
        safe = masked(requests)
        told = self.fitted.predict(safe)["probability"].argmax(axis=1)
        found = deciding_words(self.fitted.model, texts_of(safe), told)
        return [
            _said(words, self.fitted.target.classes[label]) for words, label in zip(found, told, strict=True)
        ]


def _said(words: list[tuple[str, float]], label: str) -> list[Message]:
    for_it = [word for word, weight in words if weight > 0][:_WORDS]
    against = [word for word, weight in words if weight < 0][:_WORDS]
    said = [say("classify.speaks_for", words=", ".join(for_it), label=label)] if for_it else []
    return [
        *said,
        *([say("classify.speaks_against", words=", ".join(against), label=label)] if against else []),
    ]


def masked(requests: Table) -> Table:
    """Mask personal values in the texts, as ``prepare`` did with those that were learnt from."""
    names = name_finder()
    for column in requests.columns:
        if column.role is Role.TEXT or column.kind is Kind.TEXT:
            values = np.empty(requests.rows, dtype=object)
            safe = [redact(text or "") for text in requests[column.name].tolist()]
            values[:] = safe if names is None else [names.redact(text) for text in safe]
            requests = requests.put(column, values)
    return requests
