"""What rating somebody would give: the average, what the item adds, what the person adds.

It ranks nothing and competes with nobody; it says how far ratings can be told at all.
Neither neighbours nor factors are read.

References
----------
Koren, Bell and Volinsky, "Matrix factorization techniques for recommender systems",
2009 (biases); the two penalties are those of Koren, "Factor in the neighbors", 2010.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.ranking import Codes, Interactions

_OF_ITEM, _OF_USER = 25.0, 10.0
_SWEEPS = 5
_DEGREES = (3, 101)
_GIVEN_ONCE = 0.95

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Biases:
    """Average and biases, found by least squares in turns.

    Parameters
    ----------
    mean
        Of the ratings learnt from.
    user, item
        (users,) and (items,); 0 where nothing was learnt.
    least, most
        The ends of the scale.
    """

    mean: float
    user: Floats = field(repr=False)
    item: Floats = field(repr=False)
    least: float
    most: float

    @staticmethod
    def learn(told: Interactions) -> Biases:
        """Learn from interactions with values, at least one."""
        assert told.value is not None
        mean, user, item = float(told.value.mean()), np.zeros(told.users), np.zeros(told.items)
        for _ in range(_SWEEPS):
            item = _pulled(told.value - mean - user[told.user], told.item, told.items, _OF_ITEM)
            user = _pulled(told.value - mean - item[told.item], told.user, told.users, _OF_USER)
        return Biases(mean, user, item, float(told.value.min()), float(told.value.max()))

    def say(self, user: Codes, item: Codes) -> Floats:
        """Predict ratings within the scale, (n,)."""
        return np.asarray(np.clip(self.mean + self.user[user] + self.item[item], self.least, self.most))


def are_ratings(told: Interactions) -> bool:
    """Tell ratings from amounts: few different values, and hardly ever two for one user and item."""
    if told.value is None or not len(told.value):
        return False
    pairs = len(np.unique(told.user * told.items + told.item))
    degrees = len(np.unique(told.value))
    return _DEGREES[0] <= degrees <= _DEGREES[1] and pairs >= _GIVEN_ONCE * len(told.value)


def _pulled(left: Floats, owner: Codes, size: int, penalty: float) -> Floats:
    """Mean of what is left for each owner, pulled towards 0 as if ``penalty`` more rows said so."""
    sums: Any = np.bincount(owner, weights=left, minlength=size)
    return np.asarray(sums / (penalty + np.bincount(owner, minlength=size)))
