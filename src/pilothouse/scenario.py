"""THE protocol. Read this first.

A scenario is a kind of business question. It says which columns it needs, which
candidates compete, and how answers are measured; everything else (what is asked,
collect, prepare, train, optimise, evaluate, explain, decide, deploy, monitor) has a
default that it may replace. The defaults suit a table whose rows each have an answer
to learn. ``pipeline.run`` drives it; ``checks.check_scenario`` holds it to its word;
``docs/writing-a-scenario.md`` writes one from nothing.

What is asked, what is one row of a file and what is resampled are three different
things, so the protocol speaks of *questions* and *answers*.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message
from pilothouse.models.target import Target
from pilothouse.steps.decide.assumptions import Assumptions, Rivals
from pilothouse.steps.decide.facts import Plain, Stakes
from pilothouse.steps.decide.flag import Policy
from pilothouse.steps.decide.trial import Trial
from pilothouse.steps.decide.value import Money
from pilothouse.steps.deploy.contract import Servable
from pilothouse.steps.deploy.served import Served
from pilothouse.steps.evaluate.bootstrap import Pairing
from pilothouse.steps.evaluate.pairs import plain_pair, primary_pair
from pilothouse.steps.prepare.ready import Ready
from pilothouse.steps.prepare.split import outcomes
from pilothouse.steps.prepare.supervise import Wish, prepare_supervised
from pilothouse.types import Answers, Candidate, Data, Door, Questions, Role, Scores, Table
from pilothouse.types.contest import Array
from pilothouse.types.panels import Panel, Picture

__all__ = ["Candidate", "Case", "Example", "Listing", "NoValue", "Options", "Panel", "Picture", "Scenario"]

MOST_SLICED = 40


class Options(BaseModel):
    """What a user may set; the command line, the service and the docs come from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(0, ge=0, description="options.seed")
    time_budget_s: float = Field(60.0, ge=1, le=86_400, description="options.time_budget_s")


