"""A release that tells pictures by label; a picture without an id keeps its file's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pilothouse.steps.collect.pictures import FILE
from pilothouse.steps.deploy.labelled import ServedLabels
from pilothouse.types import Table


@dataclass(frozen=True)
class ServedPictures(ServedLabels):
    """A fitted winner that faces can ask; the report shows where it looks."""

    scenario: ClassVar[str] = "images"

    def ids(self, requests: Table, first: int) -> list[str | None]:
        """Name each picture: by its id, its file, or its number."""
        if self.id_name not in requests and FILE in requests:
            named: list[str | None] = requests[FILE].tolist()
            return named
        return super().ids(requests, first)
