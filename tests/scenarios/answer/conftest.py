"""A small answerer over an English FAQ, fitted once."""

from __future__ import annotations

from typing import Any

import pytest

from pilothouse.guards.personal import Pseudonyms
from pilothouse.models.retrieval.answerer import AnswerModel, How
from pilothouse.pipeline.begin import make_scenario
from pilothouse.product import UseCaseSettings
from pilothouse.scenarios.answer import Answer
from pilothouse.scenarios.answer.release import ServedAnswers
from pilothouse.types import Context


@pytest.fixture(scope="package")
def scenario() -> Any:
    return make_scenario(UseCaseSettings(scenario="answer", table="rows"))


@pytest.fixture(scope="package")
def ready(scenario: Any) -> Any:
    *_, english = Answer.examples()
    return scenario.prepare({"rows": english.table}, Pseudonyms(b"a key for checks"), True)


@pytest.fixture(scope="package")
def models(ready: Any) -> Any:
    return [AnswerModel(How(d)).fit(ready.data, Context()) for d in ("learnt", "never")]


@pytest.fixture(scope="package")
def served(scenario: Any, ready: Any, models: Any) -> ServedAnswers:
    made: ServedAnswers = scenario.release(models[0], models[1], ready)
    return made
