"""The one trainer: every network of this house is trained here.

AdamW with a one-cycle rate, gradient clipping, early stopping on rows held out of the
learning rows, the best epoch kept, bfloat16 where the CPU computes it faster, a
checkpoint after every epoch from which a killed training resumes to the same figures.
Everything random comes from (seed, epoch), so that an epoch is the same whether or not
the ones before it ran in the same process.

It knows no task: a caller brings the network, tensors and the loss. One machine only.

References
----------
Loshchilov and Hutter, "Decoupled weight decay regularization", 2019. Smith and Topin,
"Super-convergence", 2018.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.lazy import require
from pilothouse.types import Context

Tensors = Sequence[Any]
Loss = Callable[..., Any]


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
        Highest rate of the cycle, and AdamW's decay.
    patience
        Epochs without a better check before stopping; None trains all epochs.
    warm_share
        Share of the steps in which the rate rises.
    largest_step
        Norm to which gradients are clipped.
    half
        Compute in bfloat16 where the CPU has it. It changes figures a little and
        pays for wide layers only.
    threads
        Cores that torch may use. Unlike ``Context.threads`` it is part of the plan:
        sums in another order give other last digits.
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


@dataclass
class Trained:
    """What came out: epochs done, the best one, and the check's loss after each."""

    epochs: int = 0
    best_epoch: int = 0
    history: list[float] = field(default_factory=list)
    resumed_at: int = 0


def train(
    network: Any, learn: Tensors, check: Tensors | None, loss: Loss, plan: TrainingPlan, context: Context
) -> Trained:
    """Train ``network`` in place and leave it at its best epoch, in evaluation mode.

    Parameters
    ----------
    network
        A torch module; it is called with all tensors of a batch but the last.
    learn, check
        Tensors with one row for each example, the truth last. Without ``check`` the
        last epoch is kept.
    loss
        ``loss(output, truth)`` -> a scalar tensor, the mean over the batch.
    plan
        See ``TrainingPlan``.
    context
        Seed, progress, and the folder of checkpoints.

    Returns
    -------
    Trained
        Its history; with ``check`` losses of the check rows, else of learning.
    """
    torch = require("torch", extra="deep")
    with _alone(torch, plan.threads):
        run = _Run(torch, network, plan, context, len(learn[-1]))
        run.resume()
        while not run.is_finished:
            seen = run.epoch(learn, loss)
            value = seen if check is None else mean_loss(network, check, loss, plan)
            run.keep(value, always=check is None)
            context.progress(run.done.epochs / plan.epochs)
        network.load_state_dict(run.best)
        network.eval()
    context.progress(1.0)
    return run.done


def mean_loss(network: Any, tensors: Tensors, loss: Loss, plan: TrainingPlan) -> float:
    """Return the mean loss over ``tensors`` without learning from them."""
    torch = require("torch", extra="deep")
    network.eval()
    total, rows = 0.0, len(tensors[-1])
    with torch.no_grad(), _precision(torch, plan):
        for start in range(0, rows, 8_192):
            part = [one[start : start + 8_192] for one in tensors]
            total += float(loss(network(*part[:-1]), part[-1])) * len(part[-1])
    return total / max(rows, 1)


def has_bfloat16() -> bool:
    """Tell whether this CPU multiplies bfloat16 in hardware."""
    torch = require("torch", extra="deep")
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


