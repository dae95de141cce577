"""A linear head: logistic regression over numbers that describe a picture."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_ABSENT = -12.0
"""Margin of a label that no learning row has."""


@dataclass(frozen=True)
class Head:
    """Weights over standardised numbers.

    Parameters
    ----------
    weights, base
        (numbers, labels) and (labels,).
    centre, scale
        (numbers,) mean and deviation while learning.
    """

    weights: Matrix
    base: Matrix
    centre: Matrix
    scale: Matrix

    @staticmethod
    def learn(parts: Matrix, truth: NDArray[np.int64], labels: int, strength: float) -> Head:
        """Learn from ``parts`` (n, numbers); ``strength`` is scikit-learn's C."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        centre = parts.mean(axis=0)
        # One scale for all keeps pixels that hardly ever change from shouting.
        scale = np.full(parts.shape[1], float(parts.std(axis=0).mean()) or 1.0)
        present = np.unique(truth)
        weights, base = np.zeros((parts.shape[1], labels)), np.full(labels, _ABSENT)
        base[present] = 0.0
        if len(present) > 1:
            solver = LogisticRegression(C=strength, max_iter=300, tol=1e-3)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                solver.fit((parts - centre) / scale, truth)
            own, bias = solver.coef_.T, solver.intercept_
            if own.shape[1] == 1:
                own, bias = np.concatenate([-own / 2, own / 2], axis=1), np.concatenate([-bias / 2, bias / 2])
            weights[:, present], base[present] = own, bias
        return Head(weights, base, centre, scale)

    def answer(self, parts: Matrix) -> Matrix:
        """Return probabilities, (n, labels)."""
        return softmax(((parts - self.centre) / self.scale) @ self.weights + self.base)

    def arrays(self) -> dict[str, Matrix]:
        """Return it as files keep it."""
        return {"weights": self.weights, "base": self.base, "centre": self.centre, "scale": self.scale}

    @staticmethod
    def restore(arrays: Mapping[str, Any]) -> Head:
        """Rebuild from ``arrays``."""
        return Head(arrays["weights"], arrays["base"], arrays["centre"], arrays["scale"])


def softmax(margin: Matrix) -> Matrix:
    """Turn margins, (n, labels), into probabilities."""
    away = np.exp(margin - margin.max(axis=1, keepdims=True))
    return np.asarray(away / away.sum(axis=1, keepdims=True))
