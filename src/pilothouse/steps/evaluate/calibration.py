"""Calibration: when it says 30 %, 30 % happen.

Calibrated means: ECE <= max(.02, the 95th percentile of ECE when the outcomes are drawn
from the predictions themselves on the same rows). A perfect model shows an ECE above 0 on
few rows, so a fixed limit would call small samples uncalibrated (Roelofs et al. 2022).
Slope and observed/expected carry intervals (Van Calster et al. 2019). For classes, pass
``metrics_classes.top_label``. Nothing is recalibrated here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilothouse.steps.evaluate.bootstrap import CELLS, DRAWS, interval, resample
from pilothouse.steps.evaluate.metrics_binary import BINS, ece, mass_bins
from pilothouse.steps.evaluate.streams import stream
from pilothouse.steps.evaluate.weighting import total
from pilothouse.types.contest import Array, Index
from pilothouse.types.evidence import Estimate

FLOOR = 0.02


@dataclass(frozen=True)
class Calibration:
    """Fields of ``CalibrationRecord``; slope and observed/expected are 1 when perfect."""

    ece: float
    limit: float
    calibrated: bool
    slope: Estimate
    observed_expected: Estimate
    bins: tuple[dict[str, float], ...]


def calibrate_check(
    truth: Array, probability: Array, unit: Index, seed: int, count: int = DRAWS
) -> Calibration:
    """Judge probabilities, shape (n,), against outcomes 0 and 1, shape (n,)."""
    found = float(ece(truth, probability))
    limit = max(FLOOR, ece_of_perfect(probability, seed, count))
    slope, ratio = _slope_and_ratio(truth, probability, unit, seed, count)
    return Calibration(found, limit, found <= limit, slope, ratio, tuple(_bins(truth, probability)))


def ece_of_perfect(probability: Array, seed: int, count: int = DRAWS, level: float = 0.95) -> float:
    """Quantile of ECE over ``count`` sets of outcomes drawn from ``probability`` itself."""
    bins = mass_bins(probability)
    order = np.argsort(bins, kind="stable")
    said = probability[order]
    starts = np.flatnonzero(np.diff(bins[order], prepend=-1))
    expected = np.add.reduceat(said, starts)
    rng, rows = stream(seed, "perfect model"), len(said)
    step, found = max(1, CELLS // rows), []
    for start in range(0, count, step):
        happened = rng.random((min(step, count - start), rows)) < said
        sums = np.add.reduceat(happened, starts, axis=1, dtype=np.int64)
        found.append(np.abs(sums - expected).sum(axis=1) / rows)
    return float(np.quantile(np.concatenate(found), level))


def _bins(truth: Array, probability: Array) -> list[dict[str, float]]:
    bins = mass_bins(probability)
    kept = [np.flatnonzero(bins == b) for b in range(BINS)]
    return [
        {
            "said": float(probability[i].mean()),
            "happened": float(truth[i].mean()),
            "rows": float(len(i)),
        }
        for i in kept
        if len(i)
    ]


def _slope_and_ratio(
    truth: Array, probability: Array, unit: Index, seed: int, count: int
) -> tuple[Estimate, Estimate]:
    """Slope of a logistic regression of the outcome on the log odds; observed over expected.

    Draws take one Newton step from the estimate, which makes them matrix products
    (Moulton and Zeger 1991, Bootstrapping generalized linear models).
    """
    said = np.clip(probability, 1e-6, 1.0 - 1e-6)
    odds = np.log(said / (1.0 - said))
    start = _fit(truth, odds)
    mu = _logistic(start[0] + start[1] * odds)
    rest, curve = truth - mu, mu * (1.0 - mu)
    columns = np.stack(
        [rest, rest * odds, curve, curve * odds, curve * odds**2, truth.astype(float), probability], axis=1
    )

    def measure(weight: Array) -> dict[str, Array]:
        g0, g1, h00, h01, h11, observed, expected = total(columns, weight).T
        det = h00 * h11 - h01**2
        step = np.divide(h00 * g1 - h01 * g0, det, out=np.full(det.shape, np.nan), where=det > 1e-12)
        ratio = np.divide(observed, expected, out=np.full(det.shape, np.nan), where=expected > 0)
        return {"slope": start[1] + step, "ratio": ratio}

    by_draw = resample(measure, unit, seed, count)
    ratio = float(truth.sum() / probability.sum()) if probability.sum() > 0 else float("nan")
    return Estimate(start[1], interval(by_draw["slope"])), Estimate(ratio, interval(by_draw["ratio"]))


def _fit(truth: Array, odds: Array) -> tuple[float, float]:
    """Intercept and slope by Newton's method; NaN slope when the odds do not vary."""
    if np.ptp(odds) < 1e-9 or truth.min() == truth.max():
        return 0.0, float("nan")
    design = np.stack([np.ones_like(odds), odds], axis=1)
    beta = np.zeros(2)
    for _ in range(50):
        mu = _logistic(design @ beta)
        curve = np.maximum(mu * (1.0 - mu), 1e-10)
        step = np.linalg.solve(design.T @ (design * curve[:, None]), design.T @ (truth - mu))
        beta += np.clip(step, -5.0, 5.0)
        if np.abs(step).max() < 1e-10:
            break
    return float(beta[0]), float(beta[1])


def _logistic(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -500.0, 500.0))))
