"""A follow-up is joined with an earlier question; a changed subject, another scope, a new word are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.retrieval.small_corpus import ROWS, passages
from models.retrieval.test_phrasing import Speaker
from pilothouse.models.retrieval.answerer import AnswerModel, How
from pilothouse.models.retrieval.following import MOST_BEFORE, followed, rewritten
from pilothouse.models.retrieval.index import Index
from pilothouse.models.retrieval.refusal import Refusal


@pytest.fixture(scope="module")
def model() -> AnswerModel:
    index = Index.of(passages())
    plain = Refusal.never(index.signals)
    rule = Refusal(plain.centre, plain.spread, plain.slope, plain.offset, 0.9)
    return AnswerModel(How("rule"), index, np.arange(len(ROWS)), rule)


def title(model: AnswerModel, message: str, *before: str, scope: str | None = None) -> str | None:
    found = followed(message, before, model, scope)
    if found is None:
        return None
    place = model.sure(found.asked, scope)[1]
    assert place is not None
    return ROWS[place][0]


@pytest.mark.parametrize(
    ("before", "message", "right"),
    [
        ("How do I get a gift card?", "And how much is it?", "What does a gift card cost?"),
        ("How do I get a gift card?", "and how much does it cost?", "What does a gift card cost?"),
        ("信用卡年费是多少？", "那丢失了怎么办？", "信用卡丢失了怎么办？"),
        ("如何注销网上银行？", "那如何开通？", "如何开通网上银行？"),
    ],
)
def test_what_is_left_unsaid_comes_from_the_earlier_question(
    model: AnswerModel, before: str, message: str, right: str
) -> None:
    assert title(model, message) is None
    assert title(model, message, before) == right


def test_what_is_answered_as_surely_by_itself_is_left_alone(model: AnswerModel) -> None:
    assert title(model, "and can I reset it", "How do I change my password") is None
    assert title(model, "How can I return an order?", "What does a gift card cost?") is None


@pytest.mark.parametrize(
    "message",
    ["And will it rain in Oslo?", "what about dragons?", "and", "?", "", "那明天会下雨吗？", "那呢？"],
)
def test_a_changed_subject_and_empty_words_are_not_joined(model: AnswerModel, message: str) -> None:
    assert title(model, message, "What does a gift card cost?", "信用卡丢失了怎么办？") is None


def test_only_the_last_questions_count_and_the_nearest_first(model: AnswerModel) -> None:
    other = ["Will it rain in Oslo?"] * MOST_BEFORE
    asked = "And how much is it?"
    assert title(model, asked, "the gift card please", *other[1:]) == "What does a gift card cost?"
    assert title(model, asked, "the gift card please", *other) is None


def test_nothing_of_another_scope_is_joined(model: AnswerModel) -> None:
    asked, before = "And what does Canary get, percent?", "Which discount do we get?"
    for scope, own in (("one", 5), ("two", 6)):
        found = followed(asked, [before], model, scope)
        place = model.sure(asked if found is None else found.asked, scope)[1]
        assert place == own
    assert model.sure("canary discount percent", None)[1] is None


def test_it_says_what_it_understood(model: AnswerModel) -> None:
    found = followed("那丢失了怎么办？", ["信用卡年费是多少？"], model, None)
    assert found is not None and found.shown == "那丢失了怎么办？ (信用卡)"


def test_a_language_model_may_use_words_of_the_conversation_alone() -> None:
    before = ["How do I order a gift card?", "如何申请信用卡？"]
    for message, says, taken in [
        ("and how much does it cost?", "How much does a gift card cost?", True),
        ("and how much does it cost?", "How much does a gold card cost?", False),
        ("and how much does it cost?", "How much do 2 gift cards cost?", False),
        ("那要多少钱？", "申请信用卡要多少钱？", True),
        ("那要多少钱？", "信用卡年费要多少钱？", False),
        ("and how much does it cost?", "and how much does it cost?", False),
        ("and how much does it cost?", "", False),
    ]:
        found = rewritten(message, before, Speaker({"question": says}))
        assert (found == says) is taken and (taken or found is None)
    assert rewritten("and now?", before, Speaker(None)) is None


def test_a_language_model_is_asked_where_nothing_answers_and_rules_stand_in(model: AnswerModel) -> None:
    door = Speaker({"question": "How do I reset the password?"})
    found = followed("and can it be new?", ["How do I reset the password?"], model, None, door)
    assert found is not None and found.asked == found.shown == "How do I reset the password?"
    silent: Any = Speaker(None)
    assert followed("And how much is it?", ["the gift card please"], model, None, silent) is not None
    assert len(silent.heard) == 1
    followed("What does a gift card cost?", ["the gift card please"], model, None, silent)
    assert len(silent.heard) == 1
