"""Needs that a language model names: it reads a sample once, its words then sort every text.

The model is asked for needs and for words that users write about each; texts are put under
the need of whose words they hold most, and a few rounds of sorting and counting turn the
words into the same table that all topics end in. So it is asked once for each fit and never
for a text, and what it is told are sentences without personal values. A name is text and
nothing else: it is cut short, and a need whose words no text holds is dropped, so that a
sentence that gives orders can at most name a need oddly. Where the call fails there are no
needs: a wrong answer, which loses the contest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.llm import prompt
from pilothouse.guards.markup import plain
from pilothouse.messages import Message, say
from pilothouse.models.needs.lexicon import lexicon
from pilothouse.models.needs.sorting import NONE, Sorter, Sorting
from pilothouse.models.needs.topics import ByWords, refined
from pilothouse.models.needs.vocabulary import Vocabulary, telling
from pilothouse.models.texts.tokens import sentences
from pilothouse.types import Candidate, Context, Cost, Door, Shape
from pilothouse.types.candidate import Parameters

PROMPT = "needs_told"
_SHOWN, _LONGEST, _NAME = 60, 120, 40
_CALLS, _ROW_S = 3, 2.5e-4


@dataclass(frozen=True)
class Told(Candidate):
    """Needs by a language model; ``seconds`` and ``money`` are those of one call."""

    most: int = 20
    seconds: float = 0.0
    money: float = 0.0
    remote: bool = False
    name: ClassVar[str] = "told"
    label: ClassVar[Message] = say("needs.told")
    rank: ClassVar[int] = 4
    extra: ClassVar[str | None] = "llm"
    needs_module: ClassVar[str | None] = "httpx"
    needs_llm: ClassVar[bool] = True

    @staticmethod
    def by(door: Door | None, most: int) -> Told:
        """Price the candidate; without a door the plan leaves it out."""
        if door is None:
            return Told(most)
        money, seconds = door.price(prompt(PROMPT), [_asked(["x" * _LONGEST] * _SHOWN, most)])
        return Told(most, seconds, money, door.remote)

    def cost(self, shape: Shape) -> Cost:
        """Ask three times, count words."""
        counting = 1.0 + _ROW_S * shape.rows
        return Cost(
            counting + _CALLS * self.seconds,
            100.0 + 0.02 * shape.rows,
            _CALLS * self.money,
            self.remote,
        )

    def build(self, parameters: Parameters) -> ToldModel:
        """Make an unfitted model."""
        return ToldModel(most=self.most)


@dataclass(frozen=True)
class ToldModel(Sorter):
    """See the module; ``names`` are the model's."""

    most: int = 20
    names: tuple[str, ...] = field(default=())
    kind: ClassVar[str] = "need_told"

    def learn(
        self, texts: Sequence[str], vocabulary: Vocabulary, context: Context, count: int | None
    ) -> Sorting:
        """Ask for needs once, then sort by their words."""
        told: list[dict[str, Any]] = []
        if context.llm is not None:
            asked = _asked(_sample(texts, context.seed), count or self.most)
            (reply,) = context.llm.ask(prompt(PROMPT), [asked])
            told = [] if reply.failed is not None else list(reply.data["needs"])[: count or self.most]
        place = vocabulary.place
        seeds = [(one["name"], _known(one["words"], place)) for one in told]
        seeds = [(plain(name).strip()[:_NAME], words) for name, words in seeds if words and name.strip()]
        if not seeds:
            return ByWords(vocabulary, np.zeros((len(vocabulary.words), 1), dtype=np.float32))
        member = np.zeros((len(vocabulary.words), len(seeds)))
        for need, (_, words) in enumerate(seeds):
            member[words, need] = 1.0
        counts = vocabulary.counts_of(texts)
        held = np.asarray(counts @ member)
        needs = np.where(held.max(axis=1) > 0, held.argmax(axis=1), NONE).astype(np.int64)
        return refined(vocabulary, counts, needs, len(seeds), tuple(name for name, _ in seeds))

    def read(self, vocabulary: Vocabulary, arrays: dict[str, NDArray[Any]]) -> Sorting:
        """Read a table back."""
        table = arrays["table"]
        return ByWords(vocabulary, table, self.names if len(self.names) == table.shape[1] else ())

    def own(self) -> dict[str, Any]:
        """Names of its needs."""
        names = self.sorting.names if isinstance(self.sorting, ByWords) else ()
        return {"most": self.most, "names": list(names)}

    def with_own(self, kept: dict[str, Any]) -> Self:
        """Take the names back."""
        return replace(self, most=kept["most"], names=tuple(kept["names"]))


def _asked(lines: Sequence[str], most: int) -> dict[str, str]:
    return {"texts": "\n".join(lines), "most": str(most)}


def _sample(texts: Sequence[str], seed: int) -> list[str]:
    """Sentences that complain or ask, else any, in the order of chance, none too long."""
    known, random = lexicon(), np.random.default_rng([seed, 31])
    blunt: dict[str, None] = {}
    others: dict[str, None] = {}
    for row in random.permutation(len(texts)).tolist():
        for sentence in sentences(texts[row]):
            speaks = known.complains(sentence) or known.asks(sentence)
            (blunt if speaks else others)[" ".join(sentence.split())[:_LONGEST]] = None
        if len(blunt) >= _SHOWN:
            break
    return [*blunt, *others][:_SHOWN]


def _known(words: Sequence[str], place: dict[str, int]) -> list[int]:
    """Positions of the words that texts hold."""
    return sorted({place[key] for word in words for key, _ in telling(str(word)) if key in place})
