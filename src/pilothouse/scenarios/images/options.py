"""What a user may set for ``images``, and what its answers are worth."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from pilothouse.scenario import Options
from pilothouse.steps.decide.labels import LabelsValue


class ImagesOptions(Options):
    """Options of ``images``."""

    target: str = Field("label", description="options.target")
    right_share: float | None = Field(None, ge=0.5, lt=1, description="options.right_share")
    mirror: bool = Field(False, description="options.mirror")
    backbone: Path | None = Field(None, description="options.backbone")
    smallest_gain: float | None = Field(None, gt=0, description="options.smallest_gain")


class ImagesValue(LabelsValue):
    """What a rightly and a wrongly told picture bring and cost."""
