"""What a user may set for ``recommend``, and what a hit is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.scenario import Options
from pilothouse.steps.decide.assumptions import Assumptions, parse_ranges

Given = float | list[float]


class RecommendOptions(Options):
    """Options of ``recommend``."""

    k: int = Field(10, ge=1, le=100, description="options.k")
    repeats: bool = Field(False, description="options.repeats")
    relevant_from: float | None = Field(None, description="options.relevant_from")
    only: tuple[str, ...] | None = Field(None, description="options.only")
    exclude: tuple[str, ...] = Field((), description="options.exclude")
    boost: dict[str, Annotated[float, Field(ge=-10, le=10)]] = Field(
        default_factory=dict, description="options.boost"
    )
    cap_column: str | None = Field(None, description="options.cap_column")
    cap: int | None = Field(None, ge=1, le=100, description="options.cap")
    variety: float = Field(0.0, ge=0, le=1, description="options.variety")
    backbone: Path | None = Field(None, description="options.backbone_items")
    keep_backbone: bool = Field(False, description="options.keep_backbone")
    worth: str | None = Field(None, description="options.worth")
    smallest_gain: float | None = Field(None, gt=0, description="options.smallest_gain")


class RecommendValue(BaseModel):
    """What a hit is worth: a person picks at least one item of the list that they were shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hit: Given = Field(description="value.hit")
    added: Given | None = Field(None, description="value.added")
    volume: float | None = Field(None, gt=0, description="value.people")
    per: Literal["day", "week", "month", "quarter", "year", "batch"] = Field("month", description="value.per")
    currency: str | None = Field(None, max_length=8, description="value.currency")
    effect: Literal["assumed", "measured", "not_needed"] = Field("assumed", description="value.effect")
    smallest_gain: float | None = Field(None, gt=0, description="value.smallest_gain")

    def assumptions(self, people: int, currency: str) -> Assumptions:
        """Return the assumptions; ``people`` of the file stand for one period where no volume is given.

        ``added`` is the share of hits that would not have happened without the list:
        taken as all of them where nobody said otherwise, and shown.
        """
        given: dict[str, Given] = {"hit": self.hit, "added": 1.0 if self.added is None else self.added}
        return Assumptions(
            parse_ranges(given),
            float(self.volume or people),
            self.volume is not None,
            self.currency or currency,
            self.per,
            self.effect,
            self.smallest_gain,
        )
