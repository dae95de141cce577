"""Every preparation yields what ``Ready`` names, and of the kind it names."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.guards.personal import Pseudonyms
from pilothouse.pipeline.begin import make_scenario
from pilothouse.product import UseCaseSettings
from pilothouse.scenario import Example
from pilothouse.scenarios.predict import Predict
from pilothouse.scenarios.recommend import Recommend
from pilothouse.steps.prepare.ready import Ready
from pilothouse.types import Column, Data, Role, Split


def prepared(name: str, example: Example) -> Ready:
    options = dict(example.options)
    use = UseCaseSettings(scenario=name, table="rows", options=options)
    scenario = make_scenario(use)
    table = example.table
    made: Ready = scenario.prepare({"rows": table}, Pseudonyms(b"a key for checks"), True)
    return made


@pytest.fixture(scope="module", params=[("predict", Predict), ("recommend", Recommend)], ids=lambda p: p[0])
def ready(request: pytest.FixtureRequest) -> Ready:
    name, kind = request.param
    return prepared(name, next(kind.examples()))


def test_every_member_is_there_and_of_its_kind(ready: Ready) -> None:
    kinds = {"data": Data, "split": Split, "id_name": str, "has_time": bool, "ids": np.ndarray}
    for name, kind in kinds.items():
        assert isinstance(getattr(ready, name), kind), name
    assert all(isinstance(column, Column) for column in ready.columns)
    missing = [name for name in vars(Ready) if not name.startswith("_") and not hasattr(ready, name)]
    assert not missing


def test_learning_rows_and_questions_are_positions_that_exist(ready: Ready) -> None:
    rows, questions = ready.data.rows, len(ready.ids)
    assert ready.split.train.max() < rows and ready.learnable.max() < rows
    assert ready.split.test.max() < questions == len(ready.split.unit)
    folds = ready.folds(ready.split.train, 2)
    assert len(folds) == 2
    for learn, asked in folds:
        assert np.isin(learn, ready.split.train).all() and len(asked)
        assert ready.split.outer or not np.isin(asked, ready.split.test).any()


def test_features_are_described_and_no_feature_names_anybody(ready: Ready) -> None:
    known = {column.name: column for column in ready.columns}
    assert set(ready.features) <= set(known)
    assert not {known[name].role for name in ready.features} & {Role.ID, Role.USER}
