"""Pieces of words as sparse numbers: runs of 1 to 4 characters within words, words, pairs of words.

One way for all languages: Chinese is runs of characters, English is words and their
parts. Every piece is known by a 64-bit hash, so that a vocabulary is an array of numbers
and holds nobody's words; where a piece stands in a text is computed from the text again,
which is how words that decided are told. Texts are lower-cased, full-width letters
become narrow (NFKC), and spaces count once.

References
----------
Sublinear counts and inverse document frequency: Manning, Raghavan and Schütze,
"Introduction to information retrieval", 2008, chapter 6. Prefix sums for hashes of
all runs: Karp and Rabin, "Efficient randomized pattern-matching algorithms", 1987.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Index = NDArray[np.int64]

LONGEST = 4
MOST_PIECES, MOST_WEIGHTS = 400_000, 40_000_000
_FEW_TEXTS = 1_000
_MOST_CHARACTERS = 4_000
_TOKEN = re.compile(
    r"[^\W_\u2e80-\u9fff\uf900-\ufaff\uac00-\ud7a3]+(?:'[^\W_\u2e80-\u9fff]+)*|'[a-z]+|[\u2e80-\u9fff\uf900-\ufaff\uac00-\ud7a3\u3040-\u30ff]+|[^\w\s]|_"
)
_BASE = np.uint64(0x9E3779B97F4A7C15)
_UNBASE = np.uint64(pow(int(_BASE), -1, 1 << 64))
_SPACE = 32


def tokens(text: str) -> list[str]:
    """Cut a text into words, runs of Chinese characters and signs, lower-case and narrow."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", text[:_MOST_CHARACTERS]).lower())


@dataclass(frozen=True)
class Found:
    """Pieces of texts in order: which text, which piece, and where in the joined text.

    Parameters
    ----------
    text
        (pieces,) number of the text.
    hashed
        (pieces,) hash of the piece.
    is_word
        (pieces,) whether it is made of whole words.
    start, end
        (pieces,) place in ``joined``, spaces at its ends left out.
    joined
        All texts, tokens between single spaces.
    """

    text: Index
    hashed: Hashes
    is_word: NDArray[np.bool_]
    start: Index
    end: Index
    joined: str


def find_pieces(texts: Sequence[str]) -> Found:
    """Find every piece of ``texts``."""
    laid = [" " + " ".join(tokens(text)) + " " for text in texts]
    joined = "".join(laid)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    owner = np.repeat(np.arange(len(laid)), [len(one) for one in laid])
    sums, back = _prefixes(points)
    space = points == _SPACE
    parts = [_runs(space, owner, length) for length in range(1, LONGEST + 1)]
    words = _words(space, owner)
    start = np.concatenate([*(p[0] for p in parts), *(w[0] for w in words)])
    end = np.concatenate([*(p[1] for p in parts), *(w[1] for w in words)])
    is_word = np.zeros(len(start), dtype=bool)
    is_word[sum(len(p[0]) for p in parts) :] = True
    raw = (sums[end] - sums[start]) * back[start]
    hashed = _mixed(raw ^ np.where(is_word, np.uint64(0x5851F42D4C957F2D), np.uint64(0)))
    inner_start = start + (space[start] if len(start) else 0)
    inner_end = end - (space[end - 1] if len(end) else 0)
    return Found(owner[start] if len(start) else start, hashed, is_word, inner_start, inner_end, joined)


def _prefixes(points: NDArray[np.uint32]) -> tuple[Hashes, Hashes]:
    """Sums of characters times powers of the base, and the powers that undo them."""
    with np.errstate(over="ignore"):
        powers = np.cumprod(np.full(len(points), _BASE, dtype=np.uint64))
        back = np.cumprod(np.full(len(points), _UNBASE, dtype=np.uint64))
        sums = np.concatenate([[np.uint64(0)], np.cumsum(_mixed(points.astype(np.uint64)) * powers)])
    return sums.astype(np.uint64), back.astype(np.uint64)


def _mixed(value: Hashes) -> Hashes:
    """Spread the bits (the finaliser of SplitMix64)."""
    with np.errstate(over="ignore"):
        value = value + np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(value ^ (value >> np.uint64(31)))


def _runs(space: NDArray[np.bool_], owner: Index, length: int) -> tuple[Index, Index]:
    """Runs of ``length`` characters within a word; a space may stand at either end, never inside."""
    count = len(space) - length + 1
    if count <= 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    start = np.arange(count)
    good = owner[start] == owner[start + length - 1]
    if length == 1:
        good &= ~space[start]
    elif length == 2:
        good &= ~(space[start] & space[start + 1])
    for inside in range(1, length - 1):
        good &= ~space[start + inside]
    start = start[good]
    return start, start + length


