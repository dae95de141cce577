"""A release of a model that answers rows of one table: typed answers, reasons on demand.

The default of every supervised scenario. Batch and service shape their answers here,
so they cannot differ. It chooses nothing: the fitted winner holds threshold and ranges.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

from pilothouse.guards.modelfile import load_file, save_file, write_manifest
from pilothouse.messages import Message
from pilothouse.models.fitted import Fitted
from pilothouse.steps.deploy.contract import row_type
from pilothouse.steps.explain.background import Background
from pilothouse.steps.explain.reasons import Asking, reasons
from pilothouse.types import Answers, Column, Door, Kind, Role, Table

SERVING = "serving.json"


@dataclass(frozen=True)
class Served:
    """A fitted winner that faces can ask.

    Parameters
    ----------
    scenario
        Name of the scenario that loads it again.
    fitted
        The winner with schema, calibration and threshold.
    background
        Usual values, for reasons.
    id_name
        The id column that answers carry, or "row".
    """

    scenario: str
    fitted: Fitted
    background: Background
    id_name: str

    @property
    def schema(self) -> tuple[Column, ...]:
        """The columns that a request holds; the id is passed through."""
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
        own: dict[str, Any] = {name: float for name in self.header[2:]}
        said = float if self.fitted.target.is_number else str
        return TypedDict("Answer", {self.id_name: str | None, "prediction": said, **own})  # type: ignore[operator]

    @property
    def header(self) -> tuple[str, ...]:
        """Names of an answer's fields, in order."""
        target = self.fitted.target
        if target.is_number:
            ranged = ("low", "high") if self.fitted.residual is not None else ()
            return (self.id_name, "prediction", *ranged)
        return (self.id_name, "prediction", *(f"probability_{label}" for label in target.classes))

    def with_llm(self, llm: Door) -> Served:
        """Let it ask a language model, where its winner does."""
        return replace(self, fitted=replace(self.fitted, llm=llm))

    def predict(self, requests: Table) -> Answers:
        """Answer each row."""
        return self.fitted.predict(requests)

    def rows(self, requests: Table, answers: Answers, first: int = 1) -> list[list[Any]]:
        """Answers as rows under ``header``; ``first`` numbers rows that have no id."""
        if self.id_name in requests:
            ids = requests[self.id_name].tolist()
        else:
            ids = (
                [str(first + i) for i in range(requests.rows)]
                if self.id_name == "row"
                else [None] * requests.rows
            )
        if self.fitted.target.is_number:
            columns = [answers[n].tolist() for n in ("prediction", "low", "high") if n in answers.values]
        else:
            columns = [self.fitted.labels(answers).tolist(), *answers["probability"].T.tolist()]
        return [list(row) for row in zip(ids, *columns, strict=True)]

    def shape(self, requests: Table, answers: Answers) -> list[dict[str, Any]]:
        """Answers as JSON objects."""
        header = self.header
        return [dict(zip(header, row, strict=True)) for row in self.rows(requests, answers)]

    def reasons(self, requests: Table) -> list[list[Message]]:
        """Why each row got its answer."""
        return reasons(Asking(self.fitted, self.background, self.fitted.target.classes), requests)

    def save(self, folder: Path) -> None:
        """Write the whole into ``folder`` under one manifest."""
        self.fitted.save(folder)
        kept = {
            "scenario": self.scenario,
            "id_name": self.id_name,
            "background": self.background.as_json(),
        }
        save_file(folder / SERVING, kept, "json")
        write_manifest(folder)

    @staticmethod
    def load(folder: Path) -> Served:
        """Check every hash, then read back what ``save`` wrote.

        Raises
        ------
        Corrupt, Refused
            See ``guards.modelfile.check_manifest``.
        """
        fitted = Fitted.load(folder)
        kept = load_file(folder / SERVING, "json")
        background = Background.from_json(kept["background"])
        return Served(kept["scenario"], fitted, background, kept["id_name"])
