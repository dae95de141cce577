"""Texts that rules make: a plain template, the user's own, and a small grammar.

``PlainModel`` puts the row's facts in order behind its name: what one gets without any
thought. ``OwnModel`` fills in the template that the user has. ``GrammarModel`` knows three ways to say it
(benefit first, fact first, short), leaves out facts that may not be told, puts the
fact first that fewest other items share, and takes the way that passes, then tells
most, then reads easiest. None of them invents: every word is packaged, the user's, or
the row's.

References
----------
E. Reiter and R. Dale (2000), Building Natural Language Generation Systems, chapters 3-5.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pilothouse.messages import Message, say
from pilothouse.models.writing.checks import forbidden, length_of, unsafe
from pilothouse.models.writing.facts import Fact, Item
from pilothouse.models.writing.rules import packaged
from pilothouse.models.writing.writer import Writer, Written
from pilothouse.types import Candidate, Context, Cost, Shape
from pilothouse.types.candidate import Parameters

STYLES = ("benefit", "first", "short")
_CELL_S, _ROW_S = 4e-5, 6e-4
_SHORT_LEAD = 40
_NO_NOUN = re.compile(
    r" (for|of|with|by|in|on|at|to|from|as|per)$|^(is|has|can|does|good) |^(是否|能否|有无|可否)", re.I
)
"""Labels that stand before a colon only: nobody says "the good for is travel"."""
_PLACE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class PlainModel(Writer):
    """The packaged sentence: name, then each fact in order, as many as the length allows."""

    kind: ClassVar[str] = "plain_text"

    def write(self, items: Sequence[Item], context: Context) -> list[Written]:
        """Fill in the sentence."""
        words = wording(self)
        return [self.checked(self._filled(item, words), "template", item) for item in items]

    def _filled(self, item: Item, words: Mapping[str, Any]) -> str:
        sentences = [filled(words["fact"][0], item, fact) for fact in item.facts]
        return fitting(words["plain"], item, None, sentences, self.rules.span[1], self.rules.language)

    def sentence(self) -> Message:
        """Say it in plain words."""
        return say("write.plain_sentence")


@dataclass(frozen=True)
class OwnModel(Writer):
    """The user's own template with the row's values; a place whose value is missing stays empty."""

    kind: ClassVar[str] = "own_text"

    def write(self, items: Sequence[Item], context: Context) -> list[Written]:
        """Fill in the user's template."""
        return [self.checked(own(self.rules.template, item), "own", item) for item in items]

    def sentence(self) -> Message:
        """Say it in plain words."""
        return say("write.own_sentence")


@dataclass(frozen=True)
class GrammarModel(Writer):
    """Three ways to say it; see the module."""

    kind: ClassVar[str] = "grammar_text"

    def write(self, items: Sequence[Item], context: Context) -> list[Written]:
        """Take the best of each item's variants."""
        return [ways[0] for ways in self.variants(items, context)]

    def variants(self, items: Sequence[Item], context: Context) -> list[list[Written]]:
        """Every different way, the chosen first."""
        return [sorted(self._ways(item), key=_worth, reverse=True) for item in items]

    def _ways(self, item: Item) -> list[Written]:
        words = wording(self)
        found: dict[str, Written] = {}
        safe = [f for f in item.facts if not forbidden(_said(f), self.rules) and not unsafe(_said(f))]
        lead = self._lead(safe)
        rest = [f for f in safe if f is not lead]
        for style in STYLES:
            if lead is None and style != "first":
                continue
            text = self._told(style, words, item, (lead, rest))
            found.setdefault(text, self.checked(text, style, item))
        return list(found.values())

    def _told(
        self, style: str, words: Mapping[str, Any], item: Item, facts: tuple[Fact | None, list[Fact]]
    ) -> str:
        lead, rest = facts
        frames = words[style]
        if lead is None:  # a row that says nothing but its name
            frames = [f for f in frames if "{lead" not in f] or [words["plain"]]
        frame = frames[_draw(item.name, style, len(frames))]
        open_ = list(rest) if "{lead}" in frame or lead is None else [lead, *rest]
        ways = words["facts"]
        at = _draw(item.name, "facts", len(ways))
        chosen = (0 if _NO_NOUN.search(fact.label) else (at + n) % len(ways) for n, fact in enumerate(open_))
        sentences = [filled(ways[way], item, fact) for way, fact in zip(chosen, open_, strict=True)]
        ending = "".join(self._duties(frame, item, open_, sentences))
        most = self.rules.span[1] - length_of(ending, self.rules.language)
        if style == "short":
            sentences = []
        return fitting(frame, item, lead, sentences, most, self.rules.language) + ending

    def _duties(
        self, frame: str, item: Item, facts: Sequence[Fact], sentences: Sequence[str]
    ) -> Iterator[str]:
        """Words that must stand there and are not there yet, as sentences of their own."""
        held = frame + item.name + "".join(sentences)
        wanted = [w for w in self.rules.must_have if w not in held]
        if self.rules.one_of and not any(w in held for w in (*self.rules.one_of, *wanted)):
            wanted.append(self.rules.one_of[_draw(item.name, "tone", len(self.rules.one_of))])
        for word in wanted:
            yield f"{word}。" if self.rules.language == "zh" else f" {word}."

    def _lead(self, facts: Sequence[Fact]) -> Fact | None:
        """The fact that the user put first, else the one that fewest items share."""
        named = [f for f in facts if f.column == self.rules.benefit]
        if named:
            return named[0]
        short = [f for f in facts if len(f.told) <= _SHORT_LEAD] or list(facts)
        often = {f: self.common.get(f.column, {}).get(f.value, 0) for f in short}
        shared = [f for f in short if often[f] > 1] or short  # what one item alone has may be a code
        return min(shared, key=lambda f: (often[f], facts.index(f)), default=None)

    def sentence(self) -> Message:
        """Say it in plain words."""
        return say("write.grammar_sentence")


