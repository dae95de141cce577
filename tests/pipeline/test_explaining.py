"""What a run tells of why: drivers, rules and reasons of rows; people and lists."""

from __future__ import annotations

import numpy as np

from conftest import Done
from pilothouse.pipeline.explaining import EXAMPLES, TOLD
from pilothouse.runs.record import ExplanationRecord


def told(finished: Done) -> ExplanationRecord:
    explanation = finished.record.explanation
    assert explanation is not None
    return explanation


def test_drivers_are_told_strongest_first_and_only_of_columns_learnt_from(finished: Done) -> None:
    drivers = told(finished).drivers
    assert 0 < len(drivers) <= TOLD
    falls = [driver.importance.value for driver in drivers]
    assert falls == sorted(falls, reverse=True) and falls[0] > 0
    columns = {c["name"] for c in finished.record.columns}
    assert {driver.column for driver in drivers} <= columns


def test_examples_are_the_highest_figures_kept_aside_under_pseudonyms(finished: Done) -> None:
    shown = told(finished).examples
    assert len(shown) == EXAMPLES
    assert [one.score for one in shown] == sorted((one.score for one in shown), reverse=True)
    kept = finished.folder.get_predictions()
    aside = kept["kept_aside"].astype(bool)
    assert {one.row for one in shown} <= {str(v) for v in kept["id"][aside].tolist()}
    assert all(one.reasons for one in shown)


def test_tree_says_how_often_it_agrees(finished: Done) -> None:
    tree = told(finished).tree
    assert tree is not None and tree.rules
    assert 0.5 < tree.agreement <= 1.0


def test_every_sentence_is_said_in_both_languages(finished: Done) -> None:
    explanation = told(finished)
    assert explanation.tree is not None
    said = [*explanation.tree.rules, *(r for one in explanation.examples for r in one.reasons)]
    said += [d.direction for d in explanation.drivers if d.direction is not None]
    assert said and all(one.en and one.zh and one.en != one.zh for one in said)


def test_column_without_effect_is_told(finished: Done) -> None:
    explanation = told(finished)
    idle = [d.column for d in explanation.drivers if d.importance.low <= 0]
    notes = " ".join(note.en for note in finished.record.notes)
    assert all(np.isin(name, notes.replace(",", " ").replace(".", " ").split()) for name in idle)
