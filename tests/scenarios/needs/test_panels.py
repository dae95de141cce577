"""What the report shows: the list first, both languages, hostile words as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pilothouse.messages import LANGUAGES, Message
from pilothouse.scenarios.needs.panels import panels
from pilothouse.types import Context


@pytest.fixture(scope="module")
def shown(scenario: Any, ready: Any, models: Any, served: Any) -> Any:
    questions = scenario.questions(ready.data).take(ready.split.test)
    answers = {name: models[name].predict(questions.requests, Context()) for name in ("factors", "keywords")}
    return panels(served, questions, answers)


def words(value: Any) -> Iterator[Message]:
    if isinstance(value, Message):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from words(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from words(inner)


def test_the_ranked_needs_lead_and_say_how_many_complain(shown: Any) -> None:
    first = shown[0]
    assert [panel.leads for panel in shown] == [True] + [False] * (len(shown) - 1)
    assert "260" in first.told.text("en") and "260" in first.told.text("zh")
    assert first.rows[0][0].startswith("1. ")


def test_every_panel_is_there_where_times_and_labels_are(shown: Any) -> None:
    titles = [panel.title.key for panel in shown]
    expected = ("lead", "feelings", "trends", "changed", "inputs", "steady", "words")
    assert titles == [f"needs.{name}_title" for name in expected]
    steady = next(panel for panel in shown if panel.title.key == "needs.steady_title")
    likeness = next(row for row in steady.rows if isinstance(row[0], Message) and row[0].key == "needs.ami")
    assert float(likeness[1]) > 0.5


def test_all_is_said_in_both_languages(shown: Any) -> None:
    for panel in shown:
        for message in words([panel.title, panel.told, panel.header, panel.rows, panel.chart]):
            assert all(message.text(language) for language in LANGUAGES)
        assert {len(row) for row in panel.rows} <= {len(panel.header)}


def test_charts_hold_the_figures_of_their_tables(shown: Any) -> None:
    feelings = next(panel for panel in shown if panel.title.key == "needs.feelings_title")
    drawn = sum(point["texts"] for point in feelings.chart["data"]["values"])
    assert drawn == sum(int(cell) for row in feelings.rows for cell in row[1:])
    trends = next(panel for panel in shown if panel.title.key == "needs.trends_title")
    assert json.dumps(trends.chart["data"], allow_nan=False)
