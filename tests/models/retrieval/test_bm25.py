"""BM25 against its formula, and a filter that holds before anything is scored."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.models.retrieval.bm25 import K1, B, Bm25

TEXTS = [["card", "lost", "card"], ["card", "open", "account"], ["weather"], []]


def by_hand(texts: list[list[str]], query: list[str]) -> list[float]:
    mean = sum(map(len, texts)) / len(texts)
    found = []
    for text in texts:
        score = 0.0
        for term in query:
            documents = sum(term in other for other in texts)
            idf = math.log(1 + (len(texts) - documents + 0.5) / (documents + 0.5))
            often = Counter(text)[term]
            score += idf * often * (K1 + 1) / (often + K1 * (1 - B + B * len(text) / mean))
        found.append(score)
    return found


def test_scores_are_those_of_the_formula() -> None:
    index = Bm25.of(TEXTS)
    for query in (["card"], ["card", "lost"], ["card", "card"], ["unknown"], []):
        np.testing.assert_allclose(index.scores(query), by_hand(TEXTS, query), rtol=1e-6)


def test_terms_tell_more_the_rarer_they_are() -> None:
    index = Bm25.of(TEXTS)
    assert index.idf("card") < index.idf("lost") < index.idf("nowhere")
    assert index.holds("lost", 0) and not index.holds("lost", 1) and not index.holds("nowhere", 0)


@given(st.lists(st.lists(st.sampled_from("abcde"), max_size=6), min_size=1, max_size=8), st.data())
def test_what_may_not_be_seen_scores_nothing(texts: list[list[str]], data: st.DataObject) -> None:
    index = Bm25.of(texts)
    allowed = np.array(data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts))))
    query = data.draw(st.lists(st.sampled_from("abcdef"), max_size=5))
    free, masked = index.scores(query), index.scores(query, allowed)
    np.testing.assert_array_equal(masked, np.where(allowed, free, 0.0))


def test_it_comes_back_from_arrays() -> None:
    index = Bm25.of(TEXTS)
    again = Bm25.read(index.vocabulary, index.arrays(), index.size)
    np.testing.assert_array_equal(index.scores(["card", "lost"]), again.scores(["card", "lost"]))


def test_nothing_can_be_indexed() -> None:
    assert Bm25.of([]).scores(["a"]).shape == (0,)
    assert Bm25.of([[], []]).scores(["a"]) == pytest.approx([0, 0])
