"""The part of a passage that answers: its own sentences, never other words."""

from __future__ import annotations

from collections.abc import Callable

from pilothouse.models.retrieval.index import question_terms
from pilothouse.models.texts.tokens import sentences

MOST_CHARACTERS, MOST_SENTENCES = 500, 3
"""Of an answer; a passage that is no longer is given whole."""


def extract(question: str, passage: str, worth: Callable[[str], float], whole: bool = False) -> str:
    """Return the run of neighbouring sentences that says most of what was asked.

    Parameters
    ----------
    question, passage
        Both as they stand.
    worth
        What a term tells (its idf).
    whole
        Whether the passage was written as an answer: then all of it is given where it is short.
    """
    if whole and len(passage) <= MOST_CHARACTERS:
        return passage
    told = sentences(passage)
    if not told:
        return passage[:MOST_CHARACTERS]
    asked = {term: worth(term) for term in question_terms(question)}
    held = [set(question_terms(sentence)) & set(asked) for sentence in told]
    best, start, stop = -1.0, 0, 1
    for first in range(len(told)):
        for last in range(first + 1, min(first + MOST_SENTENCES, len(told)) + 1):
            size = sum(len(sentence) for sentence in told[first:last])
            if size > MOST_CHARACTERS and last > first + 1:
                break
            covered = sum(asked[term] for term in set().union(*held[first:last]))
            found = covered * (1.0 - 0.05 * (last - first - 1))  # one more sentence must bring something
            if found > best + 1e-12:
                best, start, stop = found, first, last
    return _between(passage, told, start, stop)[:MOST_CHARACTERS]


def _between(passage: str, told: list[str], start: int, stop: int) -> str:
    """The passage from one sentence to another, letter by letter as it stands."""
    place, first = 0, 0
    for number, sentence in enumerate(told[:stop]):
        place = passage.index(sentence, place)
        first = place if number == start else first
        place += len(sentence)
    return passage[first:place]
