"""Who is better on the training folds: corrected t-test, one-standard-error rule, best baseline.

References
----------
Nadeau and Bengio (2003), Inference for the generalization error;
Breiman, Friedman, Olshen and Stone (1984), Classification and Regression Trees, 3.4.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def corrected_p(gains: Sequence[float], learn_rows: float, ask_rows: float) -> float:
    """Two-sided p of "no gain" from the gains of k folds (corrected resampled t-test).

    The variance of the mean is (1/k + ask/learn) times the variance of the gains, because
    folds share training rows; t has k - 1 degrees of freedom. Departure: where the mean
    gain is not above 0 the result is 1, so that a small p always speaks for the winner.

    Parameters
    ----------
    gains
        Winner minus baseline by fold, sign turned so that more is better.
    learn_rows, ask_rows
        Rows learnt from and asked in a fold, on average.

    Returns
    -------
    float
        In [0, 1]; 1 for fewer than two folds.
    """
    from scipy import stats

    values = np.asarray(gains, dtype=float)
    folds = len(values)
    if folds < 2 or np.isnan(values).any() or values.mean() <= 0:
        return 1.0
    variance = (1.0 / folds + ask_rows / learn_rows) * values.var(ddof=1)
    if variance == 0:
        return 0.0
    return float(2.0 * stats.t.sf(values.mean() / np.sqrt(variance), folds - 1))


def simplest_within_one_se(
    scores: Mapping[str, Sequence[float]], ranks: Mapping[str, int], higher_is_better: bool
) -> str:
    """Name of the simplest candidate within one standard error of the best.

    Departure from Breiman: the standard error is that of the *paired* difference to the best
    over the folds, not that of the best score itself. Folds differ far more in how hard they
    are than two candidates differ on one fold, so the paired error is the one that tells
    whether the best is really better.

    Parameters
    ----------
    scores
        Candidate -> primary score of each fold, the same folds in the same order.
    ranks
        Candidate -> simplicity; the lower, the simpler. Ties go to the better mean.
    higher_is_better
        Direction of the score.
    """
    sign = 1.0 if higher_is_better else -1.0
    table = {name: sign * np.asarray(values, dtype=float) for name, values in scores.items()}
    means = {name: float(values.mean()) for name, values in table.items()}
    best = max(means, key=lambda name: (means[name], -ranks[name]))
    for name in sorted(table, key=lambda name: (ranks[name], -means[name])):
        behind = table[best] - table[name]
        error = behind.std(ddof=1) / np.sqrt(len(behind)) if len(behind) > 1 else 0.0
        if behind.mean() <= error:
            return name
    return best


def best_baseline(
    scores: Mapping[str, Sequence[float]], ranks: Mapping[str, int], higher_is_better: bool
) -> str:
    """Name of the baseline with the best mean over the folds; the simplest of equals."""
    sign = 1.0 if higher_is_better else -1.0
    return max(scores, key=lambda name: (round(sign * float(np.mean(scores[name])), 9), -ranks[name]))