@dataclass(frozen=True)
class Template(Candidate):
    """The packaged sentence: what stands there if nothing is built."""

    rules: Any
    name: ClassVar[str] = "template"
    label: ClassVar[Message] = say("write.plain")
    rank: ClassVar[int] = 0
    is_stand_in: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        """Fill in and check."""
        return writing_cost(shape)

    def build(self, parameters: Parameters) -> PlainModel:
        """Make an unfitted model."""
        return PlainModel(self.rules)


@dataclass(frozen=True)
class Own(Candidate):
    """The user's own template: what stands there today."""

    rules: Any
    name: ClassVar[str] = "own"
    label: ClassVar[Message] = say("write.own")
    rank: ClassVar[int] = 1
    is_stand_in: ClassVar[bool] = True

    def cost(self, shape: Shape) -> Cost:
        """Fill in and check."""
        return writing_cost(shape)

    def build(self, parameters: Parameters) -> OwnModel:
        """Make an unfitted model."""
        return OwnModel(self.rules)


@dataclass(frozen=True)
class Grammar(Candidate):
    """Three ways to say it."""

    rules: Any
    name: ClassVar[str] = "grammar"
    label: ClassVar[Message] = say("write.grammar")
    rank: ClassVar[int] = 2

    def cost(self, shape: Shape) -> Cost:
        """Fill in and check three times."""
        return writing_cost(shape, len(STYLES))

    def build(self, parameters: Parameters) -> GrammarModel:
        """Make an unfitted model."""
        return GrammarModel(self.rules)


def writing_cost(shape: Shape, ways: int = 1) -> Cost:
    """Seconds and memory of writing and checking as many texts as there are rows."""
    return Cost(0.05 + shape.rows * ways * (_ROW_S + _CELL_S * shape.columns), 60.0)


def wording(writer: Writer) -> Mapping[str, Any]:
    """The packaged words of the writer's kind and language."""
    words: Mapping[str, Any] = packaged("templates")[writer.rules.kind][writer.rules.language]
    return words


def filled(pattern: str, item: Item, fact: Fact | None, facts: str = "") -> str:
    """Put one fact's words into a sentence, and further sentences where it has a place for them."""
    places = {"name": item.name, "facts": facts}
    if fact is not None:
        places |= {"label": fact.label, "value": fact.told, "lead_label": fact.label, "lead": fact.told}
        places |= {"Label": _upper(fact.label), "Lead_label": _upper(fact.label)}
    return _put(pattern, places)


def own(template: str, item: Item) -> str:
    """Fill the user's template: {name}, or a column's name in braces."""
    return _put(template, {"name": item.name, **{f.column: f.value for f in item.facts}})


def fitting(
    frame: str, item: Item, lead: Fact | None, sentences: Sequence[str], most: int, language: str
) -> str:
    """Put as many sentences into ``frame`` as ``most`` allows, in their order."""
    gap = "" if language == "zh" or any("\n" in s for s in sentences) else " "
    left = most - length_of(filled(frame, item, lead), language)
    taken: list[str] = []
    for sentence in sentences:
        left -= length_of(sentence, language)
        if left < 0:
            break
        taken.append(sentence)
    return filled(frame, item, lead, gap.join(taken)).strip()


def _put(pattern: str, places: Mapping[str, str]) -> str:
    """Fill in in one pass, so that a value that looks like a place stays what it is."""
    return _PLACE.sub(lambda m: places.get(m[1], ""), pattern)


def _upper(label: str) -> str:
    return label[:1].upper() + label[1:]


def _draw(name: str, what: str, count: int) -> int:
    """A place from 0 below ``count`` that depends on the item alone."""
    return int.from_bytes(hashlib.blake2b(f"{what}\0{name}".encode(), digest_size=4).digest()) % count


def _worth(text: Written) -> tuple[bool, float]:
    """What is best: it passes, then how much it tells and how easily it reads."""
    return text.checked.passed, text.checked.told + text.checked.readability / 400


def _said(fact: Fact) -> str:
    return f"{fact.label}: {fact.told}"
