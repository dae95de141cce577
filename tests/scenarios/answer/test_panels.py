"""What the report shows: examples of each outcome, kinds, the trade-off, retrieval."""

from __future__ import annotations

from typing import Any

import pytest

from pilothouse.messages import LANGUAGES, Message
from pilothouse.types import Context


@pytest.fixture(scope="module")
def shown(scenario: Any, ready: Any, models: Any, served: Any) -> Any:
    questions = scenario.questions(ready.data)
    answers = {name: m.predict(questions.requests, Context()) for name, m in zip("wb", models, strict=True)}
    return scenario.panels(served, questions, answers)


def test_words_are_there_in_both_languages(shown: Any) -> None:
    for panel in shown:
        cells = [cell for row in panel.rows for cell in row if isinstance(cell, Message)]
        for message in (panel.title, panel.told, *panel.header, *cells):
            assert all(message.text(language) for language in LANGUAGES)
        assert all(len(row) == len(panel.header) for row in panel.rows) and panel.rows


def test_examples_show_more_than_successes(shown: Any) -> None:
    outcomes = {row[0].key for row in shown[0].rows}
    assert {"answer.became_right", "answer.became_declined"} <= outcomes


def test_kinds_are_told_apart_by_who_wrote_them(shown: Any) -> None:
    rows = {(row[0].key, row[1].key): row for row in shown[1].rows}
    assert ("answer.kind_kept_aside", "answer.origin_human") in rows
    assert ("answer.kind_paraphrase", "answer.origin_generated") in rows
    mine, theirs = rows[("answer.kind_kept_aside", "answer.origin_human")][3:5]
    assert theirs == "0%" and mine != "0%"


def test_refusing_more_declines_more_of_both(shown: Any) -> None:
    points = shown[2].chart["layer"][0]["data"]["values"]
    for name in ("refused", "declined"):
        shares = [point[name] for point in points]
        assert shares == sorted(shares) and shares[0] == 0.0


def test_retrieval_has_a_time(shown: Any) -> None:
    assert shown[3].rows[-1][1].endswith(" ms") and len(shown[3].rows) == 9
