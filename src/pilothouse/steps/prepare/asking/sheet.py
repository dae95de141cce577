"""The questions as a sheet that people read, change and add to; and back.

Columns: question, expected, kind, origin, about. What is expected is the question that the entry
answers, or where the passage stands ("guide.md, line 12"); empty says that declining is
right, about then names the entry kept aside that would answer. A row that somebody adds needs a
question and what is expected, no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pilothouse.errors import MissingColumn
from pilothouse.messages import Message, say
from pilothouse.steps.collect import Source, read
from pilothouse.types import Kind

HEADER = ("question", "expected", "kind", "origin", "about")
OWN, PARAPHRASE, TYPO, CONTRADICTION, SENTENCE = "own", "paraphrase", "typo", "contradiction", "sentence"
KEPT_ASIDE, ELSEWHERE, YOURS = "kept_aside", "elsewhere", "yours"
KINDS = (OWN, PARAPHRASE, TYPO, CONTRADICTION, SENTENCE, KEPT_ASIDE, ELSEWHERE, YOURS)
HUMAN, GENERATED, MODEL = "human", "generated", "model"
_MOST_ROWS, _LONGEST = 20_000, 2_000


@dataclass(frozen=True)
class Asked:
    """A question with what is right.

    Parameters
    ----------
    question
        As it is asked.
    entry
        Position of the entry that answers it, or that is kept aside; None for neither.
    kind, origin
        See the constants; origin is "human", "generated" (by rules) or "model" (by a language model).
    unit
        What is drawn together when ranges are made: the entry, or the question itself.
    answerable
        Whether the entry is in the index.
    """

    question: str
    entry: int | None
    kind: str
    origin: str
    unit: str
    answerable: bool


def lines(asked: Iterable[Asked], names: Sequence[str]) -> list[tuple[str, ...]]:
    """Lay questions out as rows of the sheet; ``names`` are those of the entries."""
    found: list[tuple[str, ...]] = []
    for one in asked:
        name = "" if one.entry is None else names[one.entry]
        expected, about = (name, "") if one.answerable else ("", name)
        found.append((one.question, expected, one.kind, one.origin, about))
    return found


def read_sheet(
    path: Path, names: Mapping[str, int], aside: Mapping[str, int]
) -> tuple[list[Asked], list[Message]]:
    """Read a sheet back.

    Parameters
    ----------
    path
        A table with at least the columns question and expected.
    names
        Name of an indexed entry -> its position.
    aside
        Name, or question, of an entry kept aside -> its position.

    Returns
    -------
    questions, notes
        Rows that name what is not there are left out and told.

    Raises
    ------
    NotFound, TooLarge, BadTable, MissingColumn
        No such file, too large, no table, or without the two columns.
    """
    collected = read(Source(str(path)), kinds=dict.fromkeys(HEADER, Kind.TEXT), rows_in_memory=_MOST_ROWS)
    table = collected.table
    missing = [name for name in HEADER[:2] if name not in table]
    if missing:
        raise MissingColumn(say("answer.sheet_columns", column=missing[0]), say("answer.sheet_fix"))
    found: list[Asked] = []
    lost: list[int] = []
    cells = [table[name].tolist() if name in table else [None] * table.rows for name in HEADER]
    for number, row in enumerate(zip(*cells, strict=True), 2):
        made = _row([_bare(cell) for cell in row], names, aside)
        if made is None:
            lost.append(number)
        elif made.question:
            found.append(made)
    told = [say("answer.sheet_lost", count=len(lost), lines=", ".join(map(str, lost[:8])))] if lost else []
    return found, told


def _row(row: Sequence[str], names: Mapping[str, int], aside: Mapping[str, int]) -> Asked | None:
    """One row, or None where what it expects is not in the index."""
    question, expected, kind, origin, about = row
    question = question[:_LONGEST]
    kind = kind if kind in KINDS else YOURS
    origin = origin if origin in (GENERATED, MODEL) else HUMAN
    if expected:
        entry = names.get(expected)
        return None if entry is None else Asked(question, entry, kind, origin, f"entry {entry}", True)
    if kind == KEPT_ASIDE and (question in names or about in names):
        return None  # it is in the index now: declining would be wrong
    kept = aside.get(about, aside.get(question))
    unit = f"question {question}" if kept is None else f"entry {kept}"
    return Asked(question, kept, kind, origin, unit, False)


def _bare(cell: str | None) -> str:
    """A cell as it was meant: without the mark that keeps a spreadsheet from computing it."""
    text = (cell or "").strip()
    return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@＝＋－＠") else text
