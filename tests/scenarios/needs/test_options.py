"""Options of ``needs``."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pilothouse.scenarios.needs.options import NeedsOptions


def test_a_day_is_a_day() -> None:
    assert NeedsOptions(before="2026-03-01").before == "2026-03-01"
    for wrong in ("yesterday", "2026-13-01", "03/01/2026"):
        with pytest.raises(ValidationError):
            NeedsOptions(before=wrong)


def test_needs_are_few_enough_to_read() -> None:
    for wrong in (1, 51):
        with pytest.raises(ValidationError):
            NeedsOptions(most_needs=wrong)
