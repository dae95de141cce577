"""Conversations are bounded, masked, and known by their number alone."""

from __future__ import annotations

from typing import Any

import pytest

from pilothouse.errors import UserFault
from pilothouse.service.conversations import IDLE_S, MOST_MESSAGES, Conversations

ANSWER: dict[str, Any] = {"answer": "Yes.", "sources": [], "label": "AI"}


def test_what_was_said_is_kept_masked_and_in_order() -> None:
    held = Conversations()
    number = held.begin("help")
    held.add(number, "I am 13912345678", ANSWER)
    held.add(number, "and now?", ANSWER)
    told = held.transcript(number)
    assert [turn["who"] for turn in told] == ["user", "machine"] * 2
    assert "13912345678" not in str(told) and told[1]["label"] == "AI"


def test_other_use_cases_and_guesses_are_refused_alike() -> None:
    held = Conversations()
    number = held.begin("help")
    held.check(number, "help")
    said = []
    for guess, use_case in ((number, "other"), ("0" * 24, "help"), ("", "help")):
        with pytest.raises(UserFault) as fault:
            held.check(guess, use_case)
        said.append(str(fault.value))
    assert len(set(said)) == 1 and len(number) >= 24 and held.begin("help") != number


def test_numbers_of_messages_and_conversations_are_bounded() -> None:
    held = Conversations(most=3)
    numbers = [held.begin("help") for _ in range(5)]
    assert len(held) == 3
    with pytest.raises(UserFault):
        held.check(numbers[0], "help")
    for _ in range(MOST_MESSAGES):
        held.add(numbers[4], "again", ANSWER)
    with pytest.raises(UserFault, match=str(MOST_MESSAGES)):
        held.check(numbers[4], "help")


def test_questions_are_handed_over_as_understood_for_their_scope_alone() -> None:
    held = Conversations()
    number = held.begin("help")
    held.add(number, "a card for 13912345678?", ANSWER, "one")
    held.add(number, "and now?", ANSWER | {"understood": "and now? (card)"}, "one")
    held.add(number, "what else?", ANSWER, "two")
    first, second = held.asked(number, "one")
    assert first.startswith("a card for") and "13912345678" not in first and second == "and now? (card)"
    assert held.asked(number, "two") == ["what else?"] and held.asked(number, None) == []
    assert held.asked("0" * 24, "one") == []
    for turn in range(MOST_MESSAGES):
        held.add(number, f"again {turn}", ANSWER, "two")
    assert "what else?" not in held.asked(number, "two") and held.asked(number, "one") == []


def test_idle_ones_are_forgotten() -> None:
    now = [0.0]
    held = Conversations(clock=lambda: now[0])
    old = held.begin("help")
    now[0] = IDLE_S / 2
    new = held.begin("help")
    now[0] = IDLE_S + 1
    held.check(new, "help")
    with pytest.raises(UserFault):
        held.check(old, "help")
    assert held.transcript(old) == []
