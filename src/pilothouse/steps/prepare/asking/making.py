"""Make the questions: the product's own first, then more by rules, then some that nothing answers.

Half of the unanswerable ones are those of entries kept aside: the same language, the same
matter, and nothing in the index for them. The other half ask about something else
altogether. Which entries are asked hangs on their own words and the seed.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.texts.language import language
from pilothouse.steps.prepare.asking.rewording import asked_of, contradicting, mistyped, reworded
from pilothouse.steps.prepare.asking.sheet import (
    CONTRADICTION,
    ELSEWHERE,
    GENERATED,
    HUMAN,
    KEPT_ASIDE,
    OWN,
    PARAPHRASE,
    SENTENCE,
    TYPO,
    Asked,
)

MOST_ASKED, MOST_OWN = 600, 2_000
"""Entries that are asked about by rules, and questions that people wrote, at most."""
_MOST_VARIANTS = 3
_EVERY_TYPO, _EVERY_CONTRADICTION = 2, 3
_SAMPLE = 200


@dataclass(frozen=True)
class Entries:
    """What can be asked about, n entries.

    Parameters
    ----------
    title
        The question that each answers and that stands in the index; "" for none.
    text
        What it says.
    own
        For each, questions of people that it answers and that do not stand in the index.
    group
        (n,) those that answer alike have one number.
    aside
        (n,) whether it is kept aside from the index.
    """

    title: tuple[str, ...] = field(repr=False)
    text: tuple[str, ...] = field(repr=False)
    own: tuple[tuple[str, ...], ...] = field(repr=False)
    group: NDArray[np.int64] = field(repr=False)
    aside: NDArray[np.bool_] = field(repr=False)


def make_questions(entries: Entries, seed: int) -> list[Asked]:
    """Make questions of entries; the same for the same entries and seed."""
    order = by_lot(entries, seed)
    inside = [place for place in order if not entries.aside[place]]
    outside = [place for place in order if entries.aside[place]]
    found = _own(entries, inside, seed)
    if not found:
        found = _by_rules(entries, inside[:MOST_ASKED], seed)
    fewest = max(1, len(outside) and min(len(found), MOST_ASKED))
    kept = _kept_aside(entries, outside, seed)[:fewest]
    return _once([*found, *kept, *_elsewhere(entries, len(kept), seed)])


def by_lot(entries: Entries, seed: int) -> list[int]:
    """Positions in an order that new entries do not change."""
    told = [f"{seed}\0{title}\0{text}" for title, text in zip(entries.title, entries.text, strict=True)]
    lots = [hashlib.sha256(one.encode(errors="replace")).digest() for one in told]
    return sorted(range(len(told)), key=lambda place: lots[place])


def unit_of(entries: Entries, place: int) -> str:
    """What questions of one entry have in common."""
    return f"entry {int(entries.group[place])}"


def _own(entries: Entries, inside: Sequence[int], seed: int) -> list[Asked]:
    """Ask people's own questions as they stand, and some of them with slips."""
    found = []
    for place in inside:
        for number, question in enumerate(entries.own[place]):
            unit = unit_of(entries, place)
            found.append(Asked(question, place, OWN, HUMAN, unit, True))
            if number == 0 and len(found) % _EVERY_TYPO:
                found.append(Asked(mistyped(question, seed), place, TYPO, GENERATED, unit, True))
    return found[:MOST_OWN]


def _by_rules(entries: Entries, inside: Sequence[int], seed: int) -> list[Asked]:
    """Ask each entry's question in other words; some with slips, some with a number that it denies."""
    found = []
    for number, place in enumerate(inside):
        title, text, unit = entries.title[place], entries.text[place], unit_of(entries, place)
        if not title:
            found.append(Asked(asked_of(text, seed), place, SENTENCE, GENERATED, unit, True))
            continue
        found.append(Asked(reworded(title, seed), place, PARAPHRASE, GENERATED, unit, True))
        if number % _EVERY_TYPO == 0:
            found.append(Asked(mistyped(title, seed), place, TYPO, GENERATED, unit, True))
        denied = contradicting(title, text, seed) if number % _EVERY_CONTRADICTION == 0 else None
        if denied is not None:
            found.append(Asked(denied, place, CONTRADICTION, GENERATED, unit, True))
    return found


def _kept_aside(entries: Entries, outside: Sequence[int], seed: int) -> list[Asked]:
    found = []
    for place in outside:
        told = entries.own[place] or ((entries.title[place],) if entries.title[place] else ())
        origin = HUMAN if told else GENERATED
        for question in told or (asked_of(entries.text[place], seed),):
            found.append(Asked(question, place, KEPT_ASIDE, origin, unit_of(entries, place), False))
    return found


def _elsewhere(entries: Entries, count: int, seed: int) -> list[Asked]:
    """As many questions about something else, in the languages of the index in their shares."""
    found: list[Asked] = []
    for spoken, share in _languages(entries).items():
        wanted, base = round(count * share), list(_packaged()[spoken])
        for variant in range(_MOST_VARIANTS):
            for question in base[: max(0, wanted - variant * len(base))]:
                asked = question if variant == 0 else reworded(question, seed + variant)
                found.append(Asked(asked, None, ELSEWHERE, GENERATED, f"question {question}", False))
    return found


def _languages(entries: Entries) -> Mapping[str, float]:
    """Share of Chinese and English in the index; others ask in English."""
    some = [title or text for title, text in zip(entries.title, entries.text, strict=True)][:_SAMPLE]
    chinese = float(np.mean([language(text) == "zh" for text in some])) if some else 0.0
    shares = {"zh": chinese, "en": 1.0 - chinese}
    return {spoken: share for spoken, share in shares.items() if share > 0.05}


def _once(asked: Sequence[Asked]) -> list[Asked]:
    """Leave out what was asked already."""
    seen: dict[str, Asked] = {}
    for one in asked:
        seen.setdefault(one.question.strip().lower(), one)
    return list(seen.values())


@cache
def _packaged() -> Mapping[str, Sequence[str]]:
    path = resources.files("pilothouse.steps.prepare.asking") / "elsewhere.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
