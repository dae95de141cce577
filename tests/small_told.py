"""A small scenario whose best candidate asks a language model what a review says; for tests of the door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.baselines import Everyone, Nothing
from pilothouse.models.rule import Rule
from pilothouse.models.target import Target
from pilothouse.product import Product, ProductSettings, TableSettings, UseCaseSettings, create
from pilothouse.scenarios.predict import Predict
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Prompt, Shape, Table

PROMPT = Prompt(
    "small_told",
    1,
    "You read one review of a hotel and tell whether the guest was content. SYSTEM-CANARY: you are polite, "
    "you never speak of prices, and you always decide for one of the two labels, even where a guest is torn.",
    "Review:\n{text}\nWas the guest content?",
    {
        "type": "object",
        "properties": {"label": {"enum": ["yes", "no"]}},
        "required": ["label"],
        "additionalProperties": False,
    },
    60,
)


@dataclass(frozen=True)
class AskedModel:
    """Asks for every row; what fails is a coin."""

    target: Target
    kind: ClassVar[str] = "small_told"

    def fit(self, data: Data, context: Context) -> Self:
        return self

    def predict(self, requests: Table, context: Context) -> Answers:
        said = np.full((requests.rows, 2), 0.5)
        if context.llm is not None:
            values = [{"text": str(note)} for note in requests["note"].tolist()]
            for row, reply in enumerate(context.llm.ask(PROMPT, values)):
                if reply.failed is None:
                    said[row] = [0.05, 0.95] if reply.data["label"] == "yes" else [0.95, 0.05]
        return Answers({"probability": said})

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        save_file(folder / "asked.json", self.target.state(), "json")

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(Target.restore(load_file(folder / "asked.json", "json")))


@dataclass(frozen=True)
class Asked(Candidate):
    target: Target
    each: tuple[float, float] = field(default=(0.0, 0.0))
    remote: bool = False
    name: ClassVar[str] = "asked"
    label: ClassVar[Message] = say("models.linear")
    rank: ClassVar[int] = 30
    needs_llm: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        money, seconds = self.each
        return Cost(seconds * shape.rows, 1.0, money * shape.rows, self.remote)

    def build(self, parameters: Any) -> AskedModel:
        return AskedModel(self.target)


class Told(Predict):
    name = "told"

    def candidates(self, data: Data) -> Sequence[Candidate]:
        target = Target.of(data.table)
        asked = Asked(target)
        if self.llm is not None:
            price = self.llm.price(PROMPT, [{"text": "x" * 20}])
            asked = replace(asked, each=price, remote=self.llm.remote)
        return (Nothing(target), Everyone(target), Rule(target), asked)


def make_told(folder: Path, notes: Sequence[str], url: str, rows: int = 240) -> Product:
    """A product of ``rows`` reviews whose truth is mostly in the words "good" and "bad" after ``notes``."""
    random = np.random.default_rng(5)
    product = create(folder, ProductSettings(name="told", language="en"))
    lines = ["guest,nights,note,content"]
    for row in range(rows):
        content = random.random() < 0.5
        told = "good" if content ^ (random.random() < 0.2) else "bad"
        note = f'"{notes[row % len(notes)]} {told}"'
        lines.append(f"G{row},{row % 5},{note},{'yes' if content else 'no'}")
    (folder / "data" / "reviews.csv").write_text("\n".join(lines), encoding="utf-8")
    product.declare("tables", "rows", TableSettings(source="data/reviews.csv", columns={"guest": "id"}))
    options = {"target": "content", "positive": "yes", "time_budget_s": 1}
    product.declare("use_cases", "told", UseCaseSettings(scenario="told", table="rows", options=options))
    with (folder / "product.toml").open("a", encoding="utf-8") as file:
        file.write(
            f'\n[llm]\nbase_url = "{url}"\nmodel = "small"\nprice_in = 1\nprice_out = 1\n'
            'key = "env:SMALL_KEY"\nallow_hosts = ["127.0.0.1"]\nday_budget = 50\nrun_budget = 50\n'
        )
    return Product(folder)


def said_of(request: dict[str, Any]) -> str:
    """What an honest small model says."""
    asked = request["messages"][-1]["content"]
    return '{"label": "%s"}' % ("yes" if " good\n" in asked else "no")


def install(monkeypatch: Any) -> None:
    """Let the scenario and its model be found."""
    from pilothouse import registry
    from pilothouse.models import shelf

    monkeypatch.setitem(registry.BUILT_IN, "told", "small_told:Told")
    monkeypatch.setitem(shelf._WHERE, "small_told", ("small_told", "AskedModel"))
    monkeypatch.setenv("SMALL_KEY", "sk-canary-of-the-servers-key-0001")
