"""Names for needs: their most telling words, joined into phrases where they stand together.

A word's weight is class-based TF-IDF: how often the need's texts hold it, times how much
likelier it is there than anywhere (the need's own table). Words that stand side by side in
most places of the rarer one become one phrase; so do pairs of characters where no words are
cut, "售后" and "后服" and "服务" becoming "售后服务".

References
----------
Grootendorst (2022), "BERTopic: neural topic modeling with a class-based TF-IDF procedure".
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.needs.lexicon import clauses, lexicon, written
from pilothouse.models.needs.sorting import Sorter
from pilothouse.models.texts.language import simplified
from pilothouse.models.texts.tokens import words
from pilothouse.types.contest import Index

Said = tuple[tuple[str, int], ...]

_LOOKED_AT, _IN_NAME, _JOINED_SHARE, _LONGEST = 16, 3, 0.5, 12
_FEWEST_SAID = 3
_READ, _GROWS, _LONGEST_GROWN = 2_000, 0.45, 6
_GROWABLE = re.compile(r"[\u4e00-\u9fff](?<![的了是我也在不有很都就还和这那一])")
_SHORTEST, _LONGEST_QUOTE, _MOST_SHOWN = 12, 90, 120
_NUMBERED = re.compile(
    r"^\s*[(（【]?[\d\uff10-\uff19一二三四五六七八九十]{1,2}\s*[)）】、.．:：,，]\s*(?!\d)"
)


def telling_words(sorter: Sorter, texts: Sequence[str], needs: Index, count: int = 12) -> list[list[str]]:
    """List each need's most telling words and phrases, the most telling first.

    Parameters
    ----------
    texts, needs
        Texts or sentences and the need of each, -1 for none.
    """
    assert sorter.vocabulary is not None
    vocabulary, counts = sorter.vocabulary, sorter.vocabulary.counts_of(texts)
    found = []
    for need in range(sorter.table.shape[1]):
        own = np.flatnonzero(needs == need)
        held = np.asarray((counts[own] > 0).sum(axis=0)).ravel()
        weight = held * np.maximum(sorter.table[:, need], 0.0)
        order = [int(i) for i in np.argsort(-weight, kind="stable")[:_LOOKED_AT] if weight[i] > 0]
        shown = [vocabulary.shown[i] for i in order]
        places = {word: float(weight[i]) for word, i in zip(shown, order, strict=True)}
        join = _grown if lexicon().overlap else _joined
        found.append(join(places, [texts[i] for i in own.tolist()])[:count])
    return found


def name_of(told: Sequence[str]) -> str:
    """Name a need by its first words that do not hold one another."""
    kept: list[str] = []
    for word in told:
        if not any(word in other or other in word for other in kept):
            kept.append(word)
        if len(kept) == _IN_NAME:
            break
    return " · ".join(kept)


def _joined(weight: dict[str, float], texts: Sequence[str]) -> list[str]:
    """Join words that mostly stand side by side, then order by weight."""
    single, pairs = Counter[str](), Counter[tuple[str, str]]()
    for text in texts:
        run = words(simplified(text))
        single.update(w for w in run if w in weight)
        pairs.update((a, b) for a, b in zip(run, run[1:], strict=False) if a in weight and b in weight)
    gone: set[str] = set()
    made: dict[str, float] = {}
    for (left, right), times in pairs.most_common():
        phrase = written([left, right], overlap=True)
        often = times >= _JOINED_SHARE * min(single[left], single[right]) and times >= _FEWEST_SAID
        if often and not {left, right} & gone and left != right and len(phrase) <= 2 * _LONGEST:
            made[phrase] = max(weight[left], weight[right])
            gone |= {left, right}
    left_over = {w: v for w, v in weight.items() if w not in gone}
    return sorted({**left_over, **made}, key=lambda w: -{**left_over, **made}[w])


def _grown(weight: dict[str, float], texts: Sequence[str]) -> list[str]:
    """Let pairs of characters grow while the same character stands beside them most times.

    What is then part of a longer phrase goes; English words stay as they are.
    """
    whole = "\n".join(texts[:_READ])
    grown: dict[str, float] = {}
    for word, own in weight.items():
        phrase = word
        while not word.isascii() and len(phrase) < _LONGEST_GROWN:
            bare = re.escape(phrase)
            right, left = Counter(re.findall(f"{bare}(.)", whole)), Counter(re.findall(f"(.){bare}", whole))
            after, before = ((c.most_common(1) or [("", 0)])[0] for c in (right, left))
            (more, times), side = max((after, 1), (before, -1), key=lambda one: one[0][1])
            if times < max(_FEWEST_SAID, _GROWS * whole.count(phrase)) or not _GROWABLE.match(more):
                break
            phrase = phrase + more if side > 0 else more + phrase
        grown[phrase] = max(own, grown.get(phrase, 0.0))
    kept = [w for w in grown if not any(w != other and w in other for other in grown)]
    return sorted(kept, key=lambda w: -grown[w])


def wordings(sentences: Sequence[str], about: Sequence[str], most: int = 3) -> tuple[Said, Said]:
    """What is blamed and what is praised, "隔音 太差": a thing and a judging word of one clause.

    Parameters
    ----------
    sentences
        Of the need, those that judge.
    about
        Its telling words.

    Returns
    -------
    blames, likes
        With how often, the most frequent first.
    """
    known = lexicon()
    blames, likes = Counter[str](), Counter[str]()
    for clause in (clause for sentence in sentences for clause in clauses(simplified(sentence))):
        spaced = f" {clause.lower()} "
        thing = next((w for w in about if (f" {w} " if w[0].isascii() else w) in spaced), None)
        if thing is None:
            continue
        for counted, sign in ((blames, -1.0), (likes, 1.0)):
            said = [one.word for one in known.judged(clause) if one.weight * sign > 0]
            if said:
                longest = min(said, key=lambda w: (-len(w), w))
                counted[longest if thing in longest else f"{thing} {longest}"] += 1
    return _often(blames, most), _often(likes, most)


def _often(counted: Counter[str], most: int) -> Said:
    kept = counted.most_common(most)
    return tuple((phrase, times) for phrase, times in kept if times > 1 or len(kept) == 1)


def nearest(seen: Sequence[str], fits: NDArray[Any], order: Index, most: int = 3) -> list[str]:
    """Choose the short sentences that speak of a need most clearly, no two alike.

    Parameters
    ----------
    seen, fits
        Sentences, and how much the words of each say for the need.
    order
        Positions to choose from.
    """
    said = {i: _NUMBERED.sub("", seen[i]).strip() for i in order.tolist()}
    usual = [i for i, text in said.items() if _SHORTEST <= columns(text) <= _LONGEST_QUOTE] or list(said)
    kept: list[str] = []
    for i in sorted(usual, key=lambda i: (-round(float(fits[i]), 6), i)):
        text = said[i] if len(said[i]) <= _MOST_SHOWN else said[i][: _MOST_SHOWN - 1] + "…"
        if text and not any(text[:10] == other[:10] for other in kept):
            kept.append(text)
        if len(kept) == most:
            break
    return kept


def columns(text: str) -> int:
    """How wide a text is, Chinese characters counting two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