class _Run:
    """One training under way: optimiser, schedule, best weights, checkpoint."""

    def __init__(self, torch: Any, network: Any, plan: TrainingPlan, context: Context, rows: int) -> None:
        self.torch, self.network, self.plan, self.context = torch, network, plan, context
        self.steps = max(1, math.ceil(rows / plan.batch))
        self.rows = rows
        self.optimiser = torch.optim.AdamW(
            network.parameters(), lr=plan.rate, weight_decay=plan.weight_decay, fused=True
        )
        self.done = Trained()
        self.best = self._copy()
        self.lowest = math.inf

    @property
    def is_finished(self) -> bool:
        """True when all epochs are done or patience is over."""
        waited = self.done.epochs - self.done.best_epoch
        tired = self.plan.patience is not None and waited >= self.plan.patience
        return self.done.epochs >= self.plan.epochs or tired

    def epoch(self, learn: Tensors, loss: Loss) -> float:
        """Go once over the learning rows; return the mean loss."""
        torch, number = self.torch, self.done.epochs
        torch.manual_seed((self.context.seed * 1_000_003 + number) % (1 << 62))
        self.network.train()
        order, total = torch.randperm(self.rows), 0.0
        for step in range(self.steps):
            rows = order[step * self.plan.batch : (step + 1) * self.plan.batch]
            for group in self.optimiser.param_groups:
                group["lr"] = self._rate(number * self.steps + step)
            part = [one[rows] for one in learn]
            with _precision(torch, self.plan):
                value = loss(self.network(*part[:-1]), part[-1])
            self.optimiser.zero_grad(set_to_none=True)
            value.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.plan.largest_step)
            self.optimiser.step()
            total += float(value.detach()) * len(rows)
        self.done.epochs += 1
        return total / self.rows

    def keep(self, value: float, *, always: bool) -> None:
        """Note the epoch's loss, keep its weights when they are the best, write a checkpoint."""
        self.done.history.append(value)
        if always or value < self.lowest:
            self.lowest, self.best, self.done.best_epoch = value, self._copy(), self.done.epochs
        if self.context.checkpoints is not None:
            self._write(self.context.checkpoints)

    def resume(self) -> None:
        """Go on from the checkpoint, where there is one of the same plan, seed and rows."""
        folder = self.context.checkpoints
        if folder is None or not (folder / "epoch.json").is_file():
            return
        state = load_file(folder / "epoch.json", "json")
        if state["plan"] != self._identity():
            return
        kept = load_file(folder / f"epoch-{state['epochs']}.safetensors", "tensors")
        tensors = {name: self.torch.from_numpy(values.copy()) for name, values in kept.items()}
        self.network.load_state_dict(_below(tensors, "now."))
        self.best = _below(tensors, "best.")
        for place, parameter in enumerate(self.network.parameters()):
            self.optimiser.state[parameter] = _below(tensors, f"optimiser.{place}.")
        self.lowest = math.inf if state["lowest"] is None else state["lowest"]
        self.done = Trained(state["epochs"], state["best_epoch"], state["history"], state["epochs"])

    def _write(self, folder: Path) -> None:
        """Write weights under the epoch's own name, then the note that points to them."""
        tensors = {f"now.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"best.{k}": v for k, v in self.best.items()}
        for place, parameter in enumerate(self.network.parameters()):
            own = self.optimiser.state[parameter]
            tensors |= {f"optimiser.{place}.{k}": v for k, v in own.items()}
        arrays = {k: v.detach().numpy() for k, v in tensors.items()}
        number = self.done.epochs
        save_file(folder / f"epoch-{number}.safetensors", arrays, "tensors")
        note = {
            "plan": self._identity(),
            "epochs": number,
            "best_epoch": self.done.best_epoch,
            "history": self.done.history,
            "lowest": self.lowest if math.isfinite(self.lowest) else None,
        }
        save_file(folder / "epoch.json", note, "json")
        (folder / f"epoch-{number - 1}.safetensors").unlink(missing_ok=True)

    def _identity(self) -> str:
        """What a checkpoint must share with this run: plan, seed, rows and shapes."""
        shapes = [tuple(one.shape) for one in self.network.parameters()]
        return repr((self.plan, self.context.seed, self.rows, shapes))

    def _copy(self) -> dict[str, Any]:
        return {k: v.detach().clone() for k, v in self.network.state_dict().items()}

    def _rate(self, step: int) -> float:
        """One cycle: up by a cosine, then down to nearly nothing."""
        total = self.steps * self.plan.epochs
        rise = max(1.0, self.plan.warm_share * total)
        low, high = (0.04, 1.0) if step < rise else (1.0, 1e-4)
        share = step / rise if step < rise else (step - rise) / max(1.0, total - rise)
        return self.plan.rate * (low + (high - low) * (1.0 - math.cos(math.pi * min(1.0, share))) / 2.0)


def _below(tensors: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): one for name, one in tensors.items() if name.startswith(prefix)}


@contextmanager
def _precision(torch: Any, plan: TrainingPlan) -> Iterator[None]:
    """Run in bfloat16 where the plan asks for it and the CPU has it."""
    wanted = plan.half and has_bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=wanted):
        yield


@contextmanager
def _alone(torch: Any, threads: int) -> Iterator[None]:
    """Give torch its threads and a random state of its own, then put both back."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(before)
