"""An extract is the passage's own words, the part that answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.models.retrieval.extract import MOST_CHARACTERS, extract

PASSAGE = "Our shop opened in 1999. A gift card costs 25 euros. It is valid for 3 years. We also sell tea."


def even(term: str) -> float:
    return 1.0


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What does a gift card cost?", "A gift card costs 25 euros."),
        ("How many years is it valid?", "It is valid for 3 years."),
        ("When did the shop open?", "Our shop opened in 1999."),
    ],
)
def test_the_sentence_that_answers_is_told(question: str, told: str) -> None:
    assert extract(question, PASSAGE, even) == told


def test_an_answer_is_given_whole_where_it_is_short() -> None:
    assert extract("gift card", PASSAGE, even, whole=True) == PASSAGE
    long = PASSAGE * 30
    assert len(extract("gift card", long, even, whole=True)) <= MOST_CHARACTERS


@given(st.text(alphabet="ab 。.\n?字费", max_size=120), st.text(alphabet="ab 字费?", max_size=12))
def test_every_extract_stands_in_its_passage(passage: str, question: str) -> None:
    for whole in (False, True):
        assert extract(question, passage, even, whole) in passage


def test_chinese_sentences_are_joined_without_spaces() -> None:
    told = "挂失要尽快。信用卡丢失请拨打热线。三天内补发新卡。"
    found = extract("信用卡丢失后多久补发新卡", told, even)
    assert found in told and "补发新卡" in found and " " not in found


@pytest.mark.parametrize("passage", ["", "…", "no mark at the end"])
def test_odd_passages_break_nothing(passage: str) -> None:
    assert extract("what", passage, even) == passage
