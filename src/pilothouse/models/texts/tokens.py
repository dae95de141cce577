"""A text as tokens and as sentences, in Chinese and English.

``terms`` are for machines: what retrieval and keyword counts compare. ``words`` are for
people: what a report shows. Chinese terms are pairs of neighbouring characters, which
found the right paragraph more often than words did (nDCG@10 .977 against .959 on
CMRC 2018); English terms are stems. Without the extra ``text`` a light rule stems, and
pairs of characters stand for words.

References
----------
M. F. Porter (2001), "Snowball: a language for stemming algorithms".
D. Harman (1991), "How effective is suffixing?" (the S stemmer, the light rule's core).
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cache, lru_cache
from typing import Any

from pilothouse.lazy import installed, require

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*%?")
_WORD = rf"[^\W_{_CJK}]+(?:['’][^\W\d_{_CJK}]+)*"
_TOKEN = re.compile(rf"{_NUMBER.pattern}(?![^\W\d_{_CJK}])|[{_CJK}]+|{_WORD}")
_IS_CJK = re.compile(rf"[{_CJK}]")
_VOWEL = re.compile(r"[aeiouy]")
_ENDS = re.compile(r"(?<=[。！？!?；;…])[”’」』）)\"']*|(?<=[.])[”’)\"']*(?=\s+[^a-z\s])|\n+")
_SHORT = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|vs|etc|Inc|Ltd|Co|Rs|e\.g|i\.e|a\.m|p\.m)|\b[A-Z])\.$")
_STEMMING = threading.Lock()

STOP_WORDS = frozenset(
    [
        "a",
        "about",
        "above",
        "after",
        "again",
        "against",
        "all",
        "am",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "because",
        "been",
        "before",
        "being",
        "below",
        "between",
        "both",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "doing",
        "down",
        "during",
        "each",
        "few",
        "for",
        "from",
        "further",
        "had",
        "has",
        "have",
        "having",
        "he",
        "her",
        "here",
        "hers",
        "herself",
        "him",
        "himself",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "itself",
        "just",
        "me",
        "more",
        "most",
        "my",
        "myself",
        "no",
        "nor",
        "not",
        "now",
        "of",
        "off",
        "on",
        "once",
        "only",
        "or",
        "other",
        "our",
        "ours",
        "ourselves",
        "out",
        "over",
        "own",
        "please",
        "same",
        "she",
        "should",
        "so",
        "some",
        "such",
        "than",
        "that",
        "the",
        "their",
        "theirs",
        "them",
        "themselves",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "through",
        "to",
        "too",
        "under",
        "until",
        "up",
        "very",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
        "yours",
        "yourself",
        "yourselves",
        "i'm",
        "i've",
        "i'd",
        "it's",
        "don't",
        "can't",
    ]
)
"""English words that tell nothing about what a text is about."""


def terms(text: str) -> list[str]:
    """Split a text into what retrieval compares.

    Parameters
    ----------
    text
        Any text; full-width forms count as plain ones, case does not count.

    Returns
    -------
    list of str
        In the text's order, repeats kept. A run of Chinese, Japanese or Korean characters
        gives its pairs of neighbours (one character alone stays); other words are lower
        case and stemmed, stop words left out; numbers stay as they are.
    """
    found: list[str] = []
    for token in _TOKEN.findall(_plain(text)):
        if _IS_CJK.match(token):
            found += [token[i : i + 2] for i in range(len(token) - 1)] or [token]
        elif token[0].isdigit() and _NUMBER.fullmatch(token):
            found.append(token.rstrip("%").replace(",", ""))
        elif token.replace("’", "'") not in STOP_WORDS:
            found.append(_stem(token.replace("’", "'").removesuffix("'s")))
    return found


def words(text: str) -> list[str]:
    """Split a text into words that people read: lower case, neither stemmed nor sifted."""
    found: list[str] = []
    for token in _TOKEN.findall(_plain(text)):
        if not _IS_CJK.match(token):
            found.append(token)
        elif installed("rjieba"):
            found += [str(word) for word in _segmenter().cut(token)]
        else:
            found += [token[i : i + 2] for i in range(len(token) - 1)] or [token]
    return found


def sentences(text: str) -> list[str]:
    """Split a text into sentences with their closing marks, surrounding spaces removed."""
    found: list[str] = []
    start = 0
    for end in _ENDS.finditer(text):
        piece = text[start : end.end()]
        if _SHORT.search(piece.rstrip()):
            continue
        found.append(piece.strip())
        start = end.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    if not word.isascii() or len(word) < 4:
        return word
    if not installed("snowballstemmer"):
        return light_stem(word)
    with _STEMMING:  # a stemmer keeps the word it works on
        return str(_stemmer().stemWord(word))


def light_stem(word: str) -> str:
    """Take the commonest endings off an English word; what stands in where no stemmer is installed.

    Plurals as in the S stemmer; then "ing" and "ed", where three letters with a vowel stay,
    a doubled last letter made single; a last "e" goes.
    """
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        word = word[:-3] + "y"
    elif (
        word.endswith("es")
        and not word.endswith(("aes", "ees", "oes"))
        or word.endswith("s")
        and not word.endswith(("us", "ss"))
    ):
        word = word[:-1]
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and _VOWEL.search(rest):
            word = rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "lsz" else rest
            break
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


@cache
def _stemmer() -> Any:
    return require("snowballstemmer", extra="text").stemmer("english")


@cache
def _segmenter() -> Any:
    return require("rjieba", extra="text")
