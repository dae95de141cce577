"""Options of ``imagine``."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pilothouse.scenarios.imagine.options import ImagineOptions


def test_sides_are_those_that_pictures_come_in() -> None:
    assert ImagineOptions().side == 32
    for side in (7, 65):
        with pytest.raises(ValidationError):
            ImagineOptions(side=side)
