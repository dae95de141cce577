"""``images`` before anything is learnt: what it asks, who competes, how it measures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilothouse.errors import BadOption
from pilothouse.guards.personal import Pseudonyms
from pilothouse.pipeline.begin import make_scenario
from pilothouse.product import UseCaseSettings
from pilothouse.scenarios.images import Images
from pilothouse.types import Answers, Column, Kind, Role
from small_pictures import SHAPES, TILES


def scenario_of(**options: Any) -> Any:
    return make_scenario(UseCaseSettings(scenario="images", options=options))


def ready(table: Any = SHAPES, **options: Any) -> Any:
    return scenario_of(**options).prepare({"rows": table}, Pseudonyms(b"a key for checks"), True)


def test_two_labels_are_labels_and_no_outcome_looked_for() -> None:
    questions = scenario_of().questions(ready(TILES).data)
    assert questions.kind == "classes" and len(questions.classes) == 2
    assert "warm" in scenario_of().asks(questions).text("en")


def test_accuracy_decides_and_half_the_pictures_count() -> None:
    scenario, questions = scenario_of(), scenario_of().questions(ready().data)
    truth = np.asarray(questions.truth)
    said = np.full((len(truth), 3), 0.1)
    said[np.arange(len(truth)), truth] = 0.8
    said[:33] = (0.8, 0.1, 0.1)
    scores = scenario.measure(questions, Answers({"probability": said}))
    right = float((said.argmax(axis=1) == truth).mean())
    assert scores.primary == "accuracy" and scores.values["accuracy"] == pytest.approx(right)
    assert not scores.higher_is_better["log_loss"] and "auc_macro" not in scores.values
    assert scenario.outcomes(questions) == len(truth) // 2
    assert scenario.policy(questions, None) is None


def test_networks_get_the_epochs_that_the_budget_holds() -> None:
    data = ready().data
    names = {c.name: c for c in scenario_of(time_budget_s=600.0).candidates(data)}
    assert list(names) == ["commonest", "pixels", "nearest", "convolution", "residual"]
    assert not names["convolution"].cut_short
    poor = {c.name: c for c in scenario_of(time_budget_s=5.0).candidates(data)}
    assert poor["residual"].cut_short and poor["residual"].epochs < 60
    assert scenario_of(mirror=True).candidates(data)[-1].mirror and not names["residual"].mirror


def test_a_backbone_that_is_not_there_is_told(tmp_path: Any) -> None:
    with pytest.raises(BadOption, match="nowhere"):
        scenario_of(backbone=str(tmp_path / "nowhere")).candidates(ready().data)


def test_columns_beside_the_picture_are_groups_to_compare() -> None:
    column = Column("camera", Kind.CATEGORY, Role.FEATURE, distinct=2)
    cameras = np.array(["old", "new"], dtype=object)[np.arange(SHAPES.rows) % 2]
    questions = scenario_of().questions(ready(SHAPES.put(column, cameras)).data)
    assert scenario_of().slices(questions, ()) == ("camera",)


def test_money_is_of_right_and_wrong_labels() -> None:
    use = UseCaseSettings(scenario="images", value={"right": 1, "wrong": 2, "volume": 100})
    made = make_scenario(use).assumptions(None, 50, "CNY")
    assert made is not None and made.likely() == {"right": 1.0, "wrong": 2.0} and made.volume == 100
    assert Images(scenario_of().options).assumptions(None, 50, "CNY") is None  # type: ignore[arg-type]
