"""When to say that no passage answers: a rule with one bound, or a regression over signals.

Both learn from questions whose right passages are known, unanswerable ones among them.
The bound is where most questions are handled rightly, answerable and unanswerable ones
counting half each, so that it does not hang on how many of either somebody made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Signals = NDArray[np.float64]
Truths = NDArray[np.bool_]

COVERED = 3
"""Position of the signal that the rule looks at: how much of what the question says the passage holds."""


@dataclass(frozen=True)
class Refusal:
    """Tells how sure it is that the first passage is right, and from where it says so.

    Parameters
    ----------
    centre, spread, slope
        (signals,) of the regression; a rule has a slope in one signal.
    offset
        Of the regression.
    bound
        Below it nothing is answered; 0 answers always.
    """

    centre: Signals = field(repr=False)
    spread: Signals = field(repr=False)
    slope: Signals = field(repr=False)
    offset: float
    bound: float

    def sure(self, signals: Signals) -> NDArray[np.float64]:
        """Probability, from 0 to 1, that the first passage is right; 0 where nothing was found."""
        raw = ((signals - self.centre) / self.spread) @ self.slope + self.offset
        found: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(raw, -30.0, 30.0)))
        return np.where(signals.any(axis=1), found, 0.0)

    @staticmethod
    def never(signals: int) -> Refusal:
        """Answer always where anything was found; the surer, the more of the question the passage holds."""
        slope = np.zeros(signals)
        slope[COVERED] = 8.0
        centre = np.zeros(signals)
        centre[COVERED] = 0.5
        return Refusal(centre, np.ones(signals), slope, 0.0, 0.0)

    @staticmethod
    def rule(signals: Signals, right: Truths, answerable: Truths) -> Refusal:
        """Put one bound on how much of the question the passage holds."""
        plain = Refusal.never(signals.shape[1])
        return plain.bounded(signals, right, answerable)

    @staticmethod
    def learnt(signals: Signals, right: Truths, answerable: Truths) -> Refusal:
        """Fit a logistic regression, each side of the truth weighing half; then the bound.

        Where all questions are of one side there is nothing to learn: the rule stands in.
        """
        from sklearn.linear_model import LogisticRegression

        if right.all() or not right.any():
            return Refusal.rule(signals, right, answerable)
        centre = signals.mean(axis=0)
        spread = np.maximum(signals.std(axis=0), 1e-9)
        fit = LogisticRegression(C=1.0, class_weight="balanced", max_iter=1_000)
        fit.fit((signals - centre) / spread, right)
        made = Refusal(centre, spread, fit.coef_[0].astype(float), float(fit.intercept_[0]), 0.0)
        return made.bounded(signals, right, answerable)

    def bounded(self, signals: Signals, right: Truths, answerable: Truths) -> Refusal:
        """Return it with the bound that handles most of these questions rightly."""
        sure = self.sure(signals)
        weight = np.where(answerable, 0.5 / max(answerable.sum(), 1), 0.5 / max((~answerable).sum(), 1))
        gain = np.where(answerable, right.astype(float), -1.0) * weight  # what answering adds to declining
        order = np.argsort(-sure, kind="stable")
        reached = np.concatenate([[0.0], np.cumsum(gain[order])])
        # Where several bounds do equally well, the middle of them is the least chancy.
        best = np.flatnonzero(reached >= reached.max() - 1e-12)
        answered = int(best[len(best) // 2])
        steps = np.concatenate([[1.0], sure[order], [0.0]])
        bound = float((steps[answered] + steps[answered + 1]) / 2.0)
        return Refusal(self.centre, self.spread, self.slope, self.offset, bound)

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        arrays = {name: getattr(self, name).tolist() for name in ("centre", "spread", "slope")}
        return {**arrays, "offset": self.offset, "bound": self.bound}

    @staticmethod
    def read(kept: Mapping[str, Any]) -> Refusal:
        """Read back what ``as_json`` returned."""
        centre, spread, slope = (np.array(kept[n], dtype=float) for n in ("centre", "spread", "slope"))
        return Refusal(centre, spread, slope, float(kept["offset"]), float(kept["bound"]))
