"""Rules say the same in other words, with slips, or with a number that is denied."""

from __future__ import annotations

import pytest

from pilothouse.models.retrieval.index import question_terms
from pilothouse.steps.prepare.asking.rewording import asked_of, contradicting, mistyped, reworded

ASKED = [
    "如何开通网上银行？",
    "信用卡丢失了怎么办？",
    "How can I reset my password?",
    "What is the fee?",
    "好",
    "a",
]


@pytest.mark.parametrize("question", ASKED)
@pytest.mark.parametrize("seed", range(5))
def test_other_words_differ_and_come_again(question: str, seed: int) -> None:
    made = reworded(question, seed)
    assert made.strip("？?. ").lower() != question.strip("？?. ").lower()
    assert made == reworded(question, seed)


def test_seeds_and_questions_choose_different_rules() -> None:
    assert len({reworded("How can I reset my password?", seed) for seed in range(12)}) > 4


def test_most_of_the_matter_stays() -> None:
    for question in ASKED[:3]:
        own = set(question_terms(question))
        shares = [len(own & set(question_terms(reworded(question, s)))) / len(own) for s in range(10)]
        assert sum(shares) / 10 > 0.4


def test_order_is_turned_where_verbs_are_known() -> None:
    turned = {reworded("如何开通网上银行", seed) for seed in range(40)}
    assert any(one.find("网上银行") < one.find("开通") for one in turned)


@pytest.mark.parametrize("question", ["如何开通网上银行？", "How can I reset my password?"])
def test_slips_are_few(question: str) -> None:
    for seed in range(10):
        made = mistyped(question, seed)
        assert made != question and abs(len(made) - len(question)) <= 2 and made == mistyped(question, seed)


def test_a_denied_number_is_none_of_the_answers_own() -> None:
    for seed in range(10):
        asked = contradicting("退款多久到账？", "3 到 10 个工作日，最多 14 天。", seed)
        assert asked is not None and "我听说是" in asked
        assert not any(f"是{number}，" in asked for number in ("3", "10", "14"))
    assert contradicting("When?", "Soon.", 0) is None
    english = contradicting("What is the fee?", "It is 5 euros.", 1)
    assert english is not None and "I heard" in english


def test_a_sentence_becomes_a_question() -> None:
    assert asked_of("A gift card costs 25 euros.", 0) == "A gift card costs how many euros?"
    assert asked_of("新卡会在三个工作日内由快递送达。", 0).endswith("？")
