"""The examples: an FAQ each in Chinese and English, enough to keep some aside."""

from __future__ import annotations

from pilothouse.scenarios.answer.examples import examples
from pilothouse.steps.prepare.answers import FEWEST


def test_examples_come_again_and_differ_row_by_row() -> None:
    for here, there in zip(examples(), examples(), strict=True):
        assert here.table.digest() == there.table.digest()
        assert len(set(here.table["question"])) == here.table.rows > 2 * FEWEST
