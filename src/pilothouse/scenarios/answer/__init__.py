"""``answer``: a folder of documents or an FAQ answers with citations, or declines and hands over.

What is asked are questions made of the product's own texts, people's first; what is learnt
is when to say nothing. It says who competes, how answers are measured and valued, and
what is shown; the rest is shared. Rules do not ask like people do: figures of generated
questions and of human ones are told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message, say
from pilothouse.models.retrieval.answerer import SCOPE, TRUTH, Load, answerers
from pilothouse.models.retrieval.passages import CORPUS
from pilothouse.scenario import Example, Listing, Panel
from pilothouse.scenarios.answer.examples import examples
from pilothouse.scenarios.answer.judging import JudgedAnswers
from pilothouse.scenarios.answer.options import AnswerOptions, AnswerValue
from pilothouse.scenarios.answer.panels import panels
from pilothouse.scenarios.answer.release import ServedAnswers
from pilothouse.steps.decide.assumptions import Assumptions, Rivals
from pilothouse.steps.decide.flag import Policy
from pilothouse.steps.decide.value import Money, tickets_money
from pilothouse.steps.prepare.answers import LANGUAGE, ORIGIN, UNIT, AnswerWish, fewest_asked, prepare_answers
from pilothouse.steps.prepare.asking.sheet import HEADER
from pilothouse.steps.prepare.split import HOLDOUT_FROM
from pilothouse.types import Answers, Candidate, Data, Questions, Role, Table

__all__ = ["Answer", "AnswerOptions", "AnswerValue"]

_FITS_HOLDOUT, _FITS_NESTED = 4, 23


class Answer(JudgedAnswers):
    """See the module."""

    name: ClassVar[str] = "answer"
    question: ClassVar[Message] = say("answer.question")
    needs: ClassVar[tuple[Role, ...]] = (Role.TEXT,)
    options_type: ClassVar[type[AnswerOptions]] = AnswerOptions
    value_type: ClassVar[type[AnswerValue]] = AnswerValue
    rows_are_asked: ClassVar[bool] = False
    columns_are_clues: ClassVar[bool] = False
    counted: ClassVar[Message | None] = say("answer.counted")
    reads_documents: ClassVar[bool] = True
    may_lose: ClassVar[float | None] = 0.02
    options: AnswerOptions
    value: AnswerValue | None

    def prepare(self, tables: Mapping[str, Table], pseudonyms: Pseudonyms, desensitise: bool) -> Any:
        """Passages, what is kept aside of them, questions, split."""
        given = self.options
        named = (given.question, given.answer, given.scope, given.index, given.questions)
        wish = AnswerWish(*named, given.paraphrases, self.llm, given.seed)
        return prepare_answers(tables["rows"], wish, pseudonyms, desensitise)

    def candidates(self, data: Data) -> Sequence[Candidate]:
        """The first hit, refusals by rule and learnt, meaning, the user's reranker, a language model."""
        enough = fewest_asked(data.table) >= HOLDOUT_FROM
        load = Load.of(data, _FITS_HOLDOUT if enough else _FITS_NESTED)
        cache = self.options.vectors if self.options.vectors.is_absolute() else None
        reranker = "" if self.options.reranker is None else str(self.options.reranker)
        return answerers(load, self.options.embedder, cache, reranker, self.llm)

    def awaited(self, prepared: Any) -> tuple[list[Message], float]:
        """Questions that a language model is still to say anew."""
        return prepared.said.awaited, prepared.said.price[0]

    def questions(self, part: Data) -> Questions:
        """One a row."""
        rows = part.table
        every = np.arange(rows.rows, dtype=np.int64)
        return Questions(rows.drop([TRUTH, UNIT]), rows[TRUTH], every, known={"kind": "answers"})

    def slices(self, questions: Questions, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Who wrote the question; its language and who may see the answer, where there are several."""
        asked = questions.requests
        return (ORIGIN, *(name for name in (LANGUAGE, SCOPE) if len(set(asked[name].tolist())) > 1))

    def assumptions(self, questions: Questions, rows: int, currency: str) -> Assumptions | None:
        """What the user said a ticket costs."""
        return None if self.value is None else self.value.assumptions(len(questions.unit), currency)

    def money(
        self, rivals: Rivals, assumptions: Assumptions, policy: Policy | None, seed: int, draws: int
    ) -> Money:
        """Spared tickets of a period, less what wrong answers cost."""
        return tickets_money(rivals, assumptions, seed, draws)

    def release(self, winner: Any, baseline: Any, prepared: Any) -> ServedAnswers:
        """Let both look through everything, what was kept aside too."""
        corpus = prepared.data.tables[CORPUS]
        llm = self.llm if winner.how.phrased else None
        both = (winner.everything(corpus), baseline.everything(corpus))
        return ServedAnswers(*both, scope=self.options.scope or "", llm=llm)

    def panels(self, servable: Any, questions: Questions, answers: Mapping[str, Answers]) -> list[Panel]:
        """What became of questions by kind, the price of refusing, retrieval, examples."""
        return panels(servable, questions, answers)

    def lists(self, servable: Any, prepared: Any) -> Listing | None:
        """The questions, for people to change and add to."""
        return Listing("questions.csv", HEADER, prepared.sheet)

    @classmethod
    def load(cls, folder: Path) -> ServedAnswers:
        """Load a shipped answerer."""
        return ServedAnswers.load(folder)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """An FAQ in Chinese, an FAQ in English."""
        yield from examples()
