"""Where a classifier looks: how much each pixel or number spoke for an answer.

Gradients are summed on the way from a blank to the input, so that the parts add up to
the difference between both answers. They tell what this network used, not what causes
the label. Needs the extra ``deep``.

References
----------
Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", 2017.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.lazy import require

_AT_ONCE = 256


def integrated_gradients(
    network: Any, inputs: Any, labels: Any, blank: Any = None, steps: int = 32
) -> NDArray[np.float64]:
    """Return what each number of each input added to the margin of its label.

    Parameters
    ----------
    network
        A torch classifier in evaluation mode: (n, ...) -> (n, classes).
    inputs
        (n, ...) tensor; bytes are taken as numbers from 0 to 1.
    labels
        (n,) class numbers, as integers.
    blank
        (1, ...) what the way starts from; zeros by default.
    steps
        Points on the way.

    Returns
    -------
    array
        (n, ...); summed over an input, nearly the margin's gain over the blank.
    """
    torch = require("torch", extra="deep")
    attribute = require("captum.attr", extra="deep").IntegratedGradients
    given = inputs if inputs.is_floating_point() else inputs.float() / 255.0
    found = attribute(network).attribute(
        given,
        baselines=None if blank is None else blank.expand_as(given),
        target=torch.as_tensor(labels),
        n_steps=steps,
        internal_batch_size=max(_AT_ONCE, len(given)),
    )
    return np.asarray(found.detach().numpy(), dtype=np.float64)
