"""``write``: what could we say about each item?

Product descriptions, words of a campaign, in-app texts, release notes, drafts of
requirements: from the facts of a row, and from nothing else. It says who competes and how
what they write is measured; the rest is shared. No figure tells whether readers like a
text: nobody has asked them, so the verdict never goes beyond a pilot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message, say
from pilothouse.models.texts.language import language
from pilothouse.models.writing.asked import AskedByExample, AskedInVoice, AskedPlainly
from pilothouse.models.writing.rulemade import Grammar, Own, Template
from pilothouse.models.writing.rules import Rules
from pilothouse.models.writing.writer import items_in
from pilothouse.scenario import Example, Listing, Panel
from pilothouse.scenarios.write.examples import examples
from pilothouse.scenarios.write.judging import JudgedTexts
from pilothouse.scenarios.write.options import WriteOptions
from pilothouse.scenarios.write.panels import panels
from pilothouse.scenarios.write.release import ServedTexts
from pilothouse.scenarios.write.sheets import texts_listing
from pilothouse.steps.prepare.items import EXISTING, ItemWish, asked_by_a_fit, prepare_items
from pilothouse.types import Answers, Candidate, Column, Data, Kind, Questions, Role, Table

__all__ = ["Write", "WriteOptions"]

KIND = "texts"
_SAMPLED = 200


class Write(JudgedTexts):
    """See the module."""

    name: ClassVar[str] = "write"
    question: ClassVar[Message] = say("write.question")
    needs: ClassVar[tuple[Role, ...]] = ()
    options_type: ClassVar[type[WriteOptions]] = WriteOptions
    rows_are_asked: ClassVar[bool] = False
    columns_are_clues: ClassVar[bool] = False
    counted: ClassVar[Message | None] = say("write.counted")
    options: WriteOptions

    def prepare(self, tables: Mapping[str, Table], pseudonyms: Pseudonyms, desensitise: bool) -> Any:
        """Find names and facts, take personal data out, keep items aside."""
        given = self.options
        wish = ItemWish(given.name, given.existing, given.seed, given.currency or self.currency)
        return prepare_items(tables["rows"], wish, pseudonyms, desensitise)

    def rules(self, table: Table) -> Rules:
        """What texts are held to; the language is the table's own where none was set."""
        given = self.options.language
        return self.options.rules(_language(table) if given == "auto" else given)

    def candidates(self, data: Data) -> Sequence[Candidate]:
        """The packaged sentence and the user's template, then a grammar, then a language model's."""
        rules, (sample,) = self.rules(data.table), items_in(data.table.take(slice(0, 1)))
        asked = (
            AskedPlainly(rules),
            *([AskedInVoice(rules)] if rules.voice else []),
            *([AskedByExample(rules)] if EXISTING in data.table else []),
        )
        return (
            Template(rules),
            *([Own(rules)] if rules.template else []),
            Grammar(rules),
            *(one.priced(self.llm, sample, asked_by_a_fit(data.rows)) for one in asked),
        )

    def questions(self, part: Data) -> Questions:
        """One item a question; the truth is how many facts its row has."""
        asked = part.tables[part.asked or ""]
        target = asked.of_role(Role.TARGET)[0].name
        unit = np.arange(asked.rows, dtype=np.int64)
        return Questions(asked.drop([target]), asked[target], unit, known={"kind": KIND})

    def asks(self, questions: Questions) -> Message:
        """Name what is written."""
        return say(f"write.asks_{self.options.kind}")

    def release(self, winner: Any, baseline: Any, prepared: Any) -> ServedTexts:
        """Join winner and baseline with the columns that a request has."""
        told = prepared.items.columns
        named = () if prepared.id_name == "row" else (Column(prepared.id_name, Kind.CATEGORY, Role.ID),)
        schema = (*named, *(Column(c.name, c.kind, c.role, unit=c.unit) for c in told))
        return ServedTexts(winner, baseline, schema)

    def panels(self, servable: Any, questions: Questions, answers: Mapping[str, Answers]) -> list[Panel]:
        """Show texts side by side, what failed and why, and how different they are."""
        return panels(servable, questions, answers)

    def lists(self, servable: Any, prepared: Any) -> Listing | None:
        """``texts.csv``: every item's texts, for people to read and an experiment to show."""
        return texts_listing(servable, prepared)

    @classmethod
    def load(cls, folder: Path) -> ServedTexts:
        """Load a shipped writer."""
        return ServedTexts.load(folder)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """A shop in Chinese, a shop in English."""
        yield from examples()


def _language(table: Table) -> str:
    """Chinese or English, by the words of the first rows; another language is written in English."""
    head = table.take(slice(0, _SAMPLED))
    words = [c.name for c in head.columns]
    words += [
        str(v) for c in head.columns if head[c.name].dtype == object for v in head[c.name].tolist() if v
    ]
    return "zh" if language(" ".join(words)) == "zh" else "en"
