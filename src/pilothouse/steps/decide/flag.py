"""Who is flagged, and how many of 100 flagged are right.

Capacity means the top K of a period, never a fixed cut: the same share of any rows is
flagged, rows that tie at the edge count in proportion. With costs and no limit, a row is
flagged when its chance pays for the action (Vickers and Elkin 2006). With neither, as many
are flagged as have the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pilothouse.steps.decide.assumptions import Assumptions, Rivals
from pilothouse.steps.evaluate.bootstrap import DRAWS, interval, resample
from pilothouse.steps.evaluate.streams import stream
from pilothouse.steps.evaluate.weighting import Value, Weight, mean, ratio
from pilothouse.types.contest import Array, Index
from pilothouse.types.evidence import Estimate


@dataclass(frozen=True)
class Policy:
    """How rows are flagged: a share of them from the top, or all above a chance.

    ``chance`` is None unless ``set_by`` is "costs"; then ``share`` is not used.
    """

    set_by: Literal["capacity", "costs", "base_rate"]
    share: float
    chance: float | None = None


@dataclass(frozen=True)
class Flagged:
    """Numbers of ``FlaggedRecord``: of the rows flagged, the share that is right.

    The baseline flags as many rows as the winner does, so that the two can be compared.
    """

    share: float
    count: int
    threshold: float
    winner: Estimate
    baseline: Estimate
    extra: Estimate
    set_by: Literal["capacity", "costs", "base_rate"]


def choose_policy(assumptions: Assumptions | None, base_rate: float) -> Policy:
    """Decide how to flag from what is known; ``base_rate`` is that of the training rows."""
    if assumptions is None:
        return Policy("base_rate", base_rate)
    likely = assumptions.likely()
    if "capacity" in likely:
        return Policy("capacity", min(1.0, likely["capacity"] / assumptions.volume))
    brings = likely["true_positive"] * likely["success"]
    return Policy("costs", base_rate, likely["contact"] / brings if brings > 0 else float("inf"))


def hits_at(truth: Array, score: Array | None, shares: Array, weight: Weight = None) -> Value:
    """Rows with the outcome among the top share, as a share of all rows.

    Parameters
    ----------
    truth
        0 and 1, shape (n,).
    score
        Shape (n,); None picks at random.
    shares
        Shares flagged, in [0, 1], shape (m,).
    weight
        None, (n,) or (draws, n).

    Returns
    -------
    array
        (m,) or (draws, m), expected over the order of rows that tie.
    """
    if score is None:
        return np.asarray(mean(truth.astype(float), weight))[..., None] * shares
    order = np.argsort(-score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=np.inf))
    weights = np.ones(len(truth)) if weight is None else np.asarray(weight, dtype=float)
    rows = np.add.reduceat(weights[..., order], starts, axis=-1)
    hits = np.add.reduceat(weights[..., order] * truth[order], starts, axis=-1)
    above = np.cumsum(rows, axis=-1) - rows
    whole = rows.sum(axis=-1, keepdims=True)
    density = np.divide(hits, rows, out=np.zeros_like(hits), where=rows > 0)
    found = [
        (np.clip(share * whole - above, 0.0, rows) * density).sum(axis=-1) / whole[..., 0] for share in shares
    ]
    return np.stack(found, axis=-1)


def count_flagged(rivals: Rivals, policy: Policy, seed: int, draws: int = DRAWS) -> Flagged:
    """Of the rows the winner flags, how many are right, and how many the baseline's would be."""
    threshold, share = _cut(rivals.winner, policy)
    shares = np.array([share])

    def measure(weight: Weight) -> dict[str, Array]:
        return {
            "winner": _precision(rivals.truth, rivals.winner, policy, shares, weight),
            "baseline": _precision(rivals.truth, rivals.baseline, None, shares, weight),
        }

    found, by_draw = measure(None), resample(measure, rivals.unit, seed, draws, rivals.spread)
    extra = by_draw["winner"] - by_draw["baseline"]
    return Flagged(
        share,
        round(share * len(rivals.truth)),
        threshold,
        Estimate(float(found["winner"]), interval(by_draw["winner"])),
        Estimate(float(found["baseline"]), interval(by_draw["baseline"])),
        Estimate(float(found["winner"] - found["baseline"]), interval(extra)),
        policy.set_by,
    )


def pick(score: Array, count: int, seed: int) -> Index:
    """Positions of the ``count`` highest scores, the likeliest first; ties in random order."""
    shuffled = stream(seed, "ties").permutation(len(score))
    order = shuffled[np.argsort(-score[shuffled], kind="stable")]
    return np.asarray(order[:count], dtype=np.int64)


def _cut(score: Array, policy: Policy) -> tuple[float, float]:
    """Lowest score that is flagged and the share of rows flagged."""
    if policy.chance is not None:
        return policy.chance, float((score > policy.chance).mean())
    place = int(np.clip(np.ceil(policy.share * len(score) - 1e-9), 1, len(score)))
    return float(np.sort(score)[::-1][place - 1]), policy.share


def _precision(
    truth: Array, score: Array | None, policy: Policy | None, shares: Array, weight: Weight
) -> Array:
    if score is not None and policy is not None and policy.chance is not None:
        flag = score > policy.chance
        found = ratio(mean((flag & (truth == 1)).astype(float), weight), mean(flag.astype(float), weight))
        return np.asarray(found)
    hits = np.asarray(hits_at(truth, score, shares, weight))[..., 0]
    return hits / shares[0] if shares[0] > 0 else np.full_like(hits, np.nan)
