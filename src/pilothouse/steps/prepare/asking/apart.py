"""Which entries answer alike, and which are kept aside so that nothing answers their questions.

Two entries answer alike where question or answer is the same in other letters: a citation
of either is right. Entries whose questions share most of their words are kept aside
together or not at all, else a question would count as unanswerable while a neighbour
answers it. What is kept aside hangs on an entry's own words and the seed, so that new
entries move no old one.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.retrieval.bm25 import Bm25
from pilothouse.models.retrieval.index import question_terms

SHARE = 0.25
"""Of the entries, kept aside."""
CLOSE = 0.6
"""Share of words in common, of all words of two questions, from which they are neighbours."""
_LEAST_ANSWER = 12
_NEAR = 8
_MOST_TOGETHER = 0.05

Groups = NDArray[np.int64]


def alike(questions: Sequence[str], answers: Sequence[str]) -> Groups:
    """Number entries so that those that answer alike have one number, (n,)."""
    links = []
    for told in (questions, [answer if len(answer) >= _LEAST_ANSWER else "" for answer in answers]):
        same: dict[tuple[str, ...], int] = {}
        for place, text in enumerate(told):
            words = tuple(question_terms(text))
            if words:
                links.append((same.setdefault(words, place), place))
    return _joined(len(questions), links)


def neighbours(questions: Sequence[str], groups: Groups) -> Groups:
    """Number entries so that those whose questions are near have one number, alike ones too, (n,).

    Where chains of neighbours would join more than 5 % of all, only alike ones stay together.
    """
    words = [question_terms(question) for question in questions]
    index = Bm25.of(words)
    links = [(int(np.flatnonzero(groups == group)[0]), place) for place, group in enumerate(groups)]
    for place, own in enumerate(words):
        scores = index.scores(own)
        for other in np.argsort(-scores)[:_NEAR].tolist():
            both, either = set(own) & set(words[other]), set(own) | set(words[other])
            if other > place and either and len(both) >= CLOSE * len(either):
                links.append((place, other))
    found = _joined(len(questions), links)
    sizes = np.bincount(found, minlength=len(questions))[found]
    chained = sizes > max(3, _MOST_TOGETHER * len(questions))
    return np.where(chained, groups, found)


def kept_aside(texts: Sequence[str], clusters: Groups, seed: int, share: float = SHARE) -> NDArray[np.bool_]:
    """Choose whole clusters to keep aside until ``share`` of the entries is reached, (n,)."""
    lots = {}
    members = defaultdict(list)
    for place, cluster in enumerate(clusters.tolist()):
        members[cluster].append(place)
    for cluster, places in members.items():
        words = "\0".join(sorted(texts[place] for place in places))
        lots[cluster] = hashlib.sha256(f"{seed}\0{words}".encode()).digest()
    aside = np.zeros(len(texts), dtype=bool)
    wanted = round(share * len(texts))
    for cluster in sorted(lots, key=lambda c: lots[c]):
        if aside.sum() + len(members[cluster]) <= wanted:
            aside[members[cluster]] = True
    return aside


def _joined(count: int, links: Iterable[tuple[int, int]]) -> Groups:
    """Number the parts that links hold together, each by its first member."""
    above = list(range(count))

    def top(place: int) -> int:
        while above[place] != place:
            above[place] = above[above[place]]
            place = above[place]
        return place

    for here, there in links:
        low, high = sorted((top(here), top(there)))
        above[high] = low
    return np.array([top(place) for place in range(count)], dtype=np.int64)
