"""Texts that a language model writes: plainly, in the brand's voice, or after existing texts.

Each reply is held to the same checks as any text, and to one more: no sentence of it may speak
of something else than the row. One that fails a check, or does not come,
is a wrong answer: the rule-made text stands in its place, labelled as such, and counts as
failed. A row may hold whatever a stranger wrote; what a reply may say is bounded by the
checks and not by the model's good will.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, ClassVar, Self

from pilothouse.messages import Message, say
from pilothouse.models.writing.checks import Finding, astray, check
from pilothouse.models.writing.facts import Item, cleaned
from pilothouse.models.writing.rulemade import GrammarModel
from pilothouse.models.writing.rules import Rules
from pilothouse.models.writing.writer import Writer, Written, items_in
from pilothouse.types import Candidate, Context, Cost, Data, Door, Prompt, Reply, Shape
from pilothouse.types.candidate import Parameters

EXISTING = "existing"
_EXAMPLES, _LONGEST_EXAMPLE = 3, 400
_TEXT_S = 8.0
"""Seconds for one text by a small local model on two cores; remote ones are quicker."""
_KIND_WORDS = {
    "description": "a product description",
    "campaign": "words of a campaign",
    "in_app": "a short message inside an app",
    "release_notes": "an entry of release notes",
    "prd": "the draft of one requirement: what is needed, the evidence for it, what is still to be decided",
}


@dataclass(frozen=True)
class AskedModel(Writer):
    """Asks a language model by one prompt.

    Parameters
    ----------
    prompt_name
        "write_plain", "write_voice" or "write_examples".
    examples
        Texts of the rows learnt from that pass the checks, nearest to the middle length.
    door
        The one it was fitted with; never saved. A door in the context goes first.
    """

    prompt_name: str = "write_plain"
    examples: tuple[str, ...] = field(default=(), repr=False)
    door: Door | None = field(default=None, repr=False, compare=False)
    kind: ClassVar[str] = "asked_text"
    asks: ClassVar[bool] = True

    def fit(self, data: Data, context: Context) -> Self:
        """Learn as rule-made texts do, and choose examples where people wrote some."""
        fitted = replace(super().fit(data, context), door=context.llm)
        if EXISTING not in data.table:
            return fitted
        return replace(fitted, examples=_chosen(data, self.rules))

    def write(self, items: Sequence[Item], context: Context) -> list[Written]:
        """Ask for each item; without a door every text is the rule-made one."""
        instead = self.rule_made().write(items, context)
        door = context.llm or self.door
        if door is None:
            return [replace(t, refused=("no_model",)) for t in instead]
        replies = door.ask(_prompt(self.prompt_name), [self.values(item) for item in items])
        return [self._held(*each) for each in zip(replies, items, instead, strict=True)]

    def rule_made(self) -> GrammarModel:
        """The writer whose text stands in."""
        return GrammarModel(self.rules, self.common, self.rows)

    def variants(self, items: Sequence[Item], context: Context) -> list[list[Written]]:
        """Offer the model's text first, then the rule-made ones."""
        asked, ruled = self.write(items, context), self.rule_made().variants(items, context)
        return [
            [one, *(r for r in rest if r.text != one.text)] for one, rest in zip(asked, ruled, strict=True)
        ]

    def _held(self, reply: Reply, item: Item, instead: Written) -> Written:
        """The reply's text where it passes, else the rule-made one and what was wrong."""
        if reply.failed is not None:
            return replace(instead, refused=("failed",), cost=reply.cost)
        text = reply.data.get("text") if isinstance(reply.data, Mapping) else reply.text
        if not isinstance(text, str) or not text.strip():
            return replace(instead, refused=("empty",), cost=reply.cost)
        found = check(text.strip(), item, self.rules)
        strange = tuple(Finding("facts", words) for words in astray(text, item, self.rules))
        found = replace(found, findings=(*found.findings, *strange))
        if found.passed:
            return Written(text.strip(), self.prompt_name, found, by_model=True, cost=reply.cost)
        wrong = tuple(dict.fromkeys(f"{f.check}: {f.words}" for f in found.findings))
        return replace(instead, refused=wrong, cost=reply.cost)

    def values(self, item: Item) -> dict[str, str]:
        """What fills the prompt's places."""
        low, high = self.rules.span
        unit = "Chinese, characters" if self.rules.language == "zh" else "English, words"
        duties = [*self.rules.must_have, *self.rules.one_of[:1]]
        return {
            "kind": _KIND_WORDS[self.rules.kind],
            "limits": f"{unit}: {low} to {high}",
            "voice": self.rules.voice,
            "must_have": "; ".join(duties),
            "name": item.name,
            "facts": "\n".join(f"{f.label}: {f.told}" for f in item.facts),
            "examples": "\n".join(f"- {text}" for text in self.examples),
        }

    def sentence(self) -> Message:
        """Say it in plain words."""
        return say("write.asked_sentence")

    def state(self) -> dict[str, Any]:
        """Add the prompt and the examples."""
        return {**super().state(), "prompt_name": self.prompt_name, "examples": list(self.examples)}

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Self:
        """Make one from what ``state`` gave."""
        return super().of({**state, "examples": tuple(state["examples"])})


