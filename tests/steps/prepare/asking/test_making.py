"""People's questions first; unanswerable ones half of the same matter, half of another."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from pilothouse.steps.prepare.asking.making import Entries, make_questions


def entries(count: int = 60, own: bool = False, chinese: bool = False) -> Entries:
    titles = tuple(
        f"第{i}种套餐的费用是多少？" if chinese else f"What does plan number {i} cost?" for i in range(count)
    )
    texts = tuple(
        f"套餐{i}每月{i + 5}元。" if chinese else f"Plan {i} costs {i + 5} euros." for i in range(count)
    )
    asked = tuple((t,) if own else () for t in titles)
    aside = np.arange(count) % 4 == 0
    return Entries(("",) * count if own else titles, texts, asked, np.arange(count), aside)


@pytest.mark.parametrize("chinese", [True, False])
def test_made_questions_are_of_all_kinds(chinese: bool) -> None:
    found = make_questions(entries(chinese=chinese), 0)
    kinds = Counter(one.kind for one in found)
    assert {"paraphrase", "typo", "contradiction", "kept_aside", "elsewhere"} == set(kinds)
    assert kinds["paraphrase"] == 45 and kinds["kept_aside"] == 15 == kinds["elsewhere"]
    assert all(one.answerable == (one.kind in ("paraphrase", "typo", "contradiction")) for one in found)
    assert len({one.question.lower() for one in found}) == len(found)
    wide = np.mean([any(c >= "\u4e00" for c in one.question) for one in found if one.kind == "elsewhere"])
    assert wide == float(chinese)


def test_questions_of_people_come_first_and_alone() -> None:
    found = make_questions(entries(own=True), 0)
    kinds = Counter((one.kind, one.origin) for one in found)
    assert kinds[("own", "human")] == 45 and kinds[("kept_aside", "human")] == 15
    assert not any(kind == "paraphrase" for kind, _ in kinds)


def test_questions_of_one_entry_are_one_unit_and_none_of_those_aside_is_answerable() -> None:
    held = entries()
    for one in make_questions(held, 0):
        if one.entry is not None:
            assert one.unit == f"entry {one.entry}" and one.answerable == (not held.aside[one.entry])


def test_documents_without_questions_are_asked_by_their_sentences() -> None:
    held = entries()
    bare = Entries(("",) * 60, held.text, ((),) * 60, held.group, held.aside)
    found = make_questions(bare, 0)
    assert {one.kind for one in found} == {"sentence", "kept_aside", "elsewhere"}
    assert {one.origin for one in found} == {"generated"}


def test_the_same_seed_asks_the_same() -> None:
    assert make_questions(entries(), 3) == make_questions(entries(), 3) != make_questions(entries(), 4)
