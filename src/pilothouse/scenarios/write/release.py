"""A release that writes: one item in, its text with what the checks say of it.

What comes in is desensitised as the table was. Text that a language model wrote is labelled
twice: visible words behind it, and the fields of the standard in ``aigc``. Text that rules
filled in says so in ``made_by``. A text that fails a check is still returned, with what
failed: whether it may be shown is for its reader to say, never for silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from typing_extensions import TypedDict

from pilothouse.guards.ailabel import marked_text, text_origin
from pilothouse.guards.modelfile import load_file, save_file, write_manifest
from pilothouse.guards.personal import redact
from pilothouse.messages import Message, say
from pilothouse.models.shelf import load_model, save_model
from pilothouse.models.writing.writer import Writer, Written, items_in
from pilothouse.steps.deploy.contract import row_type
from pilothouse.steps.deploy.served import SERVING
from pilothouse.types import Answers, Column, Context, Door, Kind, Role, Table

PRODUCER = "Pilothouse write"
RULE_MADE, MODEL_MADE = "rules", "language model"
_FIELDS = ("variant", "text", "checks", "made_by", "aigc")


class FoundOf(TypedDict):
    """A finding: the check, and the words that it is about."""

    check: str
    words: str


class OneText(TypedDict):
    """A text: ``checks`` is empty where all passed, ``refused`` says why a model's reply was not used."""

    variant: str
    text: str
    passed: bool
    checks: list[FoundOf]
    refused: list[str]
    told: float
    length: int
    readability: float
    made_by: str
    aigc: str


class Texts(TypedDict):
    """One answer: the text chosen, and the other ways to say it."""

    id: str | None
    text: OneText
    others: list[OneText]


