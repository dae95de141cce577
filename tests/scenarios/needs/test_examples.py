"""The examples: the same at every call, in two languages, enough to learn from."""

from __future__ import annotations

from pilothouse.scenarios.needs.examples import examples
from pilothouse.steps.prepare.needs import FEWEST
from pilothouse.types import Role


def test_texts_come_again_and_are_enough() -> None:
    for here, there in zip(examples(), examples(), strict=True):
        assert here.table.digest() == there.table.digest() and here.table.rows > 2 * FEWEST


def test_one_is_english_with_all_columns_and_one_chinese_with_text_alone() -> None:
    app, shop = (example.table for example in examples())
    assert {"stars", "day", "user", "topic"} <= set(app.names)
    assert [c.role for c in shop.columns] == [Role.ID, Role.TEXT]
    assert any("退款" in text for text in shop["content"])
