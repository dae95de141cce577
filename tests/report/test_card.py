from __future__ import annotations

import pytest

from pilothouse.report.card import render_card, sections
from report.records import SAMPLES, pilot


@pytest.mark.parametrize("name", SAMPLES)
def test_card_says_every_section_in_both_languages(name: str) -> None:
    record = SAMPLES[name]()
    card = render_card(record)
    first, second = card.split("\n---\n")
    assert first.count("\n## ") == second.count("\n## ") == len(sections(record)) == 8
    has_chinese = [any("\u4e00" <= c <= "\u9fff" for c in part) for part in (first, second)]
    assert has_chinese[0] or has_chinese[1]
    assert "None" not in card


def test_card_opens_in_the_language_of_the_record() -> None:
    assert render_card(pilot()).startswith("# Model card: Churn\n")
    assert render_card(pilot(language="zh")).startswith("# 模型卡：Churn\n")


def test_card_repeats_the_figures_of_the_record() -> None:
    card = render_card(pilot())
    for words in (
        "AUC 0.842 \\(likely 0.822–0.862\\)",
        "70 are right",
        "refund\\_after\\_cancel",
        "two years",
        "7,043 rows",
    ):
        assert words in card
