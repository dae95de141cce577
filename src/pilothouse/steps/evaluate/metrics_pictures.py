"""How near drawn pictures come to real ones: distance, precision and recall, copies.

All of them compare features (see ``models.generators.eye``) of as many drawn pictures as
real ones kept aside. The distance is Frechet's between two normal distributions; it grows
when pictures are wrong and when kinds of picture are missing, and it shrinks as more
pictures are compared, so only figures from the same number of pictures compare: ``floor``
gives what real pictures reach against real ones. It cannot tell a new picture from a
copy, which is why ``copies`` stands beside it and rules over it.

References
----------
Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash
equilibrium", 2017 (the distance). Kynkaanniemi et al., "Improved precision and recall
metric for assessing generative models", 2019. Schilling, "Multivariate two-sample tests
based on nearest neighbors", 1986 (passing). Meehan, Chaudhuri and Dasgupta, "A
non-parametric test to detect data-copying in generative models", 2020 (copies are drawn
nearer to the learnt pictures than real new ones lie).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pilothouse.steps.evaluate.weighting import Value, Weight, mean
from pilothouse.types.contest import Array, Scores

NEIGHBOURS, TIGHT_SHARE = 3, 0.5
"""A picture lies among others when it is nearer to one of them than its third neighbour, where
only the half of them with the nearest neighbours count: around one odd picture there is room for
anything, and per-pixel noise lay among digits 97 times of 100 until the wide half was left out.
Of real pictures themselves about half then lie among others."""
POOLED = 5
"""Nearest pictures, real and drawn, by which one passes for real."""
NEAR_SHARE = 0.01
"""A gap that so few real new pictures have is that of a copy."""
MOST_COPIES = 0.10
"""From here on a generator copies, and no other figure of it counts."""
_LEAST_SHARE = 1e-7
"""Share of the real variance that every direction is given, so that constant features do no harm."""
COPYING = 1e6
"""The distance of a generator that copies: farther than anything that draws."""


@dataclass(frozen=True)
class RealPictures:
    """Real pictures kept aside.

    Parameters
    ----------
    features
        (n, d).
    gap
        (n,) how far each lies from the nearest picture that was learnt from.
    near
        A gap below this is a copy's.
    """

    features: Array = field(repr=False)
    gap: Array = field(repr=False)
    near: float

    def take(self, index: Array) -> RealPictures:
        """Return those at ``index``."""
        return RealPictures(self.features[index], self.gap[index], self.near)


def nearness(gaps: Array) -> float:
    """Gap below which a picture counts as a copy: half of what 1 % of real new pictures fall below."""
    return 0.5 * float(np.quantile(gaps, NEAR_SHARE))


def measure_pictures(real: RealPictures, features: Array, gap: Array, weight: Weight = None) -> Scores:
    """Score drawn pictures, the distance first.

    Parameters
    ----------
    real
        As many as there are drawn pictures; a weight counts for the pair.
    features, gap
        (n, d) and (n,) of the drawn pictures.
    weight
        None, (n,) or (draws, n).
    """
    copied = mean((gap < real.near).astype(float), weight)
    distance = frechet(features, real.features, weight)
    values = {
        "distance": _ruled(distance, copied),
        "passes": mean(passing(real, features, gap), weight),
        "looks_real": mean(lies_among(features, real.features), weight),
        "variety": mean(lies_among(real.features, features), weight),
        "copies": copied,
        "raw_distance": distance,
    }
    return Scores(values, {name: name in ("passes", "looks_real", "variety") for name in values})


def frechet(drawn: Array, real: Array, weight: Weight = None) -> Value:
    """Squared Frechet distance of two normal distributions fitted to features, one a draw.

    ``drawn`` is (n, d) and ``real`` (m, d); with weights the two are as many.
    """
    (centre, spread), (other, wide) = _moments(drawn, weight), _moments(real, weight)
    least = _LEAST_SHARE * real.var(axis=0).sum() * np.eye(real.shape[1])
    spread, wide = spread + least, wide + least
    # The trace of the root of a product is the sum of singular values of the roots' product,
    # which keeps twice the digits.
    common = np.linalg.svd(_root(spread) @ _root(wide), compute_uv=False).sum(axis=1)
    traces = np.trace(spread, axis1=1, axis2=2) + np.trace(wide, axis1=1, axis2=2)
    found = np.maximum(np.square(centre - other).sum(axis=1) + traces - 2.0 * common, 0.0)
    return float(found[0]) if weight is None or np.ndim(weight) == 1 else found


def lies_among(asked: Array, others: Array) -> Array:
    """1.0 for each of ``asked`` that lies within a tight neighbourhood of ``others``, else 0.0.

    Section 5 of Kynkaanniemi et al. leaves out the same half.
    """
    count = min(NEIGHBOURS, len(others) - 1)
    own = np.partition(_squares(others, others), count, axis=1)[:, count]  # 0 is the picture itself
    tight = own <= np.quantile(own, TIGHT_SHARE)
    return np.asarray((_squares(asked, others[tight]) <= own[tight]).any(axis=1), dtype=float)


def passing(real: RealPictures, features: Array, gap: Array) -> Array:
    """How well each drawn picture passes for a real one, (n,): 0 for a copy.

    Twice the share of real ones among its 5 nearest, real and drawn; the mean is about 1
    where the two cannot be told apart. Pictures that are all alike have each other for
    neighbours, so they do not pass, wherever they lie.
    """
    count = min(POOLED, len(features) - 1)
    apart = _squares(features, features)
    np.fill_diagonal(apart, np.inf)
    pooled = np.concatenate([apart, _squares(features, real.features)], axis=1)
    near = np.argpartition(pooled, count - 1, axis=1)[:, :count] >= len(features)
    return np.asarray(2.0 * near.mean(axis=1) * (gap >= real.near))


def _ruled(distance: Value, copied: Value) -> Value:
    """The hard rule: who copies has drawn nothing."""
    found = np.where(np.asarray(copied) > MOST_COPIES, COPYING, distance)
    return float(found) if found.ndim == 0 else found


def _moments(features: Array, weight: Weight) -> tuple[Any, Any]:
    """Weighted mean (draws, d) and covariance (draws, d, d); one draw without weights."""
    weight = np.ones(len(features)) if weight is None else np.asarray(weight, dtype=float)
    weight, width = np.atleast_2d(weight), features.shape[1]
    shift = features.mean(axis=0)  # sums of squares around the middle lose fewer digits
    centred = features - shift
    total = np.maximum(weight.sum(axis=1), 1.0)[:, None]
    centre = weight @ centred / total
    squares = (centred[:, :, None] * centred[:, None, :]).reshape(len(features), -1)
    second = (weight @ squares / total).reshape(-1, width, width)
    spread = second - centre[:, :, None] * centre[:, None, :]
    return centre + shift, spread


def _root(matrices: Array) -> Any:
    """Square roots of symmetric matrices (draws, d, d)."""
    values, vectors = np.linalg.eigh(matrices)
    return (vectors * np.sqrt(np.maximum(values, 0.0))[:, None]) @ vectors.transpose(0, 2, 1)


def _squares(here: Array, there: Array) -> Array:
    """Squared distances (n, m)."""
    sums = np.square(here).sum(axis=1)[:, None] + np.square(there).sum(axis=1)[None]
    return np.asarray(np.maximum(sums - 2.0 * here @ there.T, 0.0))
