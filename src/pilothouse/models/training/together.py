"""Several processes or machines that train one network, by torch's DDP.

Each process takes its share of every batch, gradients are averaged over gloo, and the
weights come out as those of one process, up to the order of sums, for networks without
batch statistics or dropout and losses that are means over rows. Weights return as
safetensors. Gloo serves GPUs too, but NCCL would be faster between them.

On one machine processes are spawned: network maker and lesson are sent to them, so
functions among them stand at the top of a module, and a script calls this below
``if __name__ == "__main__"``. Under ``torchrun`` the same call joins the team that its
environment describes; all machines see one folder of checkpoints then.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.lazy import require
from pilothouse.models.networks.weights import weights_of
from pilothouse.models.training.lesson import Lesson
from pilothouse.models.training.plan import TrainingPlan
from pilothouse.models.training.team import Team
from pilothouse.models.training.trained import Trained
from pilothouse.models.training.trainer import train
from pilothouse.types import Context

Weights = dict[str, Any]


def train_together(
    make_network: Callable[[], Any],
    lesson: Lesson,
    plan: TrainingPlan,
    context: Context,
    processes: int = 2,
) -> tuple[Weights, Trained]:
    """Train what ``make_network`` makes, in several processes.

    Parameters
    ----------
    make_network
        Makes the network; torch's random state is set from the seed before.
    lesson, plan, context
        As for ``train``. ``plan.batch`` is the batch of the whole team,
        ``plan.threads`` those of each process.
    processes
        How many, on this machine; with 1 everything runs in this one. Under torchrun
        its number counts.

    Returns
    -------
    weights, Trained
        The network's arrays by name (see ``networks.weights.filled``), and its curves.
    """
    if all(name in os.environ for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR")):
        places = (os.environ["RANK"], os.environ["WORLD_SIZE"], os.environ.get("LOCAL_RANK", "0"))
        team = Team(*map(int, places))
        return _Work(make_network, lesson, plan, context, "env://").done_by(team)
    if processes == 1:
        return _Work(make_network, lesson, plan, context, "").done_by(Team())
    multiprocessing = require("torch.multiprocessing", extra="deep")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        told = multiprocessing.get_context("spawn").SimpleQueue()
        silent = Context(seed=context.seed, threads=context.threads, checkpoints=context.checkpoints)
        work = _Work(make_network, lesson, plan, silent, (folder / "meeting").as_uri())
        running = multiprocessing.spawn(_local, (work, processes, folder, told), processes, join=False)
        while not running.join(timeout=0.2):
            while not told.empty():
                context.progress(told.get())
        context.progress(1.0)
        weights = load_file(folder / "weights.safetensors", "tensors")
        return weights, Trained.restore(load_file(folder / "trained.json", "json"))


@dataclass(frozen=True)
class _Work:
    """What each process of a team is given; ``meeting`` is where they find each other."""

    make_network: Callable[[], Any]
    lesson: Lesson
    plan: TrainingPlan
    context: Context
    meeting: str

    def done_by(self, team: Team) -> tuple[Weights, Trained]:
        """Take part as the process of ``team``."""
        torch = require("torch", extra="deep")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.context.seed)
            network = self.make_network()
        if team.size == 1:
            return self._trained(network, team)
        torch.distributed.init_process_group(
            "gloo", init_method=self.meeting, rank=team.rank, world_size=team.size
        )
        try:
            found = self._trained(network, team)
            torch.distributed.barrier()  # nobody leaves while another still listens
            return found
        finally:
            gc.collect()  # DDP's cycles would keep the group's threads until the interpreter goes down
            torch.distributed.destroy_process_group()

    def _trained(self, network: Any, team: Team) -> tuple[Weights, Trained]:
        done = train(network, self.lesson, self.plan, self.context, team)
        return weights_of(network), done


def _local(rank: int, work: _Work, size: int, folder: Path, told: Any) -> None:
    """Take part as one of ``size`` processes of this machine; the first one hands back."""
    if sys.platform == "linux":
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    if rank == 0:
        work = replace(work, context=replace(work.context, progress=told.put))
    weights, done = work.done_by(Team(rank, size, rank))
    if rank == 0:
        save_file(folder / "weights.safetensors", weights, "tensors")
        save_file(folder / "trained.json", done.state(), "json")
