"""What is predicted: an outcome, one of several classes, or a number.

Turns the target column into class numbers or floats and back into answers. Which
outcome is looked for is found by ``steps.prepare.target``, which leaves it in the
column's ``classes``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadTable, MissingColumn
from pilothouse.messages import say
from pilothouse.types import Answers, Kind, Role, Table

TargetKind = Literal["binary", "classes", "number"]


@dataclass(frozen=True)
class Target:
    """The target column and its classes.

    Parameters
    ----------
    name
        The column.
    kind
        "binary", "classes" or "number".
    classes
        Labels in the order of the probability columns; empty for a number. In a
        binary target ``classes[1]`` is the outcome being looked for.
    """

    name: str
    kind: TargetKind
    classes: tuple[str, ...] = ()

    @staticmethod
    def of(table: Table) -> Target:
        """Describe the target column of ``table``, as ``steps.prepare.target`` left it.

        Raises
        ------
        MissingColumn
            When no column, or more than one, has the role target.
        """
        columns = table.of_role(Role.TARGET)
        if len(columns) != 1:
            raise MissingColumn(say("models.no_target", count=len(columns)), say("models.no_target_fix"))
        column = columns[0]
        if column.kind is Kind.NUMBER:
            return Target(column.name, "number")
        return Target(column.name, "binary" if len(column.classes) == 2 else "classes", column.classes)

    @property
    def is_number(self) -> bool:
        """True for a numeric target."""
        return self.kind == "number"

    def encode(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return class numbers (int64) or the numbers themselves (float64), shape (n,).

        Raises
        ------
        BadTable
            On a missing value or an unknown label.
        """
        if self.is_number:
            numbers = np.asarray(values, dtype=np.float64)
            if not np.isfinite(numbers).all():
                raise BadTable(say("models.target_missing", column=self.name), say("models.target_fix"))
            return numbers
        number = {label: i for i, label in enumerate(self.classes)}
        found = [number.get(v, -1) for v in values.tolist()]
        encoded = np.array(found, dtype=np.int64)
        if (encoded < 0).any():
            raise BadTable(say("models.target_missing", column=self.name), say("models.target_fix"))
        return encoded

    def truth(self, table: Table) -> NDArray[Any]:
        """Return ``encode`` of this target's column in ``table``."""
        return self.encode(table[self.name])

    def answers(self, raw: NDArray[Any]) -> Answers:
        """Wrap what a model said.

        Parameters
        ----------
        raw
            For a number (n,); for classes (n, classes), or (n,) with the
            probability of ``classes[1]`` of a binary target.
        """
        if self.is_number:
            return Answers({"prediction": raw})
        if raw.ndim == 1:
            raw = np.stack([1.0 - raw, raw], axis=1)
        return Answers({"probability": raw})

    def labels(self, numbers: Sequence[int] | NDArray[Any]) -> NDArray[Any]:
        """Return the labels of class ``numbers`` as an object array."""
        return np.array(self.classes, dtype=object)[np.asarray(numbers, dtype=np.int64)]

    def state(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return {"name": self.name, "kind": self.kind, "classes": list(self.classes)}

    @staticmethod
    def restore(state: Mapping[str, Any]) -> Target:
        """Return the target that ``state`` described."""
        return Target(state["name"], state["kind"], tuple(state["classes"]))
