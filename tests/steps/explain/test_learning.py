from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from pilothouse.messages import say
from pilothouse.models.training import Taught, Trained
from pilothouse.steps.explain.learning import learning_panels, panels_of

TRAINED = Trained(3, 2, [0.9, 0.4, 0.5], 0, [1.0, 0.6, 0.3], [0.5, 0.9, 0.8], [0.1, 0.2, 0.01])
TAUGHT = Taught(say("models.network"), say("learning.rows"), TRAINED)


@dataclass(frozen=True)
class Network:
    taught: tuple[Taught, ...] = ()


@dataclass(frozen=True)
class Blend:
    members: tuple[Any, ...]


def drawn(chart: Any) -> list[float]:
    return [one["value"] for one in chart["data"]["values"]]


def test_losses_score_and_rate_are_told_pass_by_pass() -> None:
    loss, score = panels_of(TAUGHT)
    assert loss.rows[1] == ("2", "0.6", "0.4", "0.9", "0.2") and len(loss.header) == 5
    assert "pass 2" in loss.told.text("en") and "保留第 2 遍" in loss.told.text("zh")
    assert drawn(loss.chart) == TRAINED.learning + TRAINED.history
    assert score.rows[2] == ("3", "0.8") and drawn(score.chart) == pytest.approx(TRAINED.metrics)
    for panel in (loss, score):
        assert say("models.network").text("zh") in panel.title.text("zh")


def test_without_rows_that_check_one_line_is_drawn() -> None:
    alone = replace(TRAINED, history=list(TRAINED.learning), metrics=[])
    (loss,) = panels_of(replace(TAUGHT, trained=alone))
    assert len(loss.header) == 3 and drawn(loss.chart) == TRAINED.learning
    assert "lines part" not in loss.told.text("en")


def test_a_score_of_places_is_told_as_one() -> None:
    loss, score = panels_of(replace(TAUGHT, trained=replace(TRAINED, history=[]), score="ranked"))
    assert loss.rows[0] == ("1", "1", "0.5", "0.1") and score.rows[0] == ("1", "0.5")
    assert "first in the list" in score.told.text("en")


def test_a_blend_shows_its_networks_and_others_show_nothing() -> None:
    blend = Blend((Network((TAUGHT,)), object(), Network((TAUGHT, TAUGHT))))
    assert len(learning_panels(blend)) == 6
    assert learning_panels(object()) == [] and learning_panels(Network()) == []
    assert learning_panels(Network((replace(TAUGHT, trained=Trained()),))) == []
