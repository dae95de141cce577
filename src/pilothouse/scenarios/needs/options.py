"""What a user may set for ``needs``."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from pilothouse.scenario import Options


def _day(value: str | None) -> str | None:
    """A day in ISO form; TOML's own dates come as text too."""
    from datetime import date

    return None if value is None else date.fromisoformat(value).isoformat()


class NeedsOptions(Options):
    """Options of ``needs``."""

    text: str | None = Field(None, description="needs.option_text")
    rating: str | None = Field(None, description="needs.option_rating")
    label: str | None = Field(None, description="needs.option_label")
    most_needs: int = Field(20, ge=2, le=50, description="needs.option_most_needs")
    before: Annotated[str | None, AfterValidator(_day)] = Field(None, description="needs.option_before")
    smallest_gain: float | None = Field(None, gt=0, description="options.smallest_gain")
