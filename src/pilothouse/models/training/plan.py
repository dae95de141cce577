"""How long and how hard to train, and the rate at each step.

References
----------
Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017
(the cosine), and "Decoupled weight decay regularization", 2019 (AdamW). Smith and
Topin, "Super-convergence", 2018 (one cycle).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

_LOWEST = 1e-4
_FIRST = 0.04


@dataclass(frozen=True)
class TrainingPlan:
    """How long and how hard to train; fixed before training.

    Parameters
    ----------
    epochs
        The most passes over the learning rows.
    batch
        Rows a step.
    rate, weight_decay
        Highest rate of the schedule, and AdamW's decay; for SGD it is the L2 penalty.
    patience
        Epochs without a better check before stopping; None trains all epochs.
    warm_share
        One cycle: share of the steps in which the rate rises.
    largest_step
        Norm to which gradients are clipped; infinity leaves them.
    half
        Compute in bfloat16 where the device has it, in float16 with scaled losses on
        a GPU that has not. It changes figures a little and pays for wide layers only.
    threads
        Cores that torch may use. Unlike ``Context.threads`` it is part of the plan:
        sums in another order give other last digits.
    optimiser, momentum
        AdamW or SGD with Nesterov's momentum; AdamW's first beta is ``momentum``.
    schedule
        "one_cycle" rises and falls by cosines, "cosine" falls from the start, "step"
        falls to ``step_by`` of itself at each share of all steps in ``step_at``,
        "constant" stays.
    l1, l2
        Penalties on the sum of all weights' sizes, and on half their squares, added
        to the gradients; ``Trained`` shows losses without them. Biases and norms,
        vectors all of them, go free.
    accumulate
        Parts in which a batch is computed, one after the other: the same step in
        less memory, given a loss that is a mean over rows.
    check_batch
        Rows at once where nothing is learnt; fewer where a row is large inside, as a
        picture is.
    device
        "auto" takes a CUDA device where there is one, or torch's name of a device.
        The network and the rows come from the CPU, and the network returns to it.
    """

    epochs: int = 30
    batch: int = 256
    rate: float = 2e-3
    weight_decay: float = 1e-2
    patience: int | None = 8
    warm_share: float = 0.25
    largest_step: float = 1.0
    half: bool = False
    threads: int = 1
    optimiser: Literal["adamw", "sgd"] = "adamw"
    momentum: float = 0.9
    schedule: Literal["one_cycle", "cosine", "step", "constant"] = "one_cycle"
    step_at: tuple[float, ...] = (0.5, 0.75)
    step_by: float = 0.1
    l1: float = 0.0
    l2: float = 0.0
    accumulate: int = 1
    check_batch: int = 8_192
    device: str = "auto"

    def rate_at(self, step: int, total: int) -> float:
        """Return the rate of ``step``, counted from 0, of ``total``."""
        if self.schedule == "constant":
            return self.rate
        if self.schedule == "step":
            return float(self.rate * self.step_by ** sum(step >= at * total for at in self.step_at))
        rise = max(1.0, self.warm_share * total) if self.schedule == "one_cycle" else 0.0
        low, high = (_FIRST, 1.0) if step < rise else (1.0, _LOWEST)
        share = step / rise if step < rise else (step - rise) / max(1.0, total - rise)
        return self.rate * (low + (high - low) * (1.0 - math.cos(math.pi * min(1.0, share))) / 2.0)

    def optimiser_for(self, torch: Any, parameters: Any) -> Any:
        """Make the optimiser of ``parameters``."""
        if self.optimiser == "adamw":
            betas = (self.momentum, 0.999)
            return torch.optim.AdamW(
                parameters, lr=self.rate, betas=betas, weight_decay=self.weight_decay, fused=True
            )
        return torch.optim.SGD(
            parameters,
            lr=self.rate,
            momentum=self.momentum,
            nesterov=self.momentum > 0.0,
            weight_decay=self.weight_decay,
            fused=True,
        )