@dataclass(frozen=True)
class Costs:
    """What one text takes, and how many texts a fit has to ask for.

    Parameters
    ----------
    money, seconds, remote
        Of one text; whether it leaves the machine.
    texts, items
        Asked by a fit where the same question is answered from what is kept (the same item in
        another fold), and where it is not (with other examples).
    """

    money: float = 0.0
    seconds: float = _TEXT_S
    remote: bool = False
    texts: float = 0.0
    items: float = 0.0


@dataclass(frozen=True)
class Asked(Candidate):
    """A language model with one prompt; the classes below differ in that alone."""

    rules: Rules
    door_costs: Costs = Costs()
    prompt_name: ClassVar[str]
    learns: ClassVar[bool] = False
    must_excel: ClassVar[bool] = True
    needs_llm: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        """A fit's share of the calls: the same question is never asked twice."""
        own = self.door_costs
        texts = own.items if self.learns else own.texts
        return Cost(own.seconds * texts, 60.0, own.money * texts, own.remote)

    def priced(self, door: Door | None, item: Item, texts: tuple[float, float]) -> Self:
        """Take the price of one text from the door; ``texts`` are those of a fit, see ``Costs``."""
        costs = Costs(0.0, _TEXT_S, False, *texts)
        if door is not None:
            money, seconds = door.price(_prompt(self.prompt_name), [self.build({}).values(item)])
            costs = Costs(money, seconds, door.remote, *texts)
        return replace(self, door_costs=costs)

    def build(self, parameters: Parameters) -> AskedModel:
        """Make an unfitted model."""
        return AskedModel(self.rules, prompt_name=self.prompt_name)


@dataclass(frozen=True)
class AskedPlainly(Asked):
    """Facts and rules, nothing else."""

    name: ClassVar[str] = "llm_plain"
    label: ClassVar[Message] = say("write.llm_plain")
    rank: ClassVar[int] = 3
    prompt_name: ClassVar[str] = "write_plain"


@dataclass(frozen=True)
class AskedInVoice(Asked):
    """With a description of how the brand speaks."""

    name: ClassVar[str] = "llm_voice"
    label: ClassVar[Message] = say("write.llm_voice")
    rank: ClassVar[int] = 4
    prompt_name: ClassVar[str] = "write_voice"


@dataclass(frozen=True)
class AskedByExample(Asked):
    """With texts that people wrote."""

    name: ClassVar[str] = "llm_examples"
    label: ClassVar[Message] = say("write.llm_examples")
    rank: ClassVar[int] = 5
    learns: ClassVar[bool] = True
    prompt_name: ClassVar[str] = "write_examples"


def _chosen(data: Data, rules: Rules) -> tuple[str, ...]:
    """Existing texts that pass the checks themselves, of middle length, different from each other."""
    kept: dict[str, int] = {}
    texts = data.table[EXISTING].tolist()
    for item, given in zip(items_in(data.table), texts, strict=True):
        text = cleaned(given or "")[:_LONGEST_EXAMPLE]
        if text and check(text, item, rules).passed:
            kept.setdefault(text, len(text))
    middle = sorted(kept.values())[len(kept) // 2] if kept else 0
    return tuple(sorted(kept, key=lambda t: (abs(kept[t] - middle), t))[:_EXAMPLES])


@lru_cache(maxsize=8)
def _prompt(name: str) -> Prompt:
    from pilothouse.guards.llm import prompt

    return prompt(name)
