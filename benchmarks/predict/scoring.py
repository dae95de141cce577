"""Scores on a test part, and what splits say together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilothouse.steps.evaluate.calibration import FLOOR, ece_of_perfect
from pilothouse.steps.evaluate.metrics_binary import ece

LEAST = 0.002


def score(truth: np.ndarray, said: np.ndarray) -> dict[str, float]:
    """AUC, PR-AUC, log loss, ECE, and the ECE that a perfect model may show on these rows."""
    from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

    return {
        "auc": float(roc_auc_score(truth, said)),
        "pr_auc": float(average_precision_score(truth, said)),
        "log_loss": float(log_loss(truth, np.clip(said, 1e-9, 1 - 1e-9))),
        "ece": float(ece(truth, said)),
        "ece_limit": max(FLOOR, ece_of_perfect(said, 0, 1_000)),
    }


@dataclass(frozen=True)
class Compared:
    """Our mean paired difference to a peer, and how far it may fall behind.

    The error is Nadeau and Bengio's (2003): splits share rows, so the variance of the mean
    is (1/k + test/train) times the variance of the differences.
    """

    difference: float
    error: float

    @property
    def bar(self) -> float:
        """The mean difference may not be below this."""
        return -max(LEAST, self.error / 2)


def compare(ours: list[float], theirs: list[float], test_share: float) -> Compared:
    """Compare split by split; ``test_share`` is rows asked / rows learnt from."""
    away = np.subtract(ours, theirs)
    spread = float(away.std(ddof=1)) if len(away) > 1 else 0.0
    return Compared(float(away.mean()), spread * float(np.sqrt(1 / len(away) + test_share)))
