"""Words that decided: what each word of a text added to the answer it got.

Of weighed pieces it is exact: a piece's part of the margin is spread over its characters,
and a word has what its characters have. Of any other model each word is left out in turn,
and the word is worth what the answer loses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.labels.pieces import find_pieces, tokens
from pilothouse.models.labels.weighed import WeighedModel
from pilothouse.models.texts.tokens import words
from pilothouse.types import Column, Context, Kind, Role, Table

Worth = list[tuple[str, float]]

_MOST_WORDS = 60


def deciding_words(model: Any, texts: Sequence[str], labels: NDArray[np.int64]) -> list[Worth]:
    """Return for each text its words with what they added to the label it got.

    Parameters
    ----------
    labels
        (n,) numbers of the labels told.

    Returns
    -------
    list
        Words with their worth, the strongest first, of either sign; equal words count once.
    """
    if isinstance(model, WeighedModel):
        return [_sorted(_weighed(model, text, int(label))) for text, label in zip(texts, labels, strict=True)]
    return [_sorted(_left_out(model, text, int(label))) for text, label in zip(texts, labels, strict=True)]


def spread_over(model: WeighedModel, text: str, label: int) -> tuple[str, NDArray[np.float64]]:
    """Spread the margin of ``label`` over the characters of ``text`` as it was read.

    Returns
    -------
    tuple
        The text, tokens between spaces, and (characters,) what each adds.
    """
    if model.pieces is None or model.weights is None:
        raise RuntimeError("explain before fit")
    found = find_pieces([text])
    place = model.pieces.place(found.hashed)
    numbers = model.pieces.numbers([text])
    worth = np.zeros(len(found.joined))
    value = np.asarray(numbers.todense()).ravel()
    total: NDArray[np.int64] = np.bincount(place[place >= 0], minlength=len(value))
    for piece, start, end in zip(place.tolist(), found.start.tolist(), found.end.tolist(), strict=True):
        if piece >= 0:
            worth[start:end] += value[piece] * model.weights[piece, label] / total[piece] / (end - start)
    return found.joined, worth


def _weighed(model: WeighedModel, text: str, label: int) -> dict[str, float]:
    joined, worth = spread_over(model, text, label)
    found: dict[str, float] = {}
    place = 0
    for word in words(joined):
        at = joined.find(word, place)
        if at >= 0:
            found[word] = found.get(word, 0.0) + float(worth[at : at + len(word)].sum())
            place = at + len(word)
    return found


def _left_out(model: Any, text: str, label: int) -> dict[str, float]:
    joined = f" {' '.join(tokens(text))} "
    present = list(dict.fromkeys(word for word in words(joined) if word.strip()))[:_MOST_WORDS]
    texts = [text, *(_without(joined, word) for word in present)]
    values = np.empty(len(texts), dtype=object)
    values[:] = texts
    table = Table((Column("text", Kind.TEXT, Role.TEXT),), {"text": values})
    said = model.predict(table, Context())["probability"][:, label]
    return {word: float(said[0] - less) for word, less in zip(present, said[1:], strict=True)}


def _without(joined: str, word: str) -> str:
    """Take a word out: Chinese wherever it stands, others where they stand alone."""
    return joined.replace(word, " ") if "\u2e80" <= word[0] <= "\uffef" else joined.replace(f" {word} ", "  ")


def _sorted(worth: dict[str, float]) -> Worth:
    spoken = [(word, value) for word, value in worth.items() if any(c.isalnum() for c in word)]
    return sorted(spoken, key=lambda one: (-abs(one[1]), one[0]))
