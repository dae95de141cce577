"""What is asked for, and what comes back: sources, rejects, provenance.

Holds data only; ``reading.read`` turns the one into the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pilothouse.messages import Message
from pilothouse.types import Table


@dataclass(frozen=True)
class Source:
    """Where a table comes from.

    Parameters
    ----------
    location
        A file, or a URL ``sqlite:///path`` or ``postgresql://...``.
    format
        "csv", "tsv", "excel", "parquet", "jsonl", "sqlite", "postgres"; None finds out
        from the content.
    query
        For a database: one SELECT; None takes the only table there is.
    sheet
        For Excel: the sheet's name; None takes the first.
    header
        For text: whether the first row holds names; None finds out.
    """

    location: str
    format: str | None = None
    query: str | None = None
    sheet: str | None = None
    header: bool | None = None


@dataclass(frozen=True)
class Reject:
    """A row that could not be read, or one cell of a row that was kept.

    ``line`` counts lines of a text file, rows of a sheet or of a query's result,
    from 1. ``column`` is None when the whole row was left out. ``text`` is as it
    stood, cut to 500 characters; it may hold personal data.
    """

    line: int
    reason: Message
    text: str
    column: str | None = None


@dataclass(frozen=True)
class Provenance:
    """Where the rows came from, for run folders: no credentials, no cells.

    Parameters
    ----------
    source
        File name, or URL without user, password and options.
    sha256
        Of the file as it stands; of the rows received for a database.
    rows, rows_rejected, rows_sampled
        Rows that could be read; rows that could not; rows in the table (fewer
        than ``rows`` when a sample was drawn).
    encoding, delimiter, header
        Of text files, as found; else None.
    day_first
        Columns of dates like 03/04/2025: True when the day stands first.
    seed
        What the sample was drawn with.
    read_at
        When, UTC, ISO 8601.
    """

    source: str
    format: str
    sha256: str
    rows: int
    rows_rejected: int = 0
    rows_sampled: int = 0
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    day_first: Mapping[str, bool] = field(default_factory=dict)
    seed: int = 0
    read_at: str = ""


class Whole(Protocol):
    """Every row of a source too big to hold; read batch by batch."""

    @property
    def rows(self) -> int:
        """Rows that could be read."""
        ...

    def batches(self, size: int) -> Iterator[Table]:
        """Yield all rows in order, ``size`` at a time, typed as the sample was."""
        ...

    def close(self) -> None:
        """Let go of the files held; also done when it is no longer used."""
        ...


@dataclass(frozen=True)
class Collected:
    """A typed table and everything that should be known about its reading.

    ``table`` holds every row, or a recorded random sample when ``whole`` is not
    None. ``questions`` wait for the user; ``notes`` only inform.
    """

    table: Table
    rejects: tuple[Reject, ...]
    provenance: Provenance
    notes: tuple[Message, ...] = ()
    questions: tuple[Message, ...] = ()
    whole: Whole | None = None


@dataclass
class Rows:
    """What a reader of one format hands on: names, then rows of text or rejects.

    ``records`` yields ``(line, cells)`` for a row that can be used, each with as
    many cells as there are names, and a ``Reject`` for one that cannot.
    """

    names: list[str]
    records: Iterator[tuple[int, list[str]] | Reject]
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    notes: list[Message] = field(default_factory=list)
