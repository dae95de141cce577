"""Where the behaviour model looks in a past, when it is asked.

What the last block looks at has been mixed by those before it, and looks are no causes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pilothouse.models.behaviour import BehaviourModel
from pilothouse.models.inside.layers import attention_maps
from pilothouse.types import Table


def looks(model: BehaviourModel, requests: Table) -> list[NDArray[np.float64]]:
    """Return how the mark of the moment divides its look: the last block, the mean over its heads.

    Returns
    -------
    list
        One a row: (events read + 1,), the mark itself last; each sums to 1.
    """
    if model.network is None:
        raise RuntimeError("looks before fit")
    parts = model.inputs(requests)[:-1]
    shares = attention_maps(model.network.network, parts)[-1].mean(axis=1)
    marks = (parts[0] != 0).sum(dim=1).tolist()
    return [own[mark - 1, :mark] for own, mark in zip(shares, marks, strict=True)]
