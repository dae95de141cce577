"""A release that answers: with a passage's own words and where they stand, or not at all.

Every answer cites; what is not answered is handed over. What comes in is masked like the
index before anything looks at it. Only a passage's own sentences are told, or where a
language model words them, nothing beyond them; both are labelled as made by a machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from pilothouse.guards.ailabel import WORDS, Origin
from pilothouse.guards.modelfile import load_file, save_file, write_manifest
from pilothouse.guards.personal import redact
from pilothouse.messages import Language, Message, say
from pilothouse.models.retrieval.answerer import NOTHING, QUESTION, SCOPE, AnswerModel
from pilothouse.models.retrieval.extract import extract
from pilothouse.models.retrieval.following import followed
from pilothouse.models.retrieval.passages import objects
from pilothouse.models.retrieval.phrasing import phrased
from pilothouse.models.shelf import load_model, save_model
from pilothouse.models.texts.language import language
from pilothouse.steps.deploy.chatting import MOST_CHARACTERS
from pilothouse.steps.deploy.contract import to_table, typed_fields
from pilothouse.steps.deploy.served import SERVING
from pilothouse.types import Answers, Column, Context, Door, Kind, Role, Table

_HEADER = ("question", "answer", "declined", "sources", "score")
_PRODUCER = "Pilothouse answer"


class Cited(TypedDict):
    """Where an answer stands."""

    source: str
    place: str
    title: str
    passage: str


class Answered(TypedDict):
    """One answer; ``made`` is "extract", "phrased" or "declined", ``aigc`` the machine's label."""

    question: str | None
    answer: str
    declined: bool
    sources: list[Cited]
    score: float
    made: str
    label: str
    notice: str
    aigc: str


