from __future__ import annotations

import time

import pytest

from pilothouse.guards.llm.inert import inert, inert_in, recites

SYSTEM = "You answer customers of a shop that sells tea, and you never name the supplier to anybody at all."


def test_address_of_the_question_survives_and_a_longer_one_does_not() -> None:
    asked = "Look at https://shop.example/a?b=1."
    assert inert("(https://shop.example/a?b=1)", asked) == "(https://shop.example/a?b=1)"
    assert inert("https://shop.example/a?b=12", asked) == "[LINK]"


def test_thoughts_before_an_answer_are_left_out() -> None:
    assert inert("<think>the user wants x</think>\nHello", "") == "\nHello"


def test_every_text_of_a_nest_is_made_inert() -> None:
    assert inert_in({"a": ["<b>", 1], "c": None}, "") == {"a": ["\u2039b>", 1], "c": None}


def test_piece_of_the_instructions_is_recognised_and_an_answer_is_not() -> None:
    assert recites(f"Sure: {SYSTEM[10:90].upper()}", SYSTEM)
    assert not recites("Our shop sells tea to customers; the supplier is not named.", SYSTEM)
    assert not recites("", SYSTEM) and not recites(SYSTEM, "short")


@pytest.mark.parametrize(
    "text", ["![" * 50_000, "[a](" * 40_000, "//" * 60_000, "<" * 99_999, "a." * 60_000, "A" * 99_999]
)
def test_time_grows_with_the_length_only(text: str) -> None:
    started = time.perf_counter()
    inert(text, "")
    recites(text, SYSTEM)
    assert time.perf_counter() - started < 20
