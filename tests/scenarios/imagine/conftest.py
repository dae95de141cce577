"""A release that draws, made without training but for the eye."""

from __future__ import annotations

from typing import Any

import pytest

from pilothouse.guards.personal import Pseudonyms
from pilothouse.models.generators.baselines import CopierModel, GaussianModel
from pilothouse.pipeline.begin import make_scenario
from pilothouse.product import UseCaseSettings
from pilothouse.scenarios.imagine import Imagine
from pilothouse.scenarios.imagine.release import ServedDrawings
from pilothouse.types import Context

pytest.importorskip("torch", reason="needs the extra deep")


@pytest.fixture(scope="package")
def scenario() -> Any:
    return make_scenario(UseCaseSettings(scenario="imagine", table="rows", options={"time_budget_s": 5.0}))


@pytest.fixture(scope="package")
def ready(scenario: Any) -> Any:
    table = next(iter(Imagine.examples())).table
    return scenario.prepare({"rows": table}, Pseudonyms(b"a key for checks"), True)


@pytest.fixture(scope="package")
def models(ready: Any) -> Any:
    data = ready.data.take(ready.split.train)
    return [kind().fit(data, Context()) for kind in (GaussianModel, CopierModel)]


@pytest.fixture(scope="package")
def served(ready: Any, models: Any) -> ServedDrawings:
    return ServedDrawings.of(models[1], models[0], ready.data.tables["real"]["gap"])
