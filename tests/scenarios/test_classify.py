"""``classify`` before anything is learnt: what it asks, who competes, how it measures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse.errors import BadOption
from pilothouse.guards.personal import Pseudonyms
from pilothouse.pipeline.begin import make_scenario
from pilothouse.product import UseCaseSettings
from pilothouse.types import Answers, Shape
from small_texts import REVIEWS, TICKETS


def scenario_of(**options: Any) -> Any:
    return make_scenario(UseCaseSettings(scenario="classify", options=options))


def ready(table: Any = TICKETS, **options: Any) -> Any:
    return scenario_of(**options).prepare({"rows": table}, Pseudonyms(b"a key for checks"), True)


def test_two_labels_are_labels_and_no_outcome_looked_for() -> None:
    questions = scenario_of().questions(ready(REVIEWS).data)
    assert questions.kind == "classes" and len(questions.classes) == 2
    assert "好评" in scenario_of().asks(questions).text("zh")


def test_baselines_stand_first_and_the_dear_last() -> None:
    names = [c.name for c in scenario_of(time_budget_s=600.0).candidates(ready().data)]
    assert names[:4] == ["commonest", "keywords", "means", "weighed"]
    assert names[-3:] == ["blend", "llm_labels", "llm_examples"] and "fine_tuned" not in names
    poor = {c.name: c for c in scenario_of(time_budget_s=1.0).candidates(ready().data)}
    assert poor["pretrained"].cut_short and poor["pretrained"].unlabelled == 18


def test_embeddings_are_made_once_for_all_fits_of_a_run(tmp_path: Path) -> None:
    own = {c.name: c for c in scenario_of(vectors=str(tmp_path)).candidates(ready().data)}
    head, means = own["embedded"], own["embedded_means"]
    assert head.texts == means.texts and head.texts.cache == tmp_path
    assert scenario_of().candidates(ready().data)[5].texts.cache is None  # nowhere to lie yet
    rows = ready().data.rows  # too few to keep one part aside
    shape = Shape(rows * 8 // 15, 0, 1, 3)
    spent = sum(18 * one.cost(shape).seconds for one in (head, means))  # six developments, three folds
    assert spent < 18 * 2 * 0.6 + 1.1 * rows * head.texts.each_s


def test_an_encoder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="encoder"):
        scenario_of(encoder=str(tmp_path / "nowhere")).candidates(ready().data)


def test_strangers_must_be_a_label() -> None:
    with pytest.raises(BadOption, match="spam"):
        ready(out_of_scope="spam")
    assert ready(out_of_scope="praise").data.rows == 90


def test_a_limit_for_strangers_loses_few_others() -> None:
    scenario = scenario_of(out_of_scope="praise")
    questions = scenario.questions(ready().data)
    truth, place = np.asarray(questions.truth), questions.classes.index("praise")
    said = np.full((len(truth), 3), 0.1)
    said[np.arange(len(truth)), truth] = 0.8
    said[np.flatnonzero(truth == place)] = (0.34, 0.33, 0.33)
    limit = scenario.confidence(questions, Answers({"probability": said}))
    assert limit == pytest.approx(0.8)
    assert scenario_of(out_of_scope="praise", right_share=0.5).confidence(
        questions, Answers({"probability": said})
    ) == pytest.approx(0.0)
