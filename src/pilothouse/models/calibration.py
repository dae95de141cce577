"""When it says 30 %, do 30 % happen? A map from said to likely, learnt out of fold.

Four maps compete by cross-validated log loss, and the simplest within one standard
error of the best is kept: leave it alone, a logistic line on the log-odds (Platt), beta
calibration, and steps (isotonic, only with 1,000 outcomes of the rarer class). All keep
the order of the rows: the steps carry a trace of the original, so that ties in the map
are no ties in the ranking. Several classes share one temperature.

It judges nothing: whether the result is calibrated is measured by ``steps.evaluate``.

References
----------
Platt 1999; Zadrozny and Elkan 2002; Kull, Silva Filho and Flach, "Beta calibration",
2017; Guo et al., "On calibration of modern neural networks", 2017.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.types import Answers

Matrix = NDArray[np.float64]

_FEW = 1e-9
_FOLDS = 5
_OUTCOMES_FOR_STEPS = 1_000
_TRACE = 1e-4
_SMALLEST_SLOPE = 0.05


@dataclass(frozen=True)
class Calibration:
    """A monotone map of probabilities.

    Parameters
    ----------
    kind
        "identity", "logistic", "beta", "steps" or "temperature".
    numbers
        Its parameters: (slope, base); (a, b, base); (temperature,); for steps the
        values said, then the shares that happened.
    """

    kind: str = "identity"
    numbers: tuple[float, ...] = field(default=(), repr=False)

    def apply(self, probability: Matrix) -> Matrix:
        """Map probabilities, (n, classes), to calibrated ones that sum to one."""
        if self.kind == "identity":
            return probability
        if self.kind == "temperature":
            scaled = np.log(np.clip(probability, _FEW, 1.0)) / self.numbers[0]
            scaled = np.exp(scaled - scaled.max(axis=1, keepdims=True))
            return np.asarray(scaled / scaled.sum(axis=1, keepdims=True))
        likely = self._map(probability[:, 1])
        return np.stack([1.0 - likely, likely], axis=1)

    def _map(self, said: Matrix) -> Matrix:
        """Map the outcome's probability, (n,)."""
        held = np.clip(said, _FEW, 1.0 - _FEW)
        if self.kind == "steps":
            half = len(self.numbers) // 2
            stepped = np.interp(held, self.numbers[:half], self.numbers[half:])
            return np.asarray((1.0 - _TRACE) * stepped + _TRACE * held)
        yes, no = np.log(held), -np.log1p(-held)
        if self.kind == "beta":
            a, b, base = self.numbers
            return np.asarray(1.0 / (1.0 + np.exp(-(a * yes + b * no + base))))
        slope, base = self.numbers
        return np.asarray(1.0 / (1.0 + np.exp(-(slope * (yes + no) + base))))

    def state(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return {"kind": self.kind, "numbers": list(self.numbers)}

    @staticmethod
    def restore(state: Mapping[str, Any]) -> Calibration:
        """Rebuild from ``state``."""
        return Calibration(state["kind"], tuple(state["numbers"]))


@dataclass(frozen=True)
class Corrected:
    """A calibration that speaks of answers."""

    calibration: Calibration

    def apply(self, answers: Answers) -> Answers:
        """Return calibrated answers; rows without an answer stay without."""
        said = answers["probability"]
        known = np.isfinite(said).all(axis=1)
        corrected = np.full(said.shape, np.nan)
        corrected[known] = self.calibration.apply(said[known])
        return Answers({"probability": corrected})

    def state(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return self.calibration.state()


def fit_calibration(truth: NDArray[np.int64], probability: Matrix, seed: int = 0) -> Calibration:
    """Choose and fit a map on out-of-fold answers.

    Parameters
    ----------
    truth
        (n,) class numbers.
    probability
        (n, classes), out of fold; rows with NaN are left out.
    seed
        Deals the rows into five folds.
    """
    seen = np.isfinite(probability).all(axis=1)
    truth, probability = truth[seen], probability[seen]
    fits = _contestants(truth, probability.shape[1])
    if not fits or len(truth) < 10 * _FOLDS:
        return Calibration()
    fold = np.random.default_rng(seed).permutation(len(truth)) % _FOLDS
    losses = [_loss(truth, probability)]
    for fit in fits:
        answers = np.empty_like(probability)
        for number in range(_FOLDS):
            asked = fold == number
            answers[asked] = fit(truth[~asked], probability[~asked]).apply(probability[asked])
        losses.append(_loss(truth, answers))
    best = int(np.argmin([one.mean() for one in losses]))
    for place, one in enumerate(losses):
        worse = one - losses[best]
        if place == best or worse.mean() <= worse.std() / np.sqrt(len(worse)):
            return Calibration() if place == 0 else fits[place - 1](truth, probability)
    return Calibration()


def _contestants(
    truth: NDArray[np.int64], classes: int
) -> list[Callable[[NDArray[np.int64], Matrix], Calibration]]:
    """Maps that this many outcomes allow, simplest first."""
    counts = np.bincount(truth, minlength=classes)
    if classes > 2:
        return [_temperature] if (counts > 0).sum() > 1 else []
    if counts.min() < _FOLDS:
        return []
    return [_logistic, _beta, *([_steps] if counts.min() >= _OUTCOMES_FOR_STEPS else [])]


def _loss(truth: NDArray[np.int64], probability: Matrix) -> Matrix:
    """Log loss of each row."""
    return np.asarray(-np.log(np.clip(probability[np.arange(len(truth)), truth], _FEW, 1.0)))


def _logistic(truth: NDArray[np.int64], probability: Matrix) -> Calibration:
    """A line on the log-odds; the slope stays positive."""
    held = np.clip(probability[:, 1], _FEW, 1.0 - _FEW)
    odds = np.log(held) - np.log1p(-held)
    slope, base = _fit_line(truth, odds[:, None], [1.0, 0.0])
    return Calibration("logistic", (max(slope, _SMALLEST_SLOPE), base))


def _beta(truth: NDArray[np.int64], probability: Matrix) -> Calibration:
    """A line on log p and -log(1 - p), both slopes positive."""
    held = np.clip(probability[:, 1], _FEW, 1.0 - _FEW)
    parts = np.stack([np.log(held), -np.log1p(-held)], axis=1)
    a, b, base = _fit_line(truth, parts, [1.0, 1.0, 0.0])
    return Calibration("beta", (max(a, _SMALLEST_SLOPE), max(b, _SMALLEST_SLOPE), base))


def _fit_line(truth: NDArray[np.int64], parts: Matrix, start: list[float]) -> list[float]:
    """Least log loss over slopes (bounded below) and a base, last."""
    from scipy.optimize import minimize

    def loss(numbers: Matrix) -> tuple[float, Matrix]:
        margin = parts @ numbers[:-1] + numbers[-1]
        value = np.logaddexp(0.0, margin) - truth * margin
        away = 1.0 / (1.0 + np.exp(-np.clip(margin, -500, 500))) - truth
        slope = np.append(parts.T @ away, away.sum()) / len(truth)
        return float(value.mean()), slope

    bounds = [(_SMALLEST_SLOPE, 20.0)] * parts.shape[1] + [(-20.0, 20.0)]
    found = minimize(loss, np.array(start), jac=True, method="L-BFGS-B", bounds=bounds)
    return [float(one) for one in found.x]


def _steps(truth: NDArray[np.int64], probability: Matrix) -> Calibration:
    """Isotonic regression, its corners only."""
    from sklearn.isotonic import IsotonicRegression

    solver = IsotonicRegression(y_min=1e-4, y_max=1.0 - 1e-4, out_of_bounds="clip")
    solver.fit(probability[:, 1], truth)
    said, happened = solver.X_thresholds_, solver.y_thresholds_
    return Calibration("steps", (*said.tolist(), *happened.tolist()))


def _temperature(truth: NDArray[np.int64], probability: Matrix) -> Calibration:
    """One temperature for all classes."""
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        made = Calibration("temperature", (float(np.exp(log_temperature)),))
        return float(_loss(truth, made.apply(probability)).mean())

    found = minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded")
    return Calibration("temperature", (float(np.exp(found.x)),))