def _words(space: NDArray[np.bool_], owner: Index) -> tuple[tuple[Index, Index], ...]:
    """Whole tokens, and pairs of neighbours of one text."""
    inside = ~space
    first = np.flatnonzero(inside & np.concatenate([[True], space[:-1]]))
    last = np.flatnonzero(inside & np.concatenate([space[1:], [True]])) + 1
    near = owner[first[:-1]] == owner[first[1:]]
    return (first, last), (first[:-1][near], last[1:][near])


@dataclass(frozen=True)
class Pieces:
    """A vocabulary of pieces with their weights.

    Parameters
    ----------
    known
        (pieces,) sorted hashes.
    rarity
        (pieces,) inverse document frequency.
    is_word
        (pieces,) whether it is made of whole words.
    """

    known: Hashes
    rarity: NDArray[np.float32]
    is_word: NDArray[np.bool_]

    @staticmethod
    def learn(texts: Sequence[str], labels: int = 2) -> tuple[Pieces, Any]:
        """Choose a vocabulary; return it with the texts' numbers, as ``numbers`` gives them.

        A piece that stands in one text only says nothing of others: from 1,000 texts on
        it is left out. Of more than 400,000, or 40 million weights for all ``labels``, the
        most frequent stay.
        """
        found = find_pieces(texts)
        text, hashed, count, is_word = _counted(found)
        order = np.argsort(hashed, kind="stable")
        known, first, frequency = np.unique(hashed[order], return_index=True, return_counts=True)
        wordy = is_word[order][first]
        least = 2 if len(texts) >= _FEW_TEXTS else 1
        keep = frequency >= least
        most = min(MOST_PIECES, MOST_WEIGHTS // labels)
        if keep.sum() > most:
            keep &= frequency > np.partition(frequency, -most)[-most]
        known, frequency, wordy = known[keep], frequency[keep], wordy[keep]
        rarity = (np.log((1.0 + len(texts)) / (1.0 + frequency)) + 1.0).astype(np.float32)
        made = Pieces(known, rarity, wordy)
        return made, made._numbers(text, hashed, count, len(texts))

    def numbers(self, texts: Sequence[str]) -> Any:
        """Return (n, pieces) sparse float64: runs and words each of length one, halves of a whole."""
        text, hashed, count, _ = _counted(find_pieces(texts))
        return self._numbers(text, hashed, count, len(texts))

    def place(self, hashed: Hashes) -> Index:
        """Return the place of each hash in the vocabulary, -1 where it is not known."""
        if not len(self.known):
            return np.full(len(hashed), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.known, hashed), len(self.known) - 1)
        return np.where(self.known[at] == hashed, at, -1)

    def _numbers(self, text: Index, hashed: Hashes, count: Index, rows: int) -> Any:
        from scipy.sparse import csr_matrix

        place = self.place(hashed)
        seen = place >= 0
        text, place = text[seen], place[seen]
        value = (1.0 + np.log(count[seen])) * self.rarity[place]
        wordy = self.is_word[place].astype(np.int64)
        length = np.sqrt(np.bincount(2 * text + wordy, weights=value**2, minlength=2 * rows))
        value = value / length[2 * text + wordy]
        return csr_matrix((value, (text, place)), shape=(rows, len(self.known)))

    def arrays(self) -> dict[str, Any]:
        """Return it as files keep it."""
        return {"known": self.known, "rarity": self.rarity, "is_word": self.is_word}

    @staticmethod
    def restore(arrays: Mapping[str, Any]) -> Pieces:
        """Rebuild from ``arrays``."""
        return Pieces(arrays["known"], arrays["rarity"], arrays["is_word"])


def _counted(found: Found) -> tuple[Index, Hashes, Index, NDArray[np.bool_]]:
    """Count each piece of each text: text, hash, count, whether it is a word; by text, then hash."""
    order = np.lexsort((found.hashed, found.text))
    text, hashed, is_word = found.text[order], found.hashed[order], found.is_word[order]
    if not len(text):
        return text, hashed, np.empty(0, dtype=np.int64), is_word
    new = np.concatenate([[True], (text[1:] != text[:-1]) | (hashed[1:] != hashed[:-1])])
    at = np.flatnonzero(new)
    return text[at], hashed[at], np.diff(np.append(at, len(text))), is_word[at]
