"""``predict``: what its report shows of networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from pilothouse.models.behaviour import Behaviour  # noqa: E402
from pilothouse.models.blend import Blend  # noqa: E402
from pilothouse.models.fitted import Fitted, schema_of  # noqa: E402
from pilothouse.models.linear import Linear  # noqa: E402
from pilothouse.models.network import Network  # noqa: E402
from pilothouse.models.target import Target  # noqa: E402
from pilothouse.pipeline.begin import make_scenario  # noqa: E402
from pilothouse.product import UseCaseSettings  # noqa: E402
from pilothouse.types import Candidate, Context  # noqa: E402
from small_events import prepared  # noqa: E402

DATA = prepared(80).data


@dataclass(frozen=True)
class Servable:
    fitted: Fitted


def titles(candidate: Candidate, parameters: dict[str, Any]) -> list[str]:
    model = candidate.build(parameters).fit(DATA, Context())
    scenario = make_scenario(UseCaseSettings(scenario="predict", table="rows", options={"target": "left"}))
    questions = scenario.questions(DATA)
    answers = {"winner": model.predict(questions.requests, Context())}
    servable: Any = Servable(Fitted(Target.of(DATA.table), schema_of(DATA.table), model))
    return [panel.title.text("en") for panel in scenario.panels(servable, questions, answers)]


def test_networks_tell_how_they_learnt_inside_a_blend_too() -> None:
    target = Target.of(DATA.table)
    blend = Blend((Linear(target), Network(target)))
    weights = {"linear": 0.5, "network": 0.5}
    assert titles(blend, {"weights": weights, "members": {"network": {"epochs": 2}}}) == [
        "How it learnt: Neural network"
    ]
    assert titles(blend, {"weights": {"linear": 1.0}}) == []


def test_the_behaviour_model_shows_its_looks_and_both_lessons() -> None:
    first, *lessons = titles(Behaviour.of(DATA, 1e6), {"epochs": 2, "width": 8, "blocks": 1})
    assert first == "Which past events it looked at"
    assert np.all([title.startswith("How it learnt: behaviour model, ") for title in lessons])
    assert len(lessons) == 2
