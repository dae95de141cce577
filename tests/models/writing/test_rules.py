"""Rules as plain values and back; lengths of the kind unless the user's own."""

from __future__ import annotations

import json

import pytest

from pilothouse.models.writing.rules import KINDS, Rules, packaged


def test_rules_come_back_from_json() -> None:
    rules = Rules(kind="campaign", language="zh", must_have=("云朵",), forbidden=("便宜", "甩卖"), longest=50)
    assert Rules.of(json.loads(json.dumps(rules.state()))) == rules


def test_lengths_are_the_kinds_own_unless_set() -> None:
    low, high = Rules(kind="in_app", language="zh").span
    assert 0 < low < high < Rules(kind="prd", language="zh").span[1]
    assert Rules(shortest=3, longest=9).span == (3, 9) and Rules(longest=9).span[1] == 9


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_packaged_words_pass_the_packaged_lists(kind: str, language: str) -> None:
    from pilothouse.models.writing.checks import forbidden, unsafe
    from pilothouse.models.writing.facts import Fact, Item
    from pilothouse.models.writing.rulemade import filled

    words, item, fact = packaged("templates")[kind][language], Item("N", ()), Fact("label", "value")
    frames = [
        words["plain"],
        *words["fact"],
        *words["facts"],
        *words["benefit"],
        *words["first"],
        *words["short"],
    ]
    for frame in frames:
        text = filled(frame, item, fact)
        assert forbidden(text, Rules(language=language)) == [] and unsafe(text) == [], text
