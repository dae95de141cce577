"""The examples: the same at every call, one in each language, enough to judge."""

from __future__ import annotations

from pilothouse.models.texts.language import language
from pilothouse.scenarios.write.examples import examples
from pilothouse.steps.decide.rules import FEWEST_OUTCOMES


def test_they_come_again_and_are_enough() -> None:
    for here, there in zip(examples(), examples(), strict=True):
        assert here.table.digest() == there.table.digest() and here.table.rows >= FEWEST_OUTCOMES


def test_one_is_chinese_and_one_english() -> None:
    zh, en = (" ".join(e.table[e.table.names[1]].tolist()) for e in examples())
    assert (language(zh), language(en)) == ("zh", "en")
