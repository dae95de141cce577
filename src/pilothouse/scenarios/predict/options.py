"""What a user may set for ``predict``, and what its answers are worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.scenario import Options
from pilothouse.steps.decide.assumptions import Assumptions, parse_ranges
from pilothouse.steps.decide.trial import ASSUMED_SUCCESS

Given = float | list[float]


class PredictOptions(Options):
    """Options of ``predict``."""

    target: str = Field(description="options.target")
    positive: str | None = Field(None, description="options.positive")
    gap_days: float = Field(0.0, ge=0, le=3650, description="options.gap_days")
    smallest_gain: float | None = Field(None, gt=0, description="options.smallest_gain")
    backbone: Path | None = Field(None, description="options.backbone_events")
    gain_at: tuple[Annotated[int, Field(ge=20, le=1_000_000)], ...] = Field(
        (), max_length=6, description="options.gain_at"
    )


class PredictValue(BaseModel):
    """What right and wrong answers bring and cost; each one number or [low, likely, high].

    Of two outcomes: ``true_positive`` (what a saved case is worth), ``success`` (the
    share of rightly flagged cases that the action saves), ``contact`` (what one action
    costs), ``capacity`` (actions a period). Of classes: ``right`` and ``wrong``. Of a
    number: ``error``, the cost of one unit of absolute error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    true_positive: Given | None = Field(None, description="value.true_positive")
    success: Given | None = Field(None, description="value.success")
    contact: Given = Field(0.0, description="value.contact")
    capacity: Given | None = Field(None, description="value.capacity")
    right: Given | None = Field(None, description="value.right")
    wrong: Given = Field(0.0, description="value.wrong")
    error: Given | None = Field(None, description="value.error")
    volume: float | None = Field(None, gt=0, description="value.volume")
    per: Literal["day", "week", "month", "quarter", "year", "batch"] = Field("month", description="value.per")
    currency: str | None = Field(None, max_length=8, description="value.currency")
    effect: Literal["assumed", "measured", "not_needed"] = Field("assumed", description="value.effect")
    smallest_gain: float | None = Field(None, gt=0, description="value.smallest_gain")

    def assumptions(self, kind: str, rows: int, currency: str) -> Assumptions | None:
        """Return the assumptions that a target of ``kind`` needs, or None where they were not given.

        ``rows`` of the file stand for one period where no volume is given. A success
        rate that nobody gave is taken as 10 %, and shown as the assumption that it is;
        where the action's effect does not matter every right flag counts in full.
        """
        given: dict[str, Any]
        if kind == "number":
            given = {"error": self.error}
        elif kind == "classes":
            given = {"right": self.right, "wrong": self.wrong}
        else:
            success = 1.0 if self.effect == "not_needed" else self.success or ASSUMED_SUCCESS
            given = {"true_positive": self.true_positive, "contact": self.contact, "success": success}
            if self.capacity is not None:
                given["capacity"] = self.capacity
        if None in given.values():
            return None
        return Assumptions(
            parse_ranges(given),
            float(self.volume or rows),
            self.volume is not None,
            self.currency or currency,
            self.per,
            self.effect if kind == "binary" else "not_needed",
            self.smallest_gain,
        )
