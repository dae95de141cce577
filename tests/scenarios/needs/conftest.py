"""A release of the first example, made without the pipeline."""

from __future__ import annotations

from typing import Any

import pytest

from pilothouse.guards.personal import Pseudonyms
from pilothouse.pipeline.begin import make_scenario
from pilothouse.product import UseCaseSettings
from pilothouse.scenarios.needs import Needs
from pilothouse.scenarios.needs.release import ServedNeeds
from pilothouse.types import Context


@pytest.fixture(scope="package")
def scenario() -> Any:
    example = next(iter(Needs.examples()))
    return make_scenario(UseCaseSettings(scenario="needs", table="rows", options=dict(example.options)))


@pytest.fixture(scope="package")
def ready(scenario: Any) -> Any:
    table = next(iter(Needs.examples())).table
    return scenario.prepare({"rows": table}, Pseudonyms(b"a key for checks"), True)


@pytest.fixture(scope="package")
def models(scenario: Any, ready: Any) -> Any:
    wanted = [c for c in scenario.candidates(ready.data) if c.name in ("factors", "keywords")]
    return {c.name: c.build({}).fit(ready.data, Context(seed=1)) for c in wanted}


@pytest.fixture(scope="package")
def served(scenario: Any, ready: Any, models: Any) -> ServedNeeds:
    return scenario.release(models["factors"], models["keywords"], ready)
