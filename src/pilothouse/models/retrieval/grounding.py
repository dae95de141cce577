"""Does a sentence stay within the passage that it cites?

Numbers, names, addresses and codes of the sentence must stand in the passage, and so must
most of its other words. It finds no contradiction that uses the passage's own words: it is
a fence for phrasing, not a judge of truth.
"""

from __future__ import annotations

import re
import unicodedata

from pilothouse.models.retrieval.index import question_terms
from pilothouse.models.texts.tokens import sentences

LEAST_SHARED = 0.6
"""Share of a sentence's terms that must stand in the passage or the question."""
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_CHINESE_NUMBER = re.compile(r"[零〇一二两三四五六七八九十百千万亿]+(?=[元天日月年%个次岁级折倍周小时分])")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.]+|\S+\.(?:com|cn|org|net)\S*", re.IGNORECASE
)
_NAME = re.compile(r"(?<![.!?。！？]\s)(?<!^)\b[A-Z][A-Za-z]+\b|\b[A-Z]{2,}\b|[《“][^》”]{1,30}[》”]")


def grounded(told: str, passage: str, question: str = "") -> bool:
    """Tell whether ``told`` says nothing that ``passage`` does not hold.

    Parameters
    ----------
    told
        What a model wrote.
    passage
        What it cites.
    question
        Its words may be repeated, its numbers may not.
    """
    told, passage = _plain(told), _plain(passage)
    if not told.strip():
        return False
    for pattern in (_NUMBER, _CHINESE_NUMBER):
        if not _bare(pattern, told) <= _bare(pattern, passage):
            return False
    lowered = passage.lower()
    known = lowered + " " + _plain(question).lower()
    if any(found.lower() not in lowered for found in _ADDRESS.findall(told)):
        return False
    if any(found.strip("《》“”").lower() not in known for found in _NAME.findall(told)):
        return False
    held = set(question_terms(passage)) | set(question_terms(question))
    return all(_shared(sentence, held) >= LEAST_SHARED for sentence in sentences(told))


def same_facts(one: str, other: str) -> bool:
    """Tell whether two texts have the same numbers, names and addresses."""
    here, there = _plain(one), _plain(other)
    if any(_bare(pattern, here) != _bare(pattern, there) for pattern in (_NUMBER, _CHINESE_NUMBER)):
        return False
    return all(
        found.strip("《》“”").lower() in beside.lower()
        for text, beside in ((here, there), (there, here))
        for pattern in (_ADDRESS, _NAME)
        for found in pattern.findall(text)
    )


def numbers_held(told: str, passage: str) -> bool:
    """Tell whether every number of ``told`` stands in ``passage``."""
    return _bare(_NUMBER, _plain(told)) <= _bare(_NUMBER, _plain(passage))


def _shared(sentence: str, held: set[str]) -> float:
    own = question_terms(sentence)
    return sum(term in held for term in own) / len(own) if own else 1.0


def _bare(pattern: re.Pattern[str], text: str) -> set[str]:
    return {found.replace(",", "") for found in pattern.findall(text)}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
