"""A language model as labeller: asked with the labels alone, or with some examples of each.

The reply is one of the labels, by schema. What the text says is data to it and no
instruction. A call that fails counts as a wrong answer: it gets the rarest label, and no
confidence. Asking is dear, so that it must beat the best of the others for certain, and
takes no part in a blend.

References
----------
Brown et al., "Language models are few-shot learners", 2020.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.labels.simple import texts_of
from pilothouse.models.target import Target
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Door, Prompt, Reply, Shape, Table
from pilothouse.types.candidate import Parameters

SURE = 0.9
"""Probability of a label that was told, before calibration: a model asked says nothing of its doubt."""
_LONGEST, _LONGEST_EXAMPLE = 2_000, 240
_MOST_EXAMPLES, _A_LABEL = 48, 4
_ASKED_SHARE = 0.5
"""Texts that a fold asks, for each that it learns from."""


@dataclass(frozen=True)
class Asked(Candidate):
    """A language model with one prompt; ``price`` is (money, seconds, leaves the machine) of one text."""

    target: Target
    price: tuple[float, float, bool] = (0.0, 1.0, False)
    name: ClassVar[str] = "llm_labels"
    label: ClassVar[Message] = say("classify.llm_labels")
    rank: ClassVar[int] = 50
    must_excel: ClassVar[bool] = True
    needs_llm: ClassVar[bool] = True
    extra: ClassVar[str | None] = "llm"
    needs_module: ClassVar[str | None] = "httpx"
    prompt_name: ClassVar[str] = "classify_zero"

    def cost(self, shape: Shape) -> Cost:
        """A call for each text that a fold asks; the same text is never asked for twice."""
        texts = max(1, round(shape.rows * _ASKED_SHARE))
        money, seconds, leaves = self.price
        return Cost(seconds * texts, 60.0, money * texts, leaves)

    def priced(self, door: Door | None, texts: list[str]) -> Self:
        """Take the price of a text of middle length from the door."""
        if door is None or not texts:
            return self
        middle = sorted(texts, key=len)[len(texts) // 2]
        model = self.build({})
        money, seconds = door.price(model.prompt(), [model.values(middle)])
        return replace(self, price=(money, seconds, door.remote))

    def build(self, parameters: Parameters) -> AskedModel:
        """Make an unfitted model."""
        return AskedModel(self.target, self.prompt_name)


@dataclass(frozen=True)
class AskedByExample(Asked):
    """A language model with some labelled texts in its prompt."""

    name: ClassVar[str] = "llm_examples"
    label: ClassVar[Message] = say("classify.llm_examples")
    rank: ClassVar[int] = 51
    prompt_name: ClassVar[str] = "classify_few"


@dataclass(frozen=True)
class AskedModel:
    """What is asked.

    Parameters
    ----------
    prompt_name
        "classify_zero" or "classify_few".
    examples
        (text, label) of the prompt.
    rarest
        Number of the label that a failed call gets.
    """

    target: Target
    prompt_name: str
    examples: tuple[tuple[str, str], ...] = ()
    rarest: int = 0
    kind: ClassVar[str] = "asked_label"

    def fit(self, data: Data, context: Context) -> Self:
        """Choose examples: of each label some, of few words, drawn by the seed."""
        truth = self.target.truth(data.table)
        counts = np.bincount(truth, minlength=len(self.target.classes))
        made = replace(self, rarest=int(counts.argmin()))
        if self.prompt_name != "classify_few":
            return made
        texts, chosen = texts_of(data.table), list[tuple[str, str]]()
        each = max(1, min(_A_LABEL, _MOST_EXAMPLES // max(1, int((counts > 0).sum()))))
        order = np.random.default_rng(context.seed).permutation(len(texts))
        for label in np.flatnonzero(counts):
            own = [i for i in order.tolist() if truth[i] == label and 0 < len(texts[i]) <= _LONGEST_EXAMPLE]
            chosen += [(texts[i], self.target.classes[label]) for i in own[:each]]
        return replace(made, examples=tuple(chosen[:_MOST_EXAMPLES]))

    def predict(self, requests: Table, context: Context) -> Answers:
        """Ask for each text.

        Raises
        ------
        RuntimeError
            Without a language model: the plan lets none in.
        """
        if context.llm is None:
            raise RuntimeError("no language model to ask")
        texts = texts_of(requests)
        replies = context.llm.ask(self.prompt(), [self.values(text) for text in texts]) if texts else []
        said = np.empty((len(texts), len(self.target.classes)))
        for row, reply in enumerate(replies):
            said[row] = self._believed(reply)
        return self.target.answers(said)

    def _believed(self, reply: Reply) -> Any:
        labels = len(self.target.classes)
        told = reply.data.get("label") if reply.failed is None and isinstance(reply.data, dict) else None
        sure = SURE if told in self.target.classes else 1.001 / labels
        number = self.target.classes.index(told) if told in self.target.classes else self.rarest
        believed = np.full(labels, (1.0 - sure) / max(1, labels - 1))
        believed[number] = sure
        return believed

    def prompt(self) -> Prompt:
        """Return the prompt, whose reply must be one of the labels."""
        from pilothouse.guards.llm import prompt

        schema = {
            "type": "object",
            "properties": {"label": {"type": "string", "enum": list(self.target.classes)}},
            "required": ["label"],
            "additionalProperties": False,
        }
        return replace(prompt(self.prompt_name), schema=schema)

    def values(self, text: str) -> dict[str, str]:
        """What fills the prompt for one text."""
        told = {"labels": "\n".join(self.target.classes), "text": text[:_LONGEST]}
        if self.prompt_name == "classify_few":
            told["examples"] = "\n".join(f"{label}: {' '.join(one.split())}" for one, label in self.examples)
        return told

    def save(self, folder: Path) -> None:
        """Write JSON."""
        state = {
            "target": self.target.state(),
            "prompt": self.prompt_name,
            "examples": [list(one) for one in self.examples],
            "rarest": self.rarest,
        }
        save_file(folder / "asked.json", state, "json")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / "asked.json", "json")
        examples = tuple((str(text), str(label)) for text, label in state["examples"])
        return cls(Target.restore(state["target"]), state["prompt"], examples, int(state["rarest"]))