class NoValue(BaseModel):
    """What answers are worth, of a scenario that knows no money: nothing can be set."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Listing:
    """A file among the outputs: what the reader acts on, under the reader's own ids.

    Messages in it are said in the language of the run.

    Parameters
    ----------
    name, header, rows
        Of a table.
    bom
        Begin with a byte order mark, by which Excel knows UTF-8.
    pages
        Texts that are written beside it: lines by file name.
    """

    name: str
    header: tuple[Message | str, ...]
    rows: Iterable[Sequence[Any]] = field(repr=False)
    bom: bool = False
    pages: Mapping[str, tuple[Message | str, ...]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Case:
    """One question as a person sees it: what they have, what each would show, what they then took."""

    who: str
    group: Message
    has: tuple[str, ...]
    winner: tuple[tuple[str, Message | None], ...]
    baseline: tuple[str, ...]
    took: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """A tiny table with the settings that make a run of it: for checks, docs, empty pages."""

    table: Table
    options: Mapping[str, Any] = field(default_factory=dict)
    value: Mapping[str, Any] = field(default_factory=dict)


class Scenario(ABC):
    """A kind of business question; see the module's opening.

    Attributes
    ----------
    name
        File name, command word and part of the URL: "predict".
    question
        What a PM would ask: "Who will leave?".
    needs
        Roles that it cannot do without.
    options_type, value_type
        Pydantic models (frozen, extra keys forbidden).
    extra
        The pip extra that it needs; None when the core install is enough.
    rows_are_asked
        Whether each row of the main table is a question. Only then is there a learning
        curve over rows.
    columns_are_clues
        Whether a question's columns are what its answer is told from. Only then are there
        leaks to look for among them, and columns that drive an answer.
    reads_documents
        Whether a folder of documents, without a word more, is meant for it.
    may_lose
        How far below the baseline a winner may score, in the primary metric, and still be
        shipped without force; None for any distance.
    counted
        What questions are called where the id column does not say: "pictures".
    llm
        The product's language model, to estimate costs with; None where it names none.
    currency
        The product's, for amounts that name none.
    """

    name: ClassVar[str]
    question: ClassVar[Message]
    needs: ClassVar[tuple[Role, ...]] = (Role.TARGET,)
    options_type: ClassVar[type[Options]] = Options
    value_type: ClassVar[type[BaseModel]] = NoValue
    extra: ClassVar[str | None] = None
    rows_are_asked: ClassVar[bool] = True
    columns_are_clues: ClassVar[bool] = True
    reads_documents: ClassVar[bool] = False
    may_lose: ClassVar[float | None] = None
    counted: ClassVar[Message | None] = None
    llm: Door | None = None
    currency: str = ""

    def __init__(self, options: Options, value: BaseModel | None = None) -> None:
        self.options = options
        self.value = value

    @abstractmethod
    def candidates(self, data: Data) -> Sequence[Candidate]:
        """List who competes, baselines first."""

    @abstractmethod
    def measure(self, questions: Questions, answers: Answers, weight: Any = None) -> Scores:
        """Score answers, primary metric first.

        ``weight`` is None, (questions,) or (draws, questions); with draws each
        score is an array of one value a draw.
        """

    def questions(self, part: Data) -> Questions:
        """Turn rows into requests, truth and resampling units; by default one a row."""
        target = Target.of(part.table)
        rows = np.arange(part.rows, dtype=np.int64)
        return Questions(part.table.drop([target.name]), target.truth(part.table), rows, target.classes)

    def prepare(self, tables: Mapping[str, Table], pseudonyms: Pseudonyms, desensitise: bool) -> Ready:
        """Make collected tables ready: target, checks, personal data, split; "rows" is the main one."""
        given = self.options.model_dump()
        wish = Wish(
            target=given.get("target", ""),
            positive=given.get("positive"),
            gap_days=given.get("gap_days", 0.0),
            desensitise=desensitise,
            seed=self.options.seed,
        )
        return prepare_supervised(tables["rows"], wish, pseudonyms)

    def awaited(self, prepared: Any) -> tuple[list[Message], float]:
        """What a run would ask of a language model before it begins, and for how much money.

        ``plan`` says it and asks nothing.
        """
        return [], 0.0

    def asks(self, questions: Questions) -> Message:
        """The question in this use case's own words."""
        return self.question

    def figure(self, questions: Questions, answers: Answers) -> Array:
        """One number an answer, (n,), that slices and money are computed from.

        By default the probability of the outcome looked for, the class number answered,
        or the number itself.
        """
        if not questions.classes:
            return answers["prediction"]
        said = answers["probability"]
        return said[:, 1] if len(questions.classes) == 2 else said.argmax(axis=1)

    def outcomes(self, questions: Questions) -> int:
        """E of the verdict's rules: how much there was to find among ``questions``."""
        return outcomes(np.asarray(questions.truth), questions.kind)

    def slices(self, questions: Questions, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Columns of the requests whose groups are compared."""
        return columns[:MOST_SLICED]

    def kept(self, answers: Answers) -> Answers:
        """What a run folder keeps of answers: all that the figures need."""
        return answers

    def paired(self, questions: Questions, winner: Answers, baseline: Answers) -> Pairing:
        """Winner and baseline under the primary metric, for slices."""
        return primary_pair(questions, winner, baseline)

    def pictured(self, questions: Questions, rivals: Rivals) -> Pairing:
        """Winner and baseline under what a person can picture, where nothing is flagged."""
        assert rivals.baseline is not None
        return plain_pair(questions, rivals.winner, rivals.baseline)

    def trial(self, plain: Plain, stakes: Stakes | None) -> Trial | None:
        """The experiment that would settle it, where nothing is flagged; None for none."""
        return None

    def weights(self, questions: Questions, answers: dict[str, Answers]) -> Mapping[str, float]:
        """Blend weights from out-of-fold answers; equal shares by default."""
        return {name: 1.0 / len(answers) for name in answers}

    def calibrate(self, questions: Questions, answers: Answers) -> Any:
        """Learn a calibration from out-of-fold answers; None for none."""
        return None

    def confidence(self, questions: Questions, answers: Answers) -> float | None:
        """Probability below which it says that it does not know, from out-of-fold answers; None for none."""
        return None

    def assumptions(self, questions: Questions, rows: int, currency: str) -> Assumptions | None:
        """What the user said about money, or None."""
        return None

    def policy(self, questions: Questions, assumptions: Assumptions | None) -> Policy | None:
        """How rows are flagged; None where nothing is flagged."""
        return None

    def rivals(self, questions: Questions, winner: Answers, name: str, baseline: Answers) -> Rivals:
        """Winner and the baseline called ``name`` as plain figures on the same rows."""
        return Rivals(
            np.asarray(questions.truth),
            self.figure(questions, winner),
            self.figure(questions, baseline),
            questions.unit,
            questions.spread,
        )

    def money(
        self, rivals: Rivals, assumptions: Assumptions, policy: Policy | None, seed: int, draws: int
    ) -> Money:
        """Value of winner and baseline in one period; only called where there are assumptions."""
        raise TypeError(f"{self.name} has no money: {assumptions.per}, {policy}, {seed}, {draws}, {rivals}")

    def servable(self, fitted: Any, background: Any, id_name: str) -> Servable:
        """Wrap the fitted winner so that faces can ask it and releases can keep it."""
        return Served(self.name, fitted, background, id_name)

    def release(self, winner: Any, baseline: Any, prepared: Ready) -> Servable:
        """Wrap winner and baseline, both fitted on all rows, where rows are not what is asked."""
        raise TypeError(f"{self.name} asks rows: {winner}, {baseline}, {prepared}")

    def showcase(self, servable: Any, questions: Questions, answers: Mapping[str, Answers]) -> list[Case]:
        """Some answers as their readers would see them, winner beside baseline."""
        return []

    def panels(self, servable: Any, questions: Questions, answers: Mapping[str, Answers]) -> list[Panel]:
        """What the report shows of this scenario alone: pictures, curves, tables.

        ``answers`` to the questions kept aside: the winner's first, then the baseline's.
        """
        return []

    def found(self, servable: Any) -> list[Message]:
        """What was found, in lines of 80 columns, where that and not a prediction is the answer."""
        return []

    def lessons(self, learn: Data) -> list[Panel]:
        """What the report shows that is measured inside the rows learnt from."""
        return []

    def lists(self, servable: Any, prepared: Any) -> Listing | None:
        """What the reader acts on, as a file among the outputs; None for none."""
        return None

    @classmethod
    def load(cls, folder: Path) -> Servable:
        """Load a shipped winner of this scenario."""
        return Served.load(folder)

    @classmethod
    @abstractmethod
    def examples(cls) -> Iterator[Example]:
        """Yield small examples of this scenario."""
