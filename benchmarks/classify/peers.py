"""What stands beside: scikit-learn's TF-IDF with a linear machine, as a person would write it."""

from __future__ import annotations

from typing import Any

import numpy as np

from pilothouse.models.labels.simple import texts_of
from pilothouse.models.target import Target
from pilothouse.types import Answers, Context, Data, Table


class Peer:
    """Characters 1-3 (Chinese) or words 1-2 with characters 2-5 within words, and a linear SVC."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._made: Any = None

    def fit(self, data: Data, context: Context) -> Peer:
        """Learn."""
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline, make_union
        from sklearn.svm import LinearSVC

        texts = texts_of(data.table)
        if sum("\u4e00" <= c <= "\u9fff" for c in texts[0]) > len(texts[0]) / 3:
            parts = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
        else:
            parts = make_union(
                TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
                TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
            )
        self._made = make_pipeline(parts, LinearSVC()).fit(texts, self.target.truth(data.table))
        return self

    def predict(self, requests: Table, context: Context) -> Answers:
        """Margins through a softmax: the order is what is looked at."""
        margin = self._made.decision_function(texts_of(requests))
        margin = np.stack([-margin, margin], axis=1) if margin.ndim == 1 else margin
        away = np.exp(margin - margin.max(axis=1, keepdims=True))
        return Answers({"probability": away / away.sum(axis=1, keepdims=True)})
