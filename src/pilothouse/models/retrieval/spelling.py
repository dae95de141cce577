"""Slips of the keyboard: an unknown word becomes the known one that is one slip away.

References
----------
Damerau (1964): four kinds of slips make most misspellings. Garbe (2012), "SymSpell": words
one slip apart share a form with one letter left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pilothouse.models.retrieval.bm25 import Bm25

_SHORTEST = 4


@dataclass(frozen=True)
class Spelling:
    """Known words, and by each form with one letter left out those that have it, commonest first."""

    known: frozenset[str] = field(repr=False)
    forms: Mapping[str, tuple[str, ...]] = field(repr=False)

    @staticmethod
    def of(index: Bm25) -> Spelling:
        """Take the words of an index; Chinese pairs of characters are none."""
        words = [w for w in index.vocabulary if len(w) >= _SHORTEST and w.isascii() and w.isalpha()]
        words.sort(key=lambda w: (index.idf(w), w))
        found = defaultdict(list)
        for word in words:
            for form in _forms(word):
                found[form].append(word)
        return Spelling(frozenset(index.vocabulary), {form: tuple(own) for form, own in found.items()})

    def mended(self, terms: Sequence[str]) -> list[str]:
        """Return the terms, unknown words of letters replaced where a known one is one slip away."""
        return [self._mended(term) for term in terms]

    def _mended(self, term: str) -> str:
        if term in self.known or len(term) < _SHORTEST or not (term.isascii() and term.isalpha()):
            return term
        for form in _forms(term):
            for word in self.forms.get(form, ()):
                if _one_slip(term, word):
                    return word
        return term


def letters_shared(here: str, there: str) -> float:
    """Dice's share of letter triples that two texts have in common, spaces left out; 0 where one is empty."""
    one, two = (_triples(text) for text in (here, there))
    return 2.0 * len(one & two) / (len(one) + len(two)) if one and two else 0.0


def _triples(text: str) -> set[str]:
    """Triples of letters; of a Chinese text pairs, for a character says more than a letter."""
    bare = "".join(c for c in text.lower() if c.isalnum())
    size = 3 if bare.isascii() else 2
    return {bare[i : i + size] for i in range(len(bare) - size + 1)}


def _forms(word: str) -> Iterator[str]:
    """The word, and it with each letter left out."""
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


def _one_slip(here: str, there: str) -> bool:
    """Whether one letter more, less, other, or two swapped make the one out of the other."""
    if len(here) > len(there):
        here, there = there, here
    if len(there) - len(here) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), len(here))
    if len(here) < len(there):
        return here[start:] == there[start + 1 :]
    rest_here, rest_there = here[start:], there[start:]
    swapped = rest_here[:2][::-1] == rest_there[:2] and rest_here[2:] == rest_there[2:]
    return rest_here[1:] == rest_there[1:] or swapped
