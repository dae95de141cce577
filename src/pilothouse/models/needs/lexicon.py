"""Words that judge, ask or complain, Chinese and English: how a sentence without a rating sounds.

A small list written for this package (``lexicon.toml``), with negation: "not good" blames,
"不贵" praises. It hears no irony and knows no trade's own words; where reviews come with
a rating, the rating speaks first.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import Any, NamedTuple

from pilothouse.lazy import installed
from pilothouse.models.texts.language import simplified
from pilothouse.models.texts.tokens import STOP_WORDS, words

_CLAUSE = re.compile(
    r"[，,。！？!?；;：:、~～…\n]+|\.(?=\s|$)|(?<=\s)(?:but|although|though|however)\s|但是?|不过|可是|然而"
)
_REACH = 3
"""Words before a judging one among which a negation turns it."""
_NEGATED = 0.7
"""How much a turned word weighs: "not bad" is less than good."""
_DEGREES = frozenset("很太真挺超蛮偏好更最")
_PIECES = 4
"""Words that a judging word may have been cut into: "太", "小"."""


class Judged(NamedTuple):
    """A judging word of a text, negation included, and its weight, -1 to 1."""

    word: str
    weight: float


@dataclass(frozen=True)
class Lexicon:
    """The packaged words; see the module.

    ``overlap`` says that Chinese words are pairs of characters, each sharing one with the next:
    so it is where no words can be cut.
    """

    stop: frozenset[str] = field(repr=False)
    single: frozenset[str] = field(repr=False)
    telling: frozenset[str] = field(repr=False)
    weights: dict[str, float] = field(repr=False)
    negations: frozenset[str] = field(repr=False)
    asking: re.Pattern[str] = field(repr=False)
    complaining: re.Pattern[str] = field(repr=False)
    overlap: bool

    @cached_property
    def begin(self) -> frozenset[str]:
        """First characters of judging words."""
        return frozenset(word[0] for word in self.weights)

    def judged(self, text: str) -> Iterator[Judged]:
        """Yield the judging words of a text, the longest at each place.

        They begin and end where words do: there is no blame ("卡") in a graphics card ("显卡").
        """
        told, place = words(simplified(text)), 0
        while place < len(told):
            size = self._size_at(told, place)
            if size:
                word = written(told[place : place + size], self.overlap)
                yield self._turned(word, told[max(0, place - _REACH) : place])
            place += max(1, size)

    def _size_at(self, told: Sequence[str], place: int) -> int:
        """How many words from ``place`` on are one judging word; 0 for none."""
        first = told[place]
        if first[0].isascii():
            return int(first in self.weights)
        if first[0] not in self.begin and first[0] not in _DEGREES:
            return 0
        for size in range(min(_PIECES, len(told) - place), 0, -1):
            if self.weight(written(told[place : place + size], self.overlap)):
                return size
        return 0

    def weight(self, word: str) -> float:
        """What a word says, its degree ("很卡", "太慢") left aside; 0 where it judges nothing."""
        bare = word[1:] if word[0] in _DEGREES and word not in self.weights else word
        return self.weights.get(bare, 0.0)

    def _turned(self, word: str, before: Sequence[str]) -> Judged:
        """Turn a word round where a negation stands close before it."""
        for back, one in enumerate(reversed(before), 1):
            if one in self.negations or (self.overlap and one[:1] in self.negations):
                spoken = written([*before[len(before) - back :], word], self.overlap)
                return Judged(spoken, -_NEGATED * self.weight(word))
        return Judged(word, self.weight(word))

    def opinion(self, text: str) -> float:
        """Say how a text sounds, from -1 (all blame) to 1 (all praise); 0 where nothing judges.

        A complaint by its pattern counts as one word of blame.
        """
        weights = [one.weight for one in self.judged(text)]
        if self.complains(text):
            weights.append(-1.0)
        return sum(weights) / sum(map(abs, weights)) if weights else 0.0

    def asks(self, text: str) -> bool:
        """Whether a text asks for something."""
        return self.asking.search(text.lower()) is not None

    def complains(self, text: str) -> bool:
        """Whether a text complains of something, by its pattern alone."""
        return self.complaining.search(text.lower()) is not None


def written(pieces: Sequence[str], overlap: bool = False) -> str:
    """Write words as one: Chinese without spaces, overlapping pairs of characters once."""
    made = pieces[0]
    for piece in pieces[1:]:
        if made[-1].isascii() or piece[0].isascii():
            made = f"{made} {piece}"
        elif overlap and made[-1] == piece[0]:
            made += piece[1:]
        else:
            made += piece
    return made


def clauses(text: str) -> list[str]:
    """Cut a text where one thing ends to be said: at marks, and before "but"."""
    return [piece for piece in (part.strip() for part in _CLAUSE.split(text)) if piece]


@cache
def lexicon() -> Lexicon:
    """Read the packaged words."""
    kept = (resources.files("pilothouse.models.needs") / "lexicon.toml").read_text(encoding="utf-8")
    told: dict[str, Any] = tomllib.loads(kept)
    judging = told["judging"]
    weights = {w: 1.0 for name in ("zh_good", "en_good") for w in judging[name].split()}
    weights |= {w: -1.0 for name in ("zh_bad", "en_bad") for w in judging[name].split()}
    telling = set(told["stop"]["telling"].split())
    stop = {*told["stop"]["zh"].split(), *told["stop"]["en"].split(), *STOP_WORDS, *weights} - telling
    return Lexicon(
        frozenset(stop),
        frozenset(told["stop"]["single"].split()),
        frozenset(telling),
        weights,
        frozenset([*judging["zh_not"], *judging["en_not"]]),
        _either(told["asking"]["patterns"]),
        _either(told["complaining"]["patterns"]),
        not installed("rjieba"),
    )


def _either(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns))
