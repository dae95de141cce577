"""What is learnt: the rows, the loss, and who plays.

References
----------
Players that learn in turn, each against the others: Goodfellow et al., "Generative
adversarial nets", 2014.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Tensors = Sequence[Any]
Loss = Callable[..., Any]


@dataclass(frozen=True)
class Player:
    """One of several that learn in turn, each its own part of the network.

    Parameters
    ----------
    name
        Its name in the curves, and of the network's submodule that it trains.
    loss
        ``loss(network, batch)`` -> a scalar, the mean over the rows of ``batch`` (the
        lesson's tensors for some rows, augmented). Only the player's own part learns
        from it; the other parts are held still while it plays.
    pace
        Its rate as a share of the plan's.
    """

    name: str
    loss: Callable[[Any, Tensors], Any]
    pace: float = 1.0


@dataclass(frozen=True)
class Lesson:
    """What a network learns from.

    Parameters
    ----------
    learn, check
        Tensors with one row for each example, the truth last. Without ``check`` the
        last epoch is kept, else the epoch with the lowest loss on it.
    loss
        ``loss(output, truth)`` -> a scalar tensor, the mean over the rows. The network
        is called with all tensors of a batch but the last.
    augment
        ``augment(inputs, generator)`` -> inputs changed at random, for learning only:
        all tensors of a batch but the truth, and the ``torch.Generator`` to draw from.
    metric
        ``metric(output, truth)`` -> a mean over the rows, told of the check rows after
        each epoch.
    players
        In place of ``loss``: those who learn in turn, in this order, from every batch.
        There are no losses on ``check`` then.
    judge
        ``judge(network)`` -> a number that is lower the better, in place of the loss on
        ``check``: for players, who have no common loss.
    """

    learn: Tensors
    check: Tensors | None = None
    loss: Loss | None = None
    augment: Callable[[Tensors, Any], Tensors] | None = None
    metric: Callable[[Any, Any], float] | None = None
    players: Sequence[Player] = field(default=())
    judge: Callable[[Any], float] | None = None

    def __post_init__(self) -> None:
        if (self.loss is None) == (not self.players):
            raise ValueError("a lesson has either a loss or players")

    @property
    def rows(self) -> int:
        """Examples to learn from."""
        return len(self.learn[-1])

    def play(self, network: Any, place: int, batch: Tensors) -> Any:
        """Return the loss of the player at ``place``, or of the network, on ``batch``."""
        if self.loss is None:
            return self.players[place].loss(network, batch)
        return self.loss(network(*batch[:-1]), batch[-1])
