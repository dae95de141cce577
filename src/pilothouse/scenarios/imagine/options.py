"""What a user may set for ``imagine``."""

from __future__ import annotations

from pydantic import Field

from pilothouse.scenario import Options


class ImagineOptions(Options):
    """Options of ``imagine``."""

    side: int = Field(32, ge=8, le=64, description="imagine.option_side")
