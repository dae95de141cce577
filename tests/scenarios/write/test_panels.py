"""What the report shows: every way side by side, what failed with its words marked, charts with tables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pilothouse.messages import LANGUAGES, Message
from pilothouse.models.writing.checks import CHECKS, Checked, Finding
from pilothouse.models.writing.writer import Written, figures_of
from pilothouse.scenarios.write.panels import highlighted, panels
from pilothouse.types import Context


def shown(scenario: Any, prepared: Any, served: Any) -> Any:
    questions = scenario.questions(prepared.data).take(prepared.split.outer[0][1])
    answers = {}
    for writer in (served.winner, served.baseline):
        answers[writer.kind] = writer.predict(questions.requests, Context(llm=served.door))
    return panels(served, questions, answers)


@pytest.mark.parametrize("which", ["ruled", "asked"])
def test_panels_speak_both_languages_and_are_plain(
    which: str, scenario: Any, prepared: Any, request: Any
) -> None:
    found = shown(scenario, prepared, request.getfixturevalue(which))
    for panel in found:
        cells = [cell for row in (panel.header, *panel.rows) for cell in row]
        for message in (panel.title, panel.told, *(c for c in cells if isinstance(c, Message))):
            assert all(message.text(language) for language in LANGUAGES)
        assert {len(row) for row in panel.rows} == {len(panel.header)}
    checks = next(p for p in found if p.chart is not None)
    assert len(checks.rows) == len(CHECKS) + 1
    json.dumps(checks.chart["data"]["values"], default=lambda m: m.text("en"))


def test_texts_of_a_model_are_labelled_in_the_report_too(scenario: Any, prepared: Any, asked: Any) -> None:
    side = shown(scenario, prepared, asked)[0]
    by_model = [
        row for row in side.rows if "write_plain" in row[1].text("en") or "model, plain" in row[1].text("en")
    ]
    assert by_model and all(row[2].endswith("（AI生成）") for row in by_model)
    assert any("refused" in row[3].key for row in side.rows)


def test_what_failed_stands_with_its_words_marked(scenario: Any, prepared: Any, ruled: Any) -> None:
    failures = next(p for p in shown(scenario, prepared, ruled) if p.title.key == "write.failures_title")
    assert any("【国家级】" in row[-1] and "国家级" in row[2] for row in failures.rows)
    text = Written("Made of Gold.", "x", Checked((Finding("facts", "gold"),), 0.0, 3, 90.0))
    assert highlighted(text) == "Made of 【Gold】."


def test_figures_of_refused_texts_do_not_count(asked: Any) -> None:
    rule_made = Written("a", "first", Checked((), 1.0, 1, 99.0), refused=("facts: x",))
    assert figures_of([rule_made])["passed"].tolist() == [0.0]
