"""Keyword counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from pilothouse.messages import LANGUAGES
from pilothouse.models.needs.keywords import ByKeyword
from pilothouse.types import Context, Shape


def test_text_goes_to_the_keyword_it_holds_most_often() -> None:
    sorting = ByKeyword(("room", "food"), np.array([0, 1]))
    texts = ["food and food in the room", "room food", "nothing here"]
    assert sorting.assign(texts).tolist() == [1, 0, -1]


def test_keywords_are_the_words_of_most_texts(keyed: Any, told: Any) -> None:
    texts, vocabulary = told[0], keyed.vocabulary
    chosen = keyed.learn(texts, vocabulary, Context(), None).keywords
    held = np.asarray((vocabulary.counts_of(texts) > 0).sum(axis=0)).ravel()
    seen = dict(zip(vocabulary.words, held.tolist(), strict=True))
    assert len(chosen) == 6
    assert min(seen[w] for w in chosen) >= max(n for w, n in seen.items() if w not in chosen)


def test_sentence_names_words_in_both_languages(keyed: Any) -> None:
    for language in LANGUAGES:
        assert keyed.sorting.keywords[0] in keyed.sentence().text(language)


def test_cost_grows_with_rows() -> None:
    from pilothouse.models.needs.keywords import Keywords

    small, large = (Keywords().cost(Shape(rows, 0, 1, 0)) for rows in (100, 100_000))
    assert small.seconds < large.seconds
