"""How easy a text reads, from 0 to 100: Flesch's formula in English, our own for Chinese.

Chinese has no formula that everybody uses. What makes it hard is long sentences and rare
characters, so the score takes away for both: 1.5 for each character above 20 of the mean
sentence, and 2 for each per cent of characters outside the 3,755 common ones.

Names and facts are the row's and no writer can choose them: a word of the row counts as a word of
middle length (1.5 syllables), and its characters as common ones.

References
----------
R. Flesch (1948), "A new readability yardstick", J. Applied Psychology 32: 206.835 -
1.015 words a sentence - 84.6 syllables a word. GB/T 2312-1980, level 1: the 3,755
characters in common use.
"""

from __future__ import annotations

import re

_HAN = re.compile(r"[\u3400-\u9fff]")
_ENDS = re.compile(r"[。！？!?；;\n]+|[.](?=\s|$)")
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?", re.IGNORECASE)
_SYLLABLE = re.compile(r"[aeiouy]+")
_MIDDLE = 1.5
_EASY_SENTENCE, _A_CHARACTER, _A_RARE = 20.0, 1.5, 2.0
_LAST_COMMON_LEAD = 0xD7
"""First byte of the last row of GB 2312's level 1."""


def sentences(text: str) -> list[str]:
    """Split at what ends a sentence."""
    return [part.strip() for part in _ENDS.split(text) if part.strip()]


def readability(text: str, language: str, given: str = "") -> float:
    """Score from 0, hard, to 100, easy; 0 for a text without words. ``given`` is what the row says."""
    found = _chinese(text, given) if language == "zh" else flesch(text, given)
    return max(0.0, min(100.0, found))


def flesch(text: str, given: str = "") -> float:
    """Flesch reading ease, not cut at its ends; 0 for a text without words."""
    parts = sentences(text)
    words = _WORD.findall(text)
    if not words:
        return 0.0
    known = set(_WORD.findall(given.lower()))
    per_word = sum(_MIDDLE if w.lower() in known else syllables(w) for w in words) / len(words)
    return 206.835 - 1.015 * len(words) / max(1, len(parts)) - 84.6 * per_word


def syllables(word: str) -> int:
    """Count groups of vowels, a silent e left out; at least one."""
    low = word.lower()
    count = len(_SYLLABLE.findall(low))
    silent = low.endswith("e") and not low.endswith(("le", "ee", "oe")) and count > 1
    return max(1, count - silent)


def _chinese(text: str, given: str) -> float:
    parts = sentences(text)
    if not parts:
        return 0.0
    mean = sum(len(re.sub(r"\s", "", part)) for part in parts) / len(parts)
    han = _HAN.findall(text)
    rare = sum(not is_common(c) and c not in given for c in han) / len(han) if han else 0.0
    return 100.0 - _A_CHARACTER * max(0.0, mean - _EASY_SENTENCE) - 100.0 * _A_RARE * rare


def is_common(character: str) -> bool:
    """Tell whether a character is of GB 2312's level 1."""
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and 0xB0 <= code[0] <= _LAST_COMMON_LEAD
