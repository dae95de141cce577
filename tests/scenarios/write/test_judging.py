"""How texts are judged: pairs, slices, the size of an experiment."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilothouse.pipeline.begin import make_scenario
from pilothouse.product import UseCaseSettings
from pilothouse.steps.evaluate.bootstrap import paired_gain
from pilothouse.types import Context


def scenario_of(**options: Any) -> Any:
    return make_scenario(UseCaseSettings(scenario="write", table="rows", options=options))


def test_pairs_compare_shares_of_texts_that_can_be_used(scenario: Any, prepared: Any, ruled: Any) -> None:
    asked = scenario.questions(prepared.data)
    mine, theirs = (w.predict(asked.requests, Context()) for w in (ruled.winner, ruled.baseline))
    gain = paired_gain(scenario.paired(asked, mine, theirs), 0, 200)
    assert gain.score.value == pytest.approx(scenario.measure(asked, mine).values["good"])
    assert gain.baseline.value == pytest.approx(np.mean(scenario.figure(asked, theirs)))
    assert gain.gain.interval.low > 0 and scenario.outcomes(asked) == asked.requests.rows
    rivals = scenario.rivals(asked, mine, "template", theirs)
    assert paired_gain(scenario.pictured(asked, rivals), 0, 200).gain.value == gain.gain.value


def test_slices_are_columns_of_few_groups(scenario: Any, prepared: Any) -> None:
    asked = scenario.questions(prepared.data)
    assert scenario.slices(asked, asked.requests.names) == ("类别", "材质", "颜色", "卖点")


def test_the_experiment_is_sized_by_how_many_readers_act_today() -> None:
    few, many = (scenario_of(reaction=share).trial(None, None) for share in (0.02, 0.2))
    assert few.arm > many.arm > 1_000 and few.treated == pytest.approx(0.022)
