"""What a loaded release must offer so that any face can ask it, and the typed row made of its columns.

A scenario wraps its winner in a ``Servable``; the service checks requests against ``request_type``,
turns them into a table with ``to_table``, and sends what ``shape`` returns. No face knows what an
answer means. Kinds are strict: a number is a number and not "12", a text is a text and not 12.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, NotRequired, Protocol, runtime_checkable

import numpy as np
from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from pilothouse.errors import UserFault
from pilothouse.guards.pictures import open_picture
from pilothouse.messages import Message, say
from pilothouse.types import Answers, Column, Kind, Role, Table

MAX_WORD = 1_000
MAX_TEXT = 100_000
MAX_ID = 200
MAX_PICTURE = 28 << 20
"""Characters of a picture in base64; the service's own limit on a body lies far below."""


class Servable(Protocol):
    """A release in memory, ready to answer."""

    @property
    def schema(self) -> tuple[Column, ...]:
        """The columns it reads, in order; one with role ID is passed through and may be absent."""
        ...

    @property
    def request_type(self) -> Any:
        """Type of one row of a request, usually ``row_type(self.schema)``."""
        ...

    @property
    def answer_type(self) -> Any:
        """Type of one answer: a ``TypedDict`` or pydantic model, for the docs."""
        ...

    def predict(self, requests: Table) -> Answers:
        """Answer each row."""
        ...

    def shape(self, requests: Table, answers: Answers) -> list[dict[str, Any]]:
        """Turn answers into plain JSON values, one object a row, as ``answer_type`` says; no NaN."""
        ...

    @property
    def header(self) -> tuple[str, ...]:
        """Names of an answer's fields, in order."""
        ...

    def rows(self, requests: Table, answers: Answers, first: int = 1) -> list[list[Any]]:
        """Turn answers into rows under ``header``; ``first`` numbers rows without an id."""
        ...

    def save(self, folder: Path) -> None:
        """Write it into ``folder`` under a manifest."""
        ...

    def reasons(self, requests: Table) -> list[list[Message]]:
        """Say for each row why it got its answer."""
        ...


def row_type(schema: Sequence[Column], lists: Mapping[str, Any] | None = None) -> Any:
    """Make the type of one row: every column by its own name, unknown names forbidden.

    Each column must be there; ``null`` says that its value is missing. Only an id may be left out.

    Parameters
    ----------
    lists
        Types of the columns that hold several things a row.
    """
    fields: dict[str, Any] = dict(lists or {})
    for column in schema:
        if column.name in fields:
            continue
        if column.role is Role.ID:
            fields[column.name] = NotRequired[_ID]
        else:
            fields[column.name] = _VALUE[column.kind]
    return typed_fields("Row", fields)


def typed_fields(name: str, fields: Mapping[str, Any]) -> Any:
    """Make the type of a JSON object with these fields: strict, finite, no others allowed."""
    # A call and not a class, because column names need not be Python names.
    make: Any = TypedDict
    return with_config(ConfigDict(extra="forbid", strict=True, allow_inf_nan=False))(make(name, dict(fields)))


def to_table(schema: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Table:
    """Lay checked rows out as a table with the columns of ``schema``.

    Raises
    ------
    UserFault
        When a time is not written as ISO 8601 without a zone, or a picture cannot be
        opened.
    """
    values: dict[str, Any] = {}
    for column in schema:
        given = [row.get(column.name) for row in rows]
        if column.kind is Kind.NUMBER and column.role is not Role.ID:
            values[column.name] = np.array(given, dtype=np.float64)
        elif column.kind is Kind.TIME and column.role is not Role.ID:
            values[column.name] = _times(column.name, given)
        elif column.kind is Kind.PICTURE:
            values[column.name] = _pictures(column.name, given)
        elif column.kind is Kind.SEQUENCE:
            values[column.name] = np.fromiter(given, dtype=object, count=len(given))
        else:
            laid = np.empty(len(given), dtype=object)
            laid[:] = [None if value is None else str(value) for value in given]
            values[column.name] = laid
    return Table(tuple(schema), values)


def _pictures(name: str, given: list[str | bytes | None]) -> Any:
    """Open pictures: files as they are, or in base64."""
    opened = np.empty(len(given), dtype=object)
    for i, file in enumerate(given):
        try:
            content = base64.b64decode(file, validate=True) if isinstance(file, str) else file or b""
        except ValueError:
            content = b""
        if not content:
            raise UserFault(say("deploy.bad_picture", row=i + 1, column=name), say("deploy.picture_form"))
        opened[i] = open_picture(content).pixels
    return opened


def _times(name: str, given: list[str | None]) -> Any:
    read = np.empty(len(given), dtype="datetime64[us]")
    for i, text in enumerate(given):
        if text is None:
            read[i] = np.datetime64("NaT", "us")
            continue
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is not None:
            raise UserFault(say("deploy.bad_time", row=i + 1, column=name), say("deploy.time_form"))
        read[i] = np.datetime64(moment, "us")
    return read


_ID = Annotated[
    Annotated[str, Field(max_length=MAX_ID)] | int | None, Field(description="Passed through to the answer.")
]
_VALUE: dict[Kind, Any] = {
    Kind.NUMBER: float | None,
    Kind.CATEGORY: Annotated[str, Field(max_length=MAX_WORD)] | None,
    Kind.TEXT: Annotated[str, Field(max_length=MAX_TEXT)] | None,
    Kind.PICTURE: Annotated[
        str, Field(max_length=MAX_PICTURE, json_schema_extra={"contentEncoding": "base64"})
    ],
    Kind.TIME: Annotated[str, Field(max_length=40, json_schema_extra={"format": "date-time"})] | None,
}


@runtime_checkable
class Unhurried(Protocol):
    """A servable that takes longer than a moment even for one row: nobody else waits meanwhile."""

    takes_long: ClassVar[bool]
