"""What a model writes is shown only where the passage holds it."""

from __future__ import annotations

import pytest

from pilothouse.models.retrieval.grounding import grounded, numbers_held, same_facts

PASSAGE = "A gift card costs 25 euros and is valid for 3 years. Ask Anna Berg at help@shop.example."
ZH = "信用卡丢失请立即拨打热线挂失，3个工作日内补发新卡，工本费二十元。"


@pytest.mark.parametrize(
    "told",
    [
        "A gift card costs 25 euros.",
        "It costs 25 euros, valid for 3 years.",
        "Ask Anna Berg at help@shop.example.",
    ],
)
def test_what_stays_inside_is_grounded(told: str) -> None:
    assert grounded(told, PASSAGE, "What does a gift card cost?")


@pytest.mark.parametrize(
    "told",
    [
        "",
        "A gift card costs 35 euros.",
        "A gift card costs 25 euros, refunds within 14 days.",
        "Ask Paul Meyer about the gift card.",
        "See https://evil.example/gift for the gift card.",
        "Our planes fly daily to many sunny islands.",
    ],
)
def test_other_numbers_names_and_matters_are_not(told: str) -> None:
    assert not grounded(told, PASSAGE, "What does a gift card cost?")


def test_chinese_numbers_count_too() -> None:
    assert grounded("拨打热线挂失，3个工作日内补发，工本费二十元。", ZH, "卡丢了怎么办")
    assert not grounded("拨打热线挂失，5个工作日内补发。", ZH, "卡丢了怎么办")
    assert not grounded("工本费三十元，拨打热线挂失。", ZH, "卡丢了怎么办")


def test_a_number_of_the_question_is_no_evidence() -> None:
    assert not grounded("Yes, a gift card costs 99 euros.", PASSAGE, "Does a gift card cost 99 euros?")


def test_numbers_are_compared_as_written() -> None:
    assert numbers_held("1,000 and ２５", "1000 or 25") and not numbers_held("26", "25")


def test_two_questions_have_the_same_facts_either_way() -> None:
    assert same_facts("how much is the Gold plan for 2 years", "2 years of the Gold plan: what price")
    assert not same_facts("how much is a plan for 2 years", "how much is a plan")
    assert not same_facts("what price has it", "what price has the Gold one")
    assert not same_facts("write to a@b.com", "write to us") and not same_facts("两年多少钱", "三年多少钱")
