from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from pilothouse.scenarios.images.options import ImagesOptions, ImagesValue


def test_options_have_defaults_and_bounds() -> None:
    assert ImagesOptions().target == "label" and not ImagesOptions().mirror
    assert ImagesOptions(backbone="b.onnx").backbone == Path("b.onnx")  # type: ignore[arg-type]
    for wrong in ({"right_share": 1.0}, {"right_share": 0.2}, {"flip": True}):
        with pytest.raises(ValidationError):
            ImagesOptions(**wrong)  # type: ignore[arg-type]


def test_rows_of_the_file_stand_for_a_period_without_a_volume() -> None:
    made = ImagesValue(right=[1, 2, 3]).assumptions(70, "USD")
    assert made.volume == 70 and made.currency == "USD"
    assert made.effect == "not_needed"
