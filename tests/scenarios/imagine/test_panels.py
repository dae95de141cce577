"""What the report shows: labelled grids, the floor, curves."""

from __future__ import annotations

import json

import pytest

from pilothouse.guards.ailabel import read_label
from pilothouse.messages import LANGUAGES
from pilothouse.models.generators.trained import VaeModel
from pilothouse.scenarios.imagine import real_of
from pilothouse.scenarios.imagine.panels import panels
from pilothouse.scenarios.imagine.release import ServedDrawings
from pilothouse.types import Context


@pytest.fixture(scope="module")
def shown(scenario, ready, models):
    vae = VaeModel(epochs=2).fit(ready.data.take(ready.split.train), Context())
    served = ServedDrawings.of(vae, models[0], ready.data.tables["real"]["gap"])
    aside = ready.split.test
    questions = scenario.questions(ready.data).take(aside)
    answers = {m.kind: m.predict(questions.requests, Context()) for m in (vae, models[0])}
    return panels(served, real_of(questions), answers, 0), vae, questions, answers


def test_every_grid_with_drawn_pictures_is_labelled(shown) -> None:
    pictures = [picture for panel in shown[0] for picture in panel.pictures]
    assert len(pictures) == 5
    assert all(read_label(picture.png) is not None for picture in pictures)
    assert len({picture.png for picture in pictures}) == 5


def test_words_are_there_in_both_languages(shown) -> None:
    for panel in shown[0]:
        for message in (panel.title, panel.told, *(p.caption for p in panel.pictures)):
            assert all(message.text(language) for language in LANGUAGES)


def test_the_floor_is_below_both(shown) -> None:
    rows = [float(row[1]) for row in shown[0][-1].rows]
    assert len(rows) == 4
    assert rows[2] < rows[0] and rows[2] < rows[1]
    assert rows[3] == pytest.approx(shown[1].told["bound"], abs=0.05)


def test_curves_are_a_chart_with_a_table_behind_it(shown) -> None:
    (panel,) = [p for p in shown[0] if p.chart is not None]
    json.dumps(panel.chart, allow_nan=False)
    assert len(panel.rows) == 2 and len(panel.rows[0]) == len(panel.header)
    points = panel.chart["data"]["values"]
    assert {point["curve"] for point in points} == set(panel.header[1:])


def test_a_generator_that_did_not_train_has_no_space_to_walk(shown, served) -> None:
    _, _, questions, answers = shown
    found = panels(served, real_of(questions), answers, 0)
    assert [p.title.key for p in found] == [
        "imagine.drawn_title",
        "imagine.nearest_title",
        "imagine.floor_title",
    ]
    assert all(p.pictures or p.rows for p in found)