@dataclass(frozen=True)
class ServedAnswers:
    """See the module.

    Parameters
    ----------
    winner, baseline
        What answers, and what it beat; both look through everything.
    scope
        Name of the column of a request that says who asks; "" for none.
    llm
        The language model that words answers, where the winner does that.
    """

    winner: AnswerModel
    baseline: AnswerModel
    scope: str = ""
    llm: Door | None = field(default=None, repr=False)

    def with_llm(self, llm: Door) -> ServedAnswers:
        """Let it ask a language model, where its winner does."""
        return replace(self, llm=llm if self.winner.how.phrased else None)

    @property
    def schema(self) -> tuple[Column, ...]:
        """A request's columns."""
        asked = Column(QUESTION, Kind.TEXT, Role.TEXT)
        return (asked, Column(self.scope, Kind.CATEGORY, Role.IGNORE)) if self.scope else (asked,)

    @property
    def request_type(self) -> Any:
        """One row of a request."""
        text = Annotated[str, Field(max_length=MOST_CHARACTERS, description="What is asked.")] | None
        fields: dict[str, Any] = {QUESTION: text}
        if self.scope:
            fields[self.scope] = NotRequired[Annotated[str, Field(max_length=200)] | None]
        return typed_fields("Question", fields)

    @property
    def answer_type(self) -> Any:
        """One answer."""
        return Answered

    @property
    def header(self) -> tuple[str, ...]:
        """Columns of a file of answers."""
        return _HEADER

    def predict(self, requests: Table) -> Answers:
        """Cite or decline, each question masked first."""
        return self.winner.predict(masked(requests, self.scope), Context(llm=self.llm))

    def shape(self, requests: Table, answers: Answers) -> list[dict[str, Any]]:
        """Answers as JSON objects."""
        asked = masked(requests, self.scope)[QUESTION].tolist()
        hits, scores = answers["hit"].tolist(), answers["score"].tolist()
        rows = [row for row, hit in enumerate(hits) if hit != NOTHING]
        worded: dict[int, str] = {}
        if self.winner.how.phrased and self.llm is not None and rows:
            pairs = [(asked[row], self.winner.passage_at(hits[row])) for row in rows]
            told = zip(rows, phrased(pairs, self.llm), strict=True)
            worded = {row: one.text for row, one in told if one.text is not None}
        return [
            dict(self._told(raw, question, hit, score, worded.get(row)))
            for row, (raw, question, hit, score) in enumerate(
                zip(requests[QUESTION].tolist(), asked, hits, scores, strict=True)
            )
        ]

    def _told(self, raw: str | None, asked: str, hit: float, score: float, worded: str | None) -> Answered:
        """One answer in the language of its question."""
        spoken: Language = "zh" if language(asked) == "zh" else "en"
        cited = [] if hit == NOTHING else [self.cited(hit)]
        made = "declined" if not cited else "extract" if worded is None else "phrased"
        text = say("answer.declines").text(spoken)
        if cited:
            text = self.extract(asked, hit) if worded is None else f"{worded} ({WORDS})"
        return {
            "question": raw,
            "answer": text,
            "declined": not cited,
            "sources": cited,
            "score": round(score, 6),
            "made": made,
            "label": WORDS,
            "notice": say("answer.notice").text(spoken),
            "aigc": _mark(asked, text),
        }

    def extract(self, question: str, hit: float) -> str:
        """The cited passage's own words that answer."""
        index, place = self.winner.index, self.winner.at(hit)
        assert index is not None
        titled = bool(index.passages.title[place]) and not index.passages.source[place]
        return extract(question, index.passages.text[place], index.whole.idf, whole=titled)

    def cited(self, hit: float) -> Cited:
        """Where a passage stands."""
        index, place = self.winner.index, self.winner.at(hit)
        assert index is not None
        held = index.passages
        return {
            "source": held.source[place],
            "place": held.place[place],
            "title": held.title[place],
            "passage": held.text[place],
        }

    def talk(self, message: str, scope: str | None, before: Sequence[str] = ()) -> dict[str, Any]:
        """Answer one message on behalf of a scope, by itself or as it follows from what was asked before."""
        whose = scope if self.scope else None
        found = followed(redact(message), before, self.winner, whose, self.llm) if before else None
        row = {QUESTION: message if found is None else found.asked}
        asked = to_table(self.schema, [row | ({self.scope: scope} if self.scope else {})])
        told = self.shape(asked, self.predict(asked))[0]
        if found is not None:
            spoken: Language = "zh" if language(message) == "zh" else "en"
            taken = say("answer.understood", question=found.shown).text(spoken)
            told |= {"question": message, "notice": f"{told['notice']} {taken}"}
        return {**told, "understood": None if found is None else found.shown}

    def rows(self, requests: Table, answers: Answers, first: int = 1) -> list[list[Any]]:
        """Lines of a file."""
        return [
            [one["question"], one["answer"], one["declined"], _sources(one["sources"]), one["score"]]
            for one in self.shape(requests, answers)
        ]

    def reasons(self, requests: Table) -> list[list[Message]]:
        """Say how much of each question its passage holds, and from where it would have declined."""
        asked, found = masked(requests, self.scope), []
        bound = 0.0 if self.winner.refusal is None else self.winner.refusal.bound
        answers = self.winner.predict(asked, Context())
        for look, score in zip(self.winner.looks(asked), answers["score"].tolist(), strict=True):
            covered = float(look.signals[3]) if len(look.passage) else 0.0
            found.append([say("answer.reason", covered=covered, score=score, bound=bound)])
        return found

    def save(self, folder: Path) -> None:
        """Write the whole into ``folder`` under one manifest."""
        save_model(self.winner, folder / "winner")
        save_model(self.baseline, folder / "baseline")
        save_file(folder / SERVING, {"scenario": "answer", "scope": self.scope}, "json")
        write_manifest(folder)

    @staticmethod
    def load(folder: Path) -> ServedAnswers:
        """Read back what ``save`` wrote, from a folder whose manifest was checked."""
        kept = load_file(folder / SERVING, "json")
        return ServedAnswers(
            load_model(folder / "winner"), load_model(folder / "baseline"), str(kept["scope"])
        )


def masked(requests: Table, scope: str) -> Table:
    """What the model is asked: masked questions, and who asks by the column ``scope``."""
    told = [redact((q or "")[:MOST_CHARACTERS]) for q in requests[QUESTION].tolist()]
    who = requests[scope].tolist() if scope and scope in requests else [None] * requests.rows
    columns = (Column(QUESTION, Kind.TEXT, Role.TEXT), Column(SCOPE, Kind.CATEGORY, Role.IGNORE))
    return Table(columns, {QUESTION: objects(told), SCOPE: objects(who)})


def _mark(question: str, answer: str) -> str:
    """The hidden label: the same question and answer have the same number."""
    number = hashlib.sha256(f"{question}\0{answer}".encode(errors="replace")).hexdigest()[:16]
    return Origin(_PRODUCER, number, datetime.now(UTC).date().isoformat()).as_json()


def _sources(cited: list[Cited]) -> str:
    return "; ".join(", ".join(part for part in (c["source"], c["place"], c["title"]) if part) for c in cited)
