"""A release that tells one label a row, and says when it does not know."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from typing_extensions import TypedDict

from pilothouse.guards.modelfile import load_file, save_file, write_manifest
from pilothouse.messages import Message
from pilothouse.models.fitted import Fitted
from pilothouse.steps.deploy.contract import row_type
from pilothouse.steps.deploy.served import SERVING
from pilothouse.types import Answers, Column, Kind, Role, Table


@dataclass(frozen=True)
class ServedLabels:
    """A fitted winner that faces can ask; a scenario names itself in ``scenario``.

    Parameters
    ----------
    fitted
        The winner; its threshold is the confidence below which it abstains.
    id_name
        What names a row in answers: the id column, or "row".
    """

    fitted: Fitted
    id_name: str
    scenario: ClassVar[str]

    @property
    def schema(self) -> tuple[Column, ...]:
        """What the model reads; the id is passed through."""
        if self.id_name == "row":
            return self.fitted.schema
        return (Column(self.id_name, Kind.CATEGORY, Role.ID), *self.fitted.schema)

    @property
    def request_type(self) -> Any:
        """One row of a request."""
        return row_type(self.schema)

    @property
    def answer_type(self) -> Any:
        """One answer."""
        likely = {f"probability_{label}": float for label in self.fitted.target.classes}
        return TypedDict(  # type: ignore[operator]
            "Told", {self.id_name: str | None, "label": str | None, **likely, "abstained": bool}
        )

    @property
    def header(self) -> tuple[str, ...]:
        """Names of an answer's fields, in order."""
        likely = (f"probability_{label}" for label in self.fitted.target.classes)
        return (self.id_name, "label", *likely, "abstained")

    def predict(self, requests: Table) -> Answers:
        """Answer each row."""
        return self.fitted.predict(requests)

    def silent(self, answers: Answers) -> Any:
        """Tell which answers are too unsure to be told, (n,) bool."""
        return answers["probability"].max(axis=1, initial=0.0) < self.fitted.threshold

    def rows(self, requests: Table, answers: Answers, first: int = 1) -> list[list[Any]]:
        """Answers as rows under ``header``; one that abstains tells no label."""
        said = answers["probability"]
        labels = np.array(self.fitted.target.classes, dtype=object)[said.argmax(axis=1)]
        return [
            [own, None if quiet else label, *likely, quiet]
            for own, label, likely, quiet in zip(
                self.ids(requests, first),
                labels.tolist(),
                said.tolist(),
                self.silent(answers).tolist(),
                strict=True,
            )
        ]

    def ids(self, requests: Table, first: int) -> list[str | None]:
        """Name each row."""
        if self.id_name in requests:
            named: list[str | None] = requests[self.id_name].tolist()
            return named
        if self.id_name == "row":
            return [str(first + row) for row in range(requests.rows)]
        return [None] * requests.rows

    def shape(self, requests: Table, answers: Answers) -> list[dict[str, Any]]:
        """Answers as JSON objects."""
        header = self.header
        return [dict(zip(header, row, strict=True)) for row in self.rows(requests, answers)]

    def reasons(self, requests: Table) -> list[list[Message]]:
        """No words tell why; a scenario that has some says them."""
        return [[] for _ in range(requests.rows)]

    def save(self, folder: Path) -> None:
        """Write the whole into ``folder`` under one manifest."""
        self.fitted.save(folder)
        save_file(folder / SERVING, {"scenario": self.scenario, **self.state()}, "json")
        write_manifest(folder)

    def state(self) -> dict[str, Any]:
        """Return what ``load`` needs besides the winner, as JSON keeps it."""
        return {"id_name": self.id_name}

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Check every hash, then read back what ``save`` wrote."""
        fitted = Fitted.load(folder)
        state = load_file(folder / SERVING, "json")
        return cls(fitted, **{name: value for name, value in state.items() if name != "scenario"})
