"""What a rightly and a wrongly told label bring and cost."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.steps.decide.assumptions import Assumptions, parse_ranges

Given = float | list[float]


class LabelsValue(BaseModel):
    """What a right and a wrong label bring and cost; one number or [low, likely, high]."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    right: Given = Field(description="value.right")
    wrong: Given = Field(0.0, description="value.wrong")
    volume: float | None = Field(None, gt=0, description="value.volume")
    per: Literal["day", "week", "month", "quarter", "year", "batch"] = Field("month", description="value.per")
    currency: str | None = Field(None, max_length=8, description="value.currency")
    smallest_gain: float | None = Field(None, gt=0, description="value.smallest_gain")

    def assumptions(self, rows: int, currency: str) -> Assumptions:
        """Return the assumptions; ``rows`` of the file stand for one period where no volume is given."""
        return Assumptions(
            parse_ranges({"right": self.right, "wrong": self.wrong}),
            float(self.volume or rows),
            self.volume is not None,
            self.currency or currency,
            self.per,
            "not_needed",
            self.smallest_gain,
        )
