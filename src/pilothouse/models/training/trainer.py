"""The trainer: passes over the rows, and what is kept of them.

Gradients are clipped, the best epoch is kept, rows held out of the learning rows stop
it early, and a checkpoint after every epoch lets a killed training resume to the same
weights. Everything random comes from (seed, epoch), so that an epoch is the same
whether or not the ones before it ran in the same process.

References
----------
Gradient clipping: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent
neural networks", 2013. Scaled losses: Micikevicius et al., "Mixed precision training",
2018.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from pilothouse.lazy import require
from pilothouse.models.training import precision
from pilothouse.models.training.checkpoints import below, read_checkpoint, write_checkpoint
from pilothouse.models.training.lesson import Lesson, Loss, Tensors
from pilothouse.models.training.plan import TrainingPlan
from pilothouse.models.training.progress import Pace
from pilothouse.models.training.team import Team
from pilothouse.models.training.trained import Trained
from pilothouse.types import Context

_ALONE = Team()


def train(network: Any, lesson: Lesson, plan: TrainingPlan, context: Context, team: Team = _ALONE) -> Trained:
    """Train ``network`` in place and leave it at its best epoch, in evaluation mode.

    Parameters
    ----------
    network
        A torch module on the CPU; only parameters that require gradients learn.
    lesson, plan
        What is learnt, and how hard.
    context
        Seed, progress, and the folder of checkpoints.
    team
        See ``train_together``; without it this process trains alone.

    Returns
    -------
    Trained
        Its curves.
    """
    torch = require("torch", extra="deep")
    with precision.alone(torch, plan.threads):
        run = _Run(network, lesson, plan, context, team)
        try:
            run.resume()
            while not run.is_finished:
                begun = time.monotonic()
                run.epoch()
                run.keep(time.monotonic() - begun)
            network.load_state_dict(run.best)
        finally:
            run.release()
    if team.leads:
        context.progress(1.0)
    return run.done


def mean_loss(network: Any, tensors: Tensors, loss: Loss, plan: TrainingPlan) -> float:
    """Return the mean loss over ``tensors`` without learning from them."""
    return _means(network, tensors, [loss], plan, _ALONE)[0]


def _means(
    network: Any, tensors: Tensors, measures: list[Callable[..., Any]], plan: TrainingPlan, team: Team
) -> list[float]:
    """Mean of each measure over all rows, of which the team shares the work."""
    torch = require("torch", extra="deep")
    device = next(network.parameters()).device
    half = precision.half_type(torch, device) if plan.half else None
    network.eval()
    own = [one[team.rank :: team.size] for one in tensors]
    sums = [0.0] * len(measures)
    with torch.no_grad(), precision.in_half(torch, device, half):
        for start in range(0, len(own[-1]), plan.check_batch):
            *inputs, truth = [one[start : start + plan.check_batch].to(device) for one in own]
            output = network(*inputs)
            for place, measure in enumerate(measures):
                sums[place] += float(measure(output, truth)) * len(truth)
    return [value / max(len(tensors[-1]), 1) for value in team.total(sums)]


class _Run:
    """One training under way: optimisers, best weights, curves, checkpoint."""

    def __init__(
        self, network: Any, lesson: Lesson, plan: TrainingPlan, context: Context, team: Team
    ) -> None:
        torch = self.torch = require("torch", extra="deep")
        self.network, self.lesson, self.plan, self.context, self.team = network, lesson, plan, context, team
        self.steps = max(1, math.ceil(lesson.rows / plan.batch))
        self.device = precision.device_of(torch, plan, team.place)
        network.to(self.device)
        self.half = precision.half_type(torch, self.device) if plan.half else None
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.half is torch.float16)
        parts = [network.get_submodule(one.name) for one in lesson.players] or [network]
        self.owned = [[p for p in part.parameters() if p.requires_grad] for part in parts]
        self.optimisers = [plan.optimiser_for(torch, owned) for owned in self.owned]
        self.playing = team.wrap(_playing(torch, network, lesson), parts=len(parts) > 1)
        self.pace = Pace(context.progress if team.leads else lambda _: None)
        self.done = Trained(players={one.name: [] for one in lesson.players})
        self.best = self._copy()
        self.lowest = math.inf

    @property
    def is_finished(self) -> bool:
        """True when all epochs are done or patience is over."""
        waited = self.done.epochs - self.done.best_epoch
        tired = self.plan.patience is not None and waited >= self.plan.patience
        return self.done.epochs >= self.plan.epochs or tired

    def epoch(self) -> None:
        """Go once over the learning rows and note the losses."""
        torch, plan, number = self.torch, self.plan, self.done.epochs
        mixed = (self.context.seed * 1_000_003 + number) % (1 << 62)
        torch.manual_seed(mixed)
        order = torch.randperm(self.lesson.rows)
        if self.team.size > 1:  # the same order for all, but dropout of one's own
            torch.manual_seed((mixed + 7_919 * self.team.rank) % (1 << 62))
        drawn = torch.Generator().manual_seed((mixed + 104_729 * (self.team.rank + 1)) % (1 << 62))
        self.network.train()
        sums, rate = [0.0] * len(self.owned), 0.0
        for step in range(self.steps):
            rate = plan.rate_at(number * self.steps + step, self.steps * plan.epochs)
            rows = order[step * plan.batch : (step + 1) * plan.batch]
            parts = [self._part(part, len(rows), drawn) for part in rows.chunk(plan.accumulate)]
            for turn in range(len(self.owned)):
                sums[turn] += self._step(turn, parts, rate)
            self.scaler.update()
            self.pace.step((number + (step + 1) / self.steps) / plan.epochs)
        means = [value / self.lesson.rows for value in self.team.total(sums)]
        self.done.epochs += 1
        self.done.learning.append(sum(means))
        self.done.rates.append(rate)
        for player, mean in zip(self.lesson.players, means, strict=False):
            self.done.players[player.name].append(mean)

    def _part(self, rows: Any, whole: int, drawn: Any) -> tuple[list[Any], float, int]:
        """Return the own batch, what its mean counts in the ``whole``, and the rows counted."""
        own, counted = self.team.share(rows)
        *inputs, truth = [one[own] for one in self.lesson.learn]
        if self.lesson.augment is not None:
            inputs = list(self.lesson.augment(inputs, drawn))
        batch = [one.to(self.device, non_blocking=True) for one in (*inputs, truth)]
        return batch, counted * len(rows) / whole, len(own) if counted else 0

    def _step(self, turn: int, parts: list[tuple[list[Any], float, int]], rate: float) -> float:
        """Let one player learn from a batch; return the sum of its losses over the own rows."""
        optimiser, owned, total = self.optimisers[turn], self.owned[turn], 0.0
        if self.lesson.players:
            rate *= self.lesson.players[turn].pace
            for other, parameters in enumerate(self.owned):
                for one in parameters:
                    one.requires_grad_(other == turn)
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.zero_grad(set_to_none=True)
        for place, (batch, counted, rows) in enumerate(parts):
            with self.team.quietly(self.playing, last=place == len(parts) - 1):
                with precision.in_half(self.torch, self.device, self.half):
                    value = self.playing(turn, *batch)
                self.scaler.scale(value * counted).backward()
            total += float(value.detach()) * rows
        self.scaler.unscale_(optimiser)
        self._penalise(owned)
        self.torch.nn.utils.clip_grad_norm_(owned, self.plan.largest_step)
        self.scaler.step(optimiser)
        return total

    def _penalise(self, parameters: list[Any]) -> None:
        """Add the penalties' slopes to the gradients of weights."""
        if not (self.plan.l1 or self.plan.l2):
            return
        for one in parameters:
            if one.grad is not None and one.ndim > 1:
                one.grad.add_(one.detach().sign(), alpha=self.plan.l1)
                one.grad.add_(one.detach(), alpha=self.plan.l2)

    def keep(self, seconds: float) -> None:
        """Check the epoch, keep its weights when they are the best, write a checkpoint."""
        lesson, done = self.lesson, self.done
        value, is_checked = done.learning[-1], False
        if lesson.judge is not None:
            self.network.train(False)
            value, is_checked = self.team.total([lesson.judge(self.network)])[0] / self.team.size, True
        elif lesson.check is not None and lesson.loss is not None:
            measures = [one for one in (lesson.loss, lesson.metric) if one is not None]
            value, *metrics = _means(self.network, lesson.check, measures, self.plan, self.team)
            done.metrics += metrics
            is_checked = True
        done.history.append(value)
        done.seconds.append(seconds)
        if not is_checked or value < self.lowest:
            self.lowest, self.best, done.best_epoch = value, self._copy(), done.epochs
        if self.context.checkpoints is not None and self.team.leads:
            note = {
                "identity": self._identity(),
                "epochs": done.epochs,
                "lowest": self.lowest if math.isfinite(self.lowest) else None,
                "scaler": self.scaler.state_dict(),
                "done": done.state(),
            }
            write_checkpoint(self.context.checkpoints, note, self._tensors())
        self.pace.tell(done.epochs / self.plan.epochs)

    def release(self) -> None:
        """Give the network back as it came: on the CPU, all that learnt free to learn again."""
        for owned in self.owned:
            for one in owned:
                one.requires_grad_(True)
        self.network.cpu().train(False)

    def resume(self) -> None:
        """Go on from the checkpoint, where there is one of the same plan, seed, rows and shapes."""
        found = read_checkpoint(self.context.checkpoints, self._identity(), self.torch)
        self.team.must_agree(0 if found is None else found[0]["epochs"])
        if found is None:
            return
        note, tensors = found
        self.network.load_state_dict(below(tensors, "now."))
        self.best = below(tensors, "best.")
        for turn, (optimiser, owned) in enumerate(zip(self.optimisers, self.owned, strict=True)):
            for place, parameter in enumerate(owned):
                state = below(tensors, f"optimiser.{turn}.{place}.")
                optimiser.state[parameter] = {k: v.to(self.device) for k, v in state.items()}
        self.scaler.load_state_dict(note["scaler"])
        self.lowest = math.inf if note["lowest"] is None else note["lowest"]
        self.done = Trained.restore({**note["done"], "resumed_at": note["epochs"]})

    def _tensors(self) -> dict[str, Any]:
        """Weights now and at their best, and what the optimisers remember."""
        tensors = {f"now.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"best.{k}": v for k, v in self.best.items()}
        for turn, (optimiser, owned) in enumerate(zip(self.optimisers, self.owned, strict=True)):
            for place, parameter in enumerate(owned):
                kept = optimiser.state.get(parameter, {})
                tensors |= {f"optimiser.{turn}.{place}.{k}": v for k, v in kept.items() if v is not None}
        return tensors

    def _identity(self) -> str:
        """What a checkpoint must share with this run."""
        shapes = [tuple(one.shape) for one in self.network.state_dict().values()]
        return repr((self.plan, self.context.seed, self.lesson.rows, shapes))

    def _copy(self) -> dict[str, Any]:
        return {k: v.detach().clone() for k, v in self.network.state_dict().items()}


def _playing(torch: Any, network: Any, lesson: Lesson) -> Any:
    """Make the module whose forward is a loss, as those that exchange gradients need it."""

    class Playing(torch.nn.Module):  # type: ignore[misc]
        """``network`` under ``lesson``."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, turn: int, *batch: Any) -> Any:
            return lesson.play(self.network, turn, batch)

    return Playing()
