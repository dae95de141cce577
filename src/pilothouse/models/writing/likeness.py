"""How alike texts are: resemblance by shingles, near copies, distinct n-grams, repetition.

A text's signature is the set of its shingles (neighbouring characters in Chinese, words else), each
hashed to one of 1,536 bits: the bits that two signatures share over the bits that either
has estimate the resemblance of the texts, so that thousands are compared at once and no
text needs to be kept. Chance meetings make texts look a little more alike, the more so
the longer they are: by .02 at 60 shingles, by .2 at 600.

References
----------
A. Broder (1997), "On the resemblance and containment of documents". B. Bloom (1970),
"Space/time trade-offs in hash coding with allowable errors". J. Li et al. (2016), "A
diversity-promoting objective function" (distinct-n).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

PLACES, COPY = 32, 0.7
"""Numbers of a signature; resemblance from which a text is a near copy of another."""
_BITS = 48  # of each number: a float holds 53 without loss
_BLOCK = 128
_TOKEN = re.compile(r"[\u3400-\u9fff]|[a-z0-9]+(?:[.,]\d+)*")


def tokens(text: str) -> list[str]:
    """Characters of Chinese, words of Latin letters, numbers."""
    return _TOKEN.findall(text.lower())


def shingles(text: str, width: int = 2) -> list[tuple[str, ...]]:
    """Neighbouring tokens; of a shorter text the whole."""
    found = tokens(text)
    return [tuple(found[i : i + width]) for i in range(max(1, len(found) - width + 1))]


def signature(text: str) -> NDArray[np.float64]:
    """(32,) whole numbers below 2^48; those of equal texts are equal."""
    held = [0] * PLACES
    for shingle in set(shingles(text)):
        drawn = int.from_bytes(hashlib.blake2b("\0".join(shingle).encode(), digest_size=4).digest())
        place, bit = divmod(drawn % (PLACES * _BITS), _BITS)
        held[place] |= 1 << bit
    return np.array(held, dtype=np.float64)


def nearest(signatures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Resemblance of each text, (n, 32) signatures, to the one it is most like; 0 for a single one."""
    held = np.ascontiguousarray(signatures, dtype=np.float64)
    return np.frombuffer(_nearest(held.tobytes(), len(held)), dtype=np.float64)


@lru_cache(maxsize=64)
def _nearest(content: bytes, rows: int) -> bytes:
    """Kept, because a bootstrap asks for the same texts many times."""
    held = np.frombuffer(content, dtype=np.float64).reshape(rows, PLACES).astype(np.uint64)
    sizes = np.bitwise_count(held).sum(axis=1, dtype=np.int32)
    found = np.zeros(rows)
    for start in range(0, rows, _BLOCK):
        block = held[start : start + _BLOCK]
        both = np.zeros((len(block), rows), dtype=np.int32)
        for place in range(PLACES):
            both += np.bitwise_count(block[:, place, None] & held[None, :, place])
        either = sizes[start : start + len(block), None] + sizes[None] - both
        alike = both / np.maximum(either, 1)
        alike[np.arange(len(block)), np.arange(start, start + len(block))] = 0.0
        found[start : start + len(block)] = alike.max(axis=1, initial=0.0)
    return found.tobytes()


def distinct(texts: Iterable[str], width: int = 2) -> float:
    """Different n-grams over all n-grams of ``texts``: low where they all say the same."""
    every = [gram for text in texts for gram in shingles(text, width)]
    return len(set(every)) / len(every) if every else 0.0


def repetition(text: str, language: str) -> float:
    """Share of a text's n-grams (4 characters, 3 words) that it has said before."""
    grams = shingles(text, 4 if language == "zh" else 3)
    return 1.0 - len(set(grams)) / len(grams)
