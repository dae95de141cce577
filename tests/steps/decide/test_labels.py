from __future__ import annotations

import pytest
from pydantic import ValidationError

from pilothouse.steps.decide.labels import LabelsValue


def test_rows_of_the_file_stand_for_a_period_without_a_volume() -> None:
    made = LabelsValue(right=[1, 2, 3]).assumptions(70, "USD")
    assert made.volume == 70 and made.currency == "USD" and made.effect == "not_needed"
    assert LabelsValue(right=1, volume=9).assumptions(70, "USD").volume == 9
    with pytest.raises(ValidationError):
        LabelsValue(right=1, wrongly=2)  # type: ignore[call-arg]
