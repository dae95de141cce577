"""A release of each kind: rule-made, and by a language model that a small door stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from pilothouse.guards.personal import Pseudonyms
from pilothouse.models.writing.asked import AskedModel
from pilothouse.models.writing.rulemade import GrammarModel, PlainModel
from pilothouse.pipeline.begin import make_scenario
from pilothouse.product import UseCaseSettings
from pilothouse.scenarios.write import Write
from pilothouse.types import Context, Reply


class Door:
    """Writes of every second item well, and makes something up about the others."""

    model, remote = "small", False

    def ask(self, asked: Any, values: Sequence[Mapping[str, str]]) -> list[Reply]:
        return [Reply("", {"text": self._said(v)}, cost=0.5) for v in values]

    def _said(self, value: Mapping[str, str]) -> str:
        label, _, told = value["facts"].splitlines()[0].partition(": ")
        if sum(map(ord, value["name"])) % 2:
            return f"挑{told}，看看{value['name']}，{label}都写在这里。"
        return f"{value['name']}，{label}{told}，全网第一，只要1元。"

    def price(self, asked: Any, values: Sequence[Mapping[str, str]]) -> tuple[float, float]:
        return 0.5 * len(values), 1.0


@pytest.fixture(scope="package")
def scenario() -> Any:
    return make_scenario(UseCaseSettings(scenario="write", table="rows", options={"benefit": "卖点"}))


@pytest.fixture(scope="package")
def prepared(scenario: Any) -> Any:
    table = next(iter(Write.examples())).table
    return scenario.prepare({"rows": table}, Pseudonyms(b"a key for checks"), True)


@pytest.fixture(scope="package")
def ruled(scenario: Any, prepared: Any) -> Any:
    rules, data = scenario.rules(prepared.data.table), prepared.data.take(prepared.learnable)
    return scenario.release(*(k(rules).fit(data, Context()) for k in (GrammarModel, PlainModel)), prepared)


@pytest.fixture(scope="package")
def asked(scenario: Any, prepared: Any) -> Any:
    rules, data = scenario.rules(prepared.data.table), prepared.data.take(prepared.learnable)
    winner = AskedModel(rules).fit(data, Context())
    return scenario.release(winner, PlainModel(rules).fit(data, Context()), prepared).with_llm(Door())
