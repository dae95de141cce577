"""A language model's questions are taken where they keep what counts, and told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from pilothouse.messages import LANGUAGES, say
from pilothouse.steps.prepare.asking.making import Entries, make_questions
from pilothouse.steps.prepare.asking.paraphrasing import LOST, fault_of, paraphrase
from pilothouse.steps.prepare.asking.sheet import KEPT_ASIDE, MODEL, PARAPHRASE
from pilothouse.types import Prompt, Reply

COUNT = 12


@dataclass
class Sayer:
    """A door that says each question by a rule of the test."""

    says: Any
    heard: list[str] = field(default_factory=list)
    model: str = "told"
    remote: bool = False

    def ask(self, prompt: Prompt, values: Sequence[Mapping[str, str]]) -> list[Reply]:
        self.heard += [one["question"] for one in values]
        told = [self.says(one["question"]) for one in values]
        return [
            t if isinstance(t, Reply) else Reply("", {"questions": t if isinstance(t, list) else [t]})
            for t in told
        ]

    def price(self, prompt: Prompt, values: Sequence[Mapping[str, str]]) -> tuple[float, float]:
        return 0.5 * len(values), 60.0 * len(values)


def entries() -> Entries:
    titles = tuple(f"What does the Gold plan number {i} cost?" for i in range(COUNT))
    texts = tuple(f"It costs {i + 5} euros." for i in range(COUNT))
    return Entries(titles, texts, ((),) * COUNT, np.arange(COUNT), np.arange(COUNT) % 4 == 0)


def anew(question: str) -> str:
    return question.replace("What does the", "Please tell me the fee of").replace(" cost?", ", thanks")


def test_what_passes_is_a_third_kind_and_keeps_its_side() -> None:
    held = entries()
    found = paraphrase(held, make_questions(held, 0), Sayer(anew), COUNT, 0)
    assert len(found.asked) == COUNT == found.wished and not found.lost and not found.awaited
    for one in found.asked:
        assert one.entry is not None and one.origin == MODEL
        assert one.answerable == (not held.aside[one.entry])
        assert one.kind == (PARAPHRASE if one.answerable else KEPT_ASIDE)
        assert one.unit == f"entry {one.entry}" and f"number {one.entry}," in one.question


def test_no_more_than_wished_and_the_same_for_the_same_seed() -> None:
    held = entries()
    one, two = Sayer(anew), Sayer(anew)
    assert paraphrase(held, [], one, 5, 0).asked == paraphrase(held, [], two, 5, 0).asked
    assert len(one.heard) == 5 and one.heard == two.heard
    found = paraphrase(held, [], Sayer(anew), 8, 0).asked
    assert [one.answerable for one in found] == [True] * 6 + [False] * 2


@pytest.mark.parametrize(
    ("text", "question", "fault"),
    [
        ("Please tell me the fee of Gold plan 2", "What does Gold plan 2 cost?", None),
        ("信用卡年费要花多少？", "办一张信用卡的年费是多少钱？", None),
        ("Please tell me the fee of Gold plan 3", "What does Gold plan 2 cost?", "facts"),
        ("Please tell me the fee of Silver plan 2", "What does the Gold plan 2 cost?", "facts"),
        ("Please tell me the fee of that plan 2", "What does the Gold plan 2 cost?", "facts"),
        ("满三年的用户怎么收费？", "满两年的用户怎么收费？", "facts"),
        ("what does the Gold plan 2 cost", "What does the Gold plan 2 cost?", "same"),
        ("这张卡要花多少钱？", "What does the card cost?", "language"),
        ("Where can I sleep?", "What does the card cost?", "other"),
        ("card " + "and so on " * 20, "What does the card cost?", "other"),
        ("", "What does the card cost?", "failed"),
        ("A card fee?\nIt is 5.", "What does the card cost?", "failed"),
    ],
)
def test_each_check_finds_its_fault(text: str, question: str, fault: str | None) -> None:
    assert fault_of(text, question) == fault


def test_the_first_of_several_that_passes_is_taken() -> None:
    held = entries()
    offered = Sayer(lambda q: [q, anew(q).replace("number ", "number 9"), anew(q), f"The fee of {q}, please"])
    found = paraphrase(held, [], offered, 3, 0)
    assert [one.question.startswith("Please tell me the fee") for one in found.asked] == [True] * 3
    odd: list[Any] = [[], {"questions": []}, {"question": "x"}, "text", None]
    for told in odd:
        none = Sayer(lambda q, told=told: Reply("", told))
        assert paraphrase(held, [], none, 3, 0).lost == {"failed": 3}


def test_what_was_asked_already_is_left_out() -> None:
    held = entries()
    same = "Please tell me the fee of Gold plan number 3, thanks"
    found = paraphrase(held, [], Sayer(lambda q: same), COUNT, 0)
    assert len(found.asked) == 1 and found.lost == {"facts": COUNT - 1}
    again = paraphrase(held, found.asked, Sayer(anew), COUNT, 0)
    assert again.lost == {"twice": 1}


def test_what_is_not_asked_yet_waits_with_its_price() -> None:
    held = entries()
    silent = Sayer(lambda q: Reply("", failed=say("llm.not_kept")))
    found = paraphrase(held, [], silent, 6, 0)
    assert not found.asked and found.waiting == 6 and found.price == (3.0, 360.0)
    for language in LANGUAGES:
        assert "3.00" in found.awaited[0].text(language) and "6" in found.awaited[0].text(language)
        assert [told.text(language) for told in found.told]
    assert len(found.told) == 1 and set(found.told[0].values) == {"passed", "wished", *LOST}
    broken = paraphrase(held, [], Sayer(lambda q: Reply("", failed=say("llm.bad_reply"))), 6, 0)
    assert broken.lost == {"failed": 6} and not broken.awaited
    assert broken.told[1].values["reason"] == say("llm.bad_reply")


def test_personal_values_of_a_question_are_masked_before_it_is_asked() -> None:
    held = Entries(("Is 13912345678 your number?",), ("Yes.",), ((),), np.arange(1), np.zeros(1, dtype=bool))
    door = Sayer(anew)
    paraphrase(held, [], door, 1, 0)
    assert "13912345678" not in door.heard[0]
