from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pilothouse.messages import say
from pilothouse.models.labels.asked import SURE, Asked, AskedByExample, AskedModel
from pilothouse.models.shelf import load_model, save_model
from pilothouse.types import Context, Prompt, Reply, Shape
from small_texts import TICKETS, learn_ask

LEARN, ASK, TARGET = learn_ask(TICKETS)


class Parrot:
    """A door that answers by a word in the text, fails on one row, and says what it was asked."""

    model, remote = "parrot", False

    def __init__(self) -> None:
        self.asked: list[tuple[Prompt, Mapping[str, str]]] = []

    def ask(self, prompt: Prompt, values: Sequence[Mapping[str, str]]) -> list[Reply]:
        self.asked += [(prompt, one) for one in values]
        return [self._reply(one["text"]) for one in values]

    def _reply(self, text: str) -> Reply:
        if "courier" in text:
            return Reply("", failed=say("llm.resting"))
        word = "refund" if "refund" in text or "money" in text else "praise" if "love" in text else "delivery"
        return Reply("{}", data={"label": word})

    def price(self, prompt: Prompt, values: Sequence[Mapping[str, str]]) -> tuple[float, float]:
        return 0.25, 2.0


def test_a_label_is_told_by_schema_and_a_failure_is_a_wrong_answer() -> None:
    door = Parrot()
    model = AskedModel(TARGET, "classify_zero").fit(LEARN, Context())
    said = model.predict(ASK, Context(llm=door))["probability"]
    schema: Any = door.asked[0][0].schema
    assert schema["properties"]["label"]["enum"] == list(TARGET.classes)
    assert said.sum(axis=1) == pytest.approx(1.0)
    for row, text in zip(said, ASK["text"].tolist(), strict=True):
        failed = "courier" in text
        assert (row.max() < 0.4 and row.argmax() == model.rarest) if failed else row.max() == SURE
    assert any("courier" in text for text in ASK["text"].tolist())


def test_examples_stand_in_the_prompt_and_come_back(tmp_path: Path) -> None:
    door = Parrot()
    model = AskedModel(TARGET, "classify_few").fit(LEARN, Context())
    assert {label for _, label in model.examples} == set(TARGET.classes) and len(model.examples) == 12
    held = set(LEARN.table["text"].tolist())
    assert all(text in held for text, _ in model.examples)
    model.predict(ASK.take(slice(0, 1)), Context(llm=door))
    assert model.examples[0][0] in door.asked[0][1]["examples"]
    save_model(model, tmp_path)
    assert load_model(tmp_path) == model


def test_without_a_language_model_there_is_no_answer() -> None:
    with pytest.raises(RuntimeError):
        AskedModel(TARGET, "classify_zero").predict(ASK, Context())


def test_its_price_is_the_doors() -> None:
    priced = AskedByExample(TARGET).priced(Parrot(), ["a", "bb"])  # type: ignore[arg-type]
    cost = priced.cost(Shape(100, 0, 1, 3))
    assert cost.money == pytest.approx(12.5) and cost.seconds == pytest.approx(100.0)
    assert Asked(TARGET).priced(None, ["a"]) == Asked(TARGET)
    assert Asked.needs_llm and Asked.must_excel