@dataclass(frozen=True)
class ServedTexts:
    """See the module.

    Parameters
    ----------
    winner, baseline
        What writes, and the template that it was compared with.
    schema
        A request's columns: the id where there is one, the name, the facts.
    door
        The way to a language model, where the winner asks one; never saved.
    """

    winner: Writer
    baseline: Writer
    schema: tuple[Column, ...]
    door: Door | None = None

    @property
    def id_name(self) -> str:
        """The column that names an answer, or "row"."""
        return next((c.name for c in self.schema if c.role is Role.ID), "row")

    @property
    def request_type(self) -> Any:
        """One row of a request."""
        return row_type(self.schema)

    @property
    def answer_type(self) -> Any:
        """One answer."""
        return Texts

    @property
    def header(self) -> tuple[str, ...]:
        """Columns of a file of answers."""
        return (self.id_name, *_FIELDS)

    def with_llm(self, llm: Door) -> ServedTexts:
        """Let it ask a language model, where its winner does."""
        return replace(self, door=llm)

    def predict(self, requests: Table) -> Answers:
        """Write about each row; every way that the winner would offer is kept."""
        told = tuple(c for c in self.schema if c.role is not Role.ID)
        # A file's own currency goes before that of the table learnt from.
        told = tuple(replace(c, unit=requests.column(c.name).unit or c.unit) for c in told)
        items = items_in(_desensitised(Table(told, {c.name: requests[c.name] for c in told})))
        held = np.empty(requests.rows, dtype=object)
        held[:] = [tuple(ways) for ways in self.winner.variants(items, Context(llm=self.door))]
        return Answers({"texts": held})

    def rows(self, requests: Table, answers: Answers, first: int = 1) -> list[list[Any]]:
        """Lines of a file, one an item: the text chosen."""
        return [
            [own, *self.line(ways[0])]
            for own, ways in zip(self._ids(requests, first), answers["texts"], strict=True)
        ]

    def line(self, text: Written) -> list[str]:
        """Cells of one text under ``variant, text, checks, made_by, aigc``."""
        told = self._told(text)
        return [told["variant"], told["text"], checks_cell(text), told["made_by"], told["aigc"]]

    def shape(self, requests: Table, answers: Answers) -> list[dict[str, Any]]:
        """Answers as JSON objects."""
        ids = self._ids(requests, 1)
        return [
            {"id": own, "text": self._told(ways[0]), "others": [self._told(way) for way in ways[1:]]}
            for own, ways in zip(ids, answers["texts"], strict=True)
        ]

    def _told(self, text: Written) -> OneText:
        shown, aigc = text.text, ""
        if text.by_model:
            shown = marked_text(text.text, self.winner.rules.language)
            aigc = text_origin(shown, PRODUCER, datetime.now(UTC).date().isoformat())
        return {
            "variant": text.variant,
            "text": shown,
            "passed": text.stands,
            "checks": [{"check": f.check, "words": f.words} for f in text.checked.findings],
            "refused": sorted({r.partition(":")[0] for r in text.refused}),
            "told": round(text.checked.told, 4),
            "length": text.checked.length,
            "readability": round(text.checked.readability, 1),
            "made_by": MODEL_MADE if text.by_model else RULE_MADE,
            "aigc": aigc,
        }

    def _ids(self, requests: Table, first: int) -> Sequence[Any]:
        if self.id_name in requests:
            return list(requests[self.id_name].tolist())
        return [str(first + row) for row in range(requests.rows)]

    def reasons(self, requests: Table) -> list[list[Message]]:
        """Say of each text how it was chosen, or what failed."""
        return [[reason_of(ways[0])] for ways in self.predict(requests)["texts"]]

    def save(self, folder: Path) -> None:
        """Write the whole into ``folder`` under one manifest."""
        save_model(self.winner, folder / "winner")
        save_model(self.baseline, folder / "baseline")
        schema = [
            {"name": c.name, "kind": c.kind.value, "role": c.role.value, "unit": c.unit} for c in self.schema
        ]
        save_file(folder / SERVING, {"scenario": "write", "schema": schema}, "json")
        write_manifest(folder)

    @staticmethod
    def load(folder: Path) -> ServedTexts:
        """Read back what ``save`` wrote, from a folder whose manifest was checked."""
        kept = load_file(folder / SERVING, "json")["schema"]
        schema = tuple(
            Column(c["name"], Kind(c["kind"]), Role(c["role"]), unit=c.get("unit", "")) for c in kept
        )
        return ServedTexts(load_model(folder / "winner"), load_model(folder / "baseline"), schema)


def checks_cell(text: Written) -> str:
    """What a cell says of a text's checks: "ok", or what failed."""
    failed = [f"{f.check}: {f.words}" for f in text.checked.findings]
    refused = sorted({r.partition(":")[0] for r in text.refused})
    return "; ".join([*failed, *(f"reply refused: {name}" for name in refused)]) or "ok"


def reason_of(text: Written) -> Message:
    """Say in a sentence what stands behind a text."""
    if text.refused:
        return say("write.reason_refused", checks=listed(r.partition(":")[0] for r in text.refused))
    if not text.checked.passed:
        return say("write.reason_failed", checks=listed(f.check for f in text.checked.findings))
    return say("write.reason_passed", told=round(100 * text.checked.told), length=text.checked.length)


def listed(names: Iterable[str]) -> Message:
    """Names of checks in the reader's language, each once; why there was no reply to check, too."""
    told = [say(f"write.check_{name}") for name in dict.fromkeys(names)]
    whole = told[-1]
    for name in reversed(told[:-1]):
        whole = say("write.and", first=name, rest=whole)
    return whole


def _desensitised(requests: Table) -> Table:
    """Mask personal values of what comes in, as preparation masks those of the table."""
    for column in requests.columns:
        if column.kind in (Kind.TEXT, Kind.CATEGORY):
            masked = np.empty(requests.rows, dtype=object)
            masked[:] = [None if v is None else redact(str(v)) for v in requests[column.name].tolist()]
            requests = requests.put(column, masked)
    return requests
