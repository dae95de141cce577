"""A release that tells pictures by label, and says when it does not know."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from typing_extensions import TypedDict

from pilothouse.guards.modelfile import load_file, save_file, write_manifest
from pilothouse.messages import Message
from pilothouse.models.fitted import Fitted
from pilothouse.steps.collect.pictures import FILE
from pilothouse.steps.deploy.contract import row_type
from pilothouse.steps.deploy.served import SERVING
from pilothouse.types import Answers, Column, Kind, Role, Table


@dataclass(frozen=True)
class ServedPictures:
    """A fitted winner that faces can ask.

    Parameters
    ----------
    fitted
        The winner; its threshold is the confidence below which it abstains.
    id_name
        What names a picture in answers: ``file``, or "row".
    """

    fitted: Fitted
    id_name: str

    @property
    def schema(self) -> tuple[Column, ...]:
        """A picture; the id is passed through."""
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
        """Answer each picture."""
        return self.fitted.predict(requests)

    def rows(self, requests: Table, answers: Answers, first: int = 1) -> list[list[Any]]:
        """Answers as rows under ``header``; one that abstains tells no label."""
        said = answers["probability"]
        silent = said.max(axis=1, initial=0.0) < self.fitted.threshold
        labels = np.array(self.fitted.target.classes, dtype=object)[said.argmax(axis=1)]
        if self.id_name in requests:
            ids = requests[self.id_name].tolist()
        elif FILE in requests:
            ids = requests[FILE].tolist()
        elif self.id_name == "row":
            ids = [str(first + row) for row in range(len(said))]
        else:
            ids = [None] * len(said)
        return [
            [own, None if quiet else label, *likely, quiet]
            for own, label, likely, quiet in zip(
                ids, labels.tolist(), said.tolist(), silent.tolist(), strict=True
            )
        ]

    def shape(self, requests: Table, answers: Answers) -> list[dict[str, Any]]:
        """Answers as JSON objects."""
        header = self.header
        return [dict(zip(header, row, strict=True)) for row in self.rows(requests, answers)]

    def reasons(self, requests: Table) -> list[list[Message]]:
        """No words tell why a picture got its label: the report shows where the model looks."""
        return [[] for _ in range(requests.rows)]

    def save(self, folder: Path) -> None:
        """Write the whole into ``folder`` under one manifest."""
        self.fitted.save(folder)
        save_file(folder / SERVING, {"scenario": "images", "id_name": self.id_name}, "json")
        write_manifest(folder)

    @staticmethod
    def load(folder: Path) -> ServedPictures:
        """Check every hash, then read back what ``save`` wrote."""
        return ServedPictures(Fitted.load(folder), load_file(folder / SERVING, "json")["id_name"])
