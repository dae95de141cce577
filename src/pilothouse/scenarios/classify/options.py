"""What a user may set for ``classify``, and what its answers are worth."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from pilothouse.scenario import Options
from pilothouse.steps.decide.labels import LabelsValue


class ClassifyOptions(Options):
    """Options of ``classify``."""

    target: str = Field("label", description="options.target")
    text: str | None = Field(None, description="options.text")
    out_of_scope: str | None = Field(None, description="options.out_of_scope")
    right_share: float | None = Field(None, ge=0.5, lt=1, description="options.right_share")
    labels: Path | None = Field(None, description="options.labels")
    to_label: int = Field(300, ge=0, le=5_000, description="options.to_label")
    vectors: Path = Field(Path(".pilothouse/vectors"), description="classify.option_vectors")
    encoder: Path | None = Field(None, description="options.encoder")
    smallest_gain: float | None = Field(None, gt=0, description="options.smallest_gain")


class ClassifyValue(LabelsValue):
    """What a rightly and a wrongly labelled text bring and cost."""
