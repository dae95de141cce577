"""Texts as numbered tokens for networks: Chinese by character, other scripts by word.

Numbers start at 1; 0 is nothing and 1 a token that was not seen often enough. Only the
words of texts that were learnt from stand in a model's file, with personal values masked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.labels.pieces import tokens

UNKNOWN = 1
MOST_WORDS, LONGEST = 20_000, 160
_SHARE = 0.95


def cut(text: str) -> list[str]:
    """Cut a text into tokens."""
    found: list[str] = []
    for token in tokens(text):
        found.extend(token if "\u2e80" <= token[0] <= "\uffef" else (token,))
    return found


@dataclass(frozen=True)
class Vocabulary:
    """Tokens in order of their numbers, the first of which is 2.

    Parameters
    ----------
    words
        The most frequent tokens that occur at least twice.
    window
        Tokens of a text that are looked at: as many as 95 of 100 texts have, 160 at most.
    """

    words: tuple[str, ...] = field(repr=False)
    window: int

    @property
    def size(self) -> int:
        """The highest number."""
        return len(self.words) + UNKNOWN

    @staticmethod
    def learn(texts: Sequence[str]) -> Vocabulary:
        """Choose words and window."""
        laid = [cut(text) for text in texts]
        counts = Counter(token for one in laid for token in one)
        often = sorted((w for w, n in counts.items() if n > 1), key=lambda w: (-counts[w], w))[:MOST_WORDS]
        long = int(np.quantile([len(one) for one in laid], _SHARE)) if laid else 1
        return Vocabulary(tuple(often), max(4, min(LONGEST, long)))

    def numbers(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return (n, window) numbers, zeros behind; of a long text its start and its end."""
        known = {word: place + UNKNOWN + 1 for place, word in enumerate(self.words)}
        rows = np.zeros((len(texts), self.window), dtype=np.int64)
        for row, text in enumerate(texts):
            laid = cut(text)
            if len(laid) > self.window:
                half = self.window // 2
                laid = laid[: self.window - half] + laid[-half:]
            rows[row, : len(laid)] = [known.get(token, UNKNOWN) for token in laid]
        return rows
