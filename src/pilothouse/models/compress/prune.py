"""Weights near zero set to zero, and the others trained on to make up for it.

The smallest weights of all layers together go first, in rounds with training between;
they stay zero while the others learn. The network keeps its shape: the file gets
smaller where it is packed (zip, an app store, a download), and an ordinary kernel
multiplies by zero as slowly as by anything else.

References
----------
Han et al., "Learning both weights and connections for efficient neural networks", 2015.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pilothouse.lazy import require
from pilothouse.models.training import Lesson, Trained, TrainingPlan, train
from pilothouse.types import Context


def prune(
    network: Any, share: float, lesson: Lesson, plan: TrainingPlan, context: Context, rounds: int = 3
) -> list[Trained]:
    """Prune ``network`` in place and train it on; it answers as a plain network afterwards.

    Parameters
    ----------
    network
        A trained torch module.
    share
        Share of the weights of linear layers and convolutions that end as zero, from 0
        up to but not including 1. Biases and norms stay.
    lesson, plan, context
        As for ``train``; each round trains by the whole plan, in a checkpoint of its own.
    rounds
        Steps in which the share is reached: the first cut is the deepest.

    Returns
    -------
    list
        What each round's training came to.
    """
    if not 0.0 <= share < 1.0 or rounds < 1:
        raise ValueError("a share from 0 up to 1, and at least one round")
    pruning = require("torch.nn.utils.prune", extra="deep")
    layers = [(one, "weight") for one in _layers(network)]
    done = []
    for number in range(1, rounds + 1):
        # Of what is left, the same share goes in each round.
        gone = 1.0 - (1.0 - share) ** (1.0 / rounds)
        pruning.global_unstructured(layers, pruning.L1Unstructured, amount=gone)
        folder = context.checkpoints
        own = context if folder is None else replace(context, checkpoints=folder / f"round-{number}")
        done.append(train(network, lesson, plan, own))
    for layer, name in layers:
        pruning.remove(layer, name)
    return done


def zeros(network: Any) -> float:
    """Return the share of zeros among the weights of linear layers and convolutions."""
    weights = [one.weight for one in _layers(network)]
    gone = sum(int((one == 0).sum()) for one in weights)
    return gone / sum(int(one.numel()) for one in weights)


def _layers(network: Any) -> list[Any]:
    nn = require("torch.nn", extra="deep")
    kinds = (nn.Linear, nn.Conv1d, nn.Conv2d)
    return [one for one in network.modules() if isinstance(one, kinds)]
