"""Whether a need's words belong together: normalised pointwise mutual information.

Of two of its words, how much oftener do texts that nobody learnt from hold both than chance
would have it? 1 always together, 0 by chance, -1 never.

References
----------
Bouma (2009), "Normalized (pointwise) mutual information in collocation extraction"; Roeder,
Both and Hinneburg (2015), "Exploring the space of topic coherence measures".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pilothouse.models.needs.sorting import Sorter

_TOP = 10


def coherence(sorter: Sorter, texts: Sequence[str]) -> float:
    """Mean over needs of the mean over pairs of their ten most telling words, on ``texts``."""
    assert sorter.vocabulary is not None and sorter.sorting is not None
    held = sorter.vocabulary.counts_of(texts) > 0
    needs = sorter.sorting.assign(texts)
    found = []
    for need in range(sorter.table.shape[1]):
        own = np.flatnonzero(needs == need)
        often = np.asarray(held[own].sum(axis=0)).ravel() * np.maximum(sorter.table[:, need], 0.0)
        top = [i for i in np.argsort(-often, kind="stable")[:_TOP] if often[i] > 0]
        if len(top) > 1:
            found.append(_mean_npmi(np.asarray(held[:, top].todense(), dtype=float)))
    return float(np.mean(found)) if found else float("nan")


def _mean_npmi(held: np.ndarray) -> float:
    """Mean over pairs of columns of (texts, words), 1 where a text holds a word."""
    rows = len(held)
    both = held.T @ held / rows
    alone = np.diag(both)
    upper = np.triu_indices(len(alone), 1)
    joint, apart = both[upper], np.outer(alone, alone)[upper]
    known = apart > 0
    joint, apart = joint[known], apart[known]
    said = np.full(len(joint), -1.0)
    met = (joint > 0) & (joint < 1)
    said[met] = np.log(joint[met] / apart[met]) / -np.log(joint[met])
    said[joint >= 1] = 1.0
    return float(said.mean()) if len(said) else 0.0
