from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from pilothouse.models.pictures.frame import Frame
from pilothouse.models.pictures.network import Convolution
from pilothouse.models.pictures.simple import Pixels
from pilothouse.models.target import Target
from pilothouse.scenarios.images.inside import inside_panels
from pilothouse.types import Context, Data, Questions
from small_pictures import SHAPES

CLASSES = ("bar", "cross", "ring")
TARGET = Target("label", "classes", CLASSES)
QUESTIONS = Questions(SHAPES.drop(["label"]), TARGET.truth(SHAPES), np.arange(SHAPES.rows), CLASSES)


def test_a_network_shows_its_inside() -> None:
    candidate = Convolution(TARGET, Frame.of(SHAPES), epochs=3)
    model = candidate.build({}).fit(Data({"rows": SHAPES}), Context())
    spoke, alike, maps, plane = inside_panels(model, QUESTIONS, model.predict(QUESTIONS.requests, Context()))
    assert len(spoke.pictures) == 10 and len(alike.pictures) == 30 and len(maps.pictures) == 2
    assert all(one.png.startswith(b"\x89PNG") for p in (spoke, alike, maps) for one in p.pictures)
    assert plane.chart is not None and len(plane.chart["data"]["values"]) == SHAPES.rows
    assert {row[0] for row in plane.rows} == set(CLASSES)


def test_other_winners_have_none() -> None:
    model = Pixels(TARGET).build({}).fit(Data({"rows": SHAPES}), Context())
    assert inside_panels(model, QUESTIONS, model.predict(QUESTIONS.requests, Context())) == []
