"""A language model may word an answer and may decline; it may not say more than the passage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pilothouse.messages import say
from pilothouse.models.retrieval.phrasing import a_reply, phrased
from pilothouse.types import Prompt, Reply

PASSAGE = "A gift card costs 25 euros."


@dataclass
class Speaker:
    """A door that says what it is told to, and hears what it is asked."""

    says: Any
    heard: list[Mapping[str, str]] = field(default_factory=list)
    model: str = "told"
    remote: bool = False

    def ask(self, prompt: Prompt, values: Sequence[Mapping[str, str]]) -> list[Reply]:
        self.heard += values
        return [
            Reply("", self.says) if self.says is not None else Reply("", failed=say("answer.notice"))
            for _ in values
        ]

    def price(self, prompt: Prompt, values: Sequence[Mapping[str, str]]) -> tuple[float, float]:
        return 0.01 * len(values), 2.0


def told(says: Any) -> Any:
    return phrased([("What does a gift card cost?", PASSAGE)], Speaker(says))[0]


def test_what_stays_inside_is_taken() -> None:
    found = told({"answered": True, "answer": "The gift card costs 25 euros."})
    assert found.text == "The gift card costs 25 euros." and not found.declined


def test_what_goes_beyond_is_dropped_and_the_extract_stands_in() -> None:
    found = told({"answered": True, "answer": "The gift card costs 20 euros until Sunday."})
    assert found.text is None and not found.declined


def test_it_may_decline() -> None:
    assert told({"answered": False, "answer": ""}).declined


def test_a_failed_call_is_no_text_and_no_refusal() -> None:
    assert told(None).text is None and not told(None).declined


def test_personal_values_of_a_question_are_masked_before_it_is_asked() -> None:
    door = Speaker({"answered": False, "answer": ""})
    phrased([("My number is 13912345678, what does a card cost?", PASSAGE)], door)
    assert "13912345678" not in str(door.heard)


def test_a_reply_has_its_price() -> None:
    assert a_reply(Speaker(None), 200) == (0.01, 2.0)
