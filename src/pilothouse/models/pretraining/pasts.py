"""A backbone of pasts: learn what comes next from events alone, keep it, open it again.

It can be opened for another question over the same kind of events, whose numbers of types
and items may be others: words join the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pilothouse.errors import BadOption
from pilothouse.lazy import require
from pilothouse.messages import say
from pilothouse.models.networks.events import EventsShape, events
from pilothouse.models.pasts import Reading
from pilothouse.models.pretraining.backbone import Backbone, find_backbone
from pilothouse.models.pretraining.objectives import next_event, pretrain
from pilothouse.models.training import Trained, TrainingPlan
from pilothouse.types import Context, Table

_CHECK_SHARE = 0.15
_FEWEST_SHARED = 0.5
_PATIENCE, _AT_ONCE = 5, 512
_BATCHES = ((600, 16), (20_000, 32))  # up to so many rows, rows a step; 64 beyond


def learn_pasts(
    tables: Sequence[Table], reading: Reading, shape: EventsShape, plan: TrainingPlan, context: Context
) -> tuple[Backbone, Trained]:
    """Learn to foretell the next event from the pasts of ``tables``.

    Returns
    -------
    The backbone, and how its learning went.
    """
    torch = require("torch", extra="deep")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(context.seed)
        network = events(shape)
    laid = [[torch.from_numpy(part) for part in reading.parts(table)] for table in tables]
    rows = parted([_together(torch, parts) for parts in zip(*laid, strict=True)], context.seed)
    done = pretrain(network, next_event(shape), rows, plan, context)
    origin = {"objective": "next_event", "rows": sum(t.rows for t in tables), "reading": reading.state()}
    return Backbone.of("events", shape, network, origin), done


def plan_for(rows: int, epochs: int, rate: float) -> TrainingPlan:
    """How networks of pasts learn from so many rows."""
    return TrainingPlan(
        epochs=epochs,
        batch=next((batch for most, batch in _BATCHES if rows <= most), 64),
        rate=rate,
        weight_decay=0.05,
        patience=_PATIENCE,
        check_batch=_AT_ONCE,
    )


def parted(tensors: Sequence[Any], seed: int) -> tuple[list[Any], list[Any] | None]:
    """Rows to learn from, and rows that tell when to stop; none of them among fewer than 20."""
    torch = require("torch", extra="deep")
    rows = len(tensors[0])
    order = torch.from_numpy(np.random.default_rng(seed).permutation(rows))
    kept = rows if rows < 20 else rows - int(rows * _CHECK_SHARE)
    learn = [one[order[:kept]] for one in tensors]
    return learn, None if kept == rows else [one[order[kept:]] for one in tensors]


def lesson(context: Context, number: int, of: int) -> Context:
    """Tell the progress of one lesson as a part of the whole, and keep its checkpoints apart."""
    folder = None if context.checkpoints is None else context.checkpoints / f"lesson-{number}"
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return replace(context, checkpoints=folder, progress=lambda done: context.progress((number + done) / of))


def read_pasts(path: Path, table: Table) -> tuple[Backbone, str]:
    """Open a backbone for the pasts of ``table``; return it with its SHA-256.

    Parameters
    ----------
    path
        Its folder, or a run's or its model's, whose manifest covers it.

    Raises
    ------
    BadOption
        When there is none of events, or it knows less than half its words from this table.
    Refused, Corrupt
        See ``guards.modelfile``.
    """
    found, digest = find_backbone(path)
    if found is None or "reading" not in found.origin:
        raise BadOption(say("behaviour.no_backbone", path=path.name), say("behaviour.no_backbone_fix"))
    shared = Reading.restore(found.origin["reading"]).shared(table)
    if shared < _FEWEST_SHARED:
        told = say("behaviour.other_events", path=path.name, share=f"{shared:.0%}")
        raise BadOption(told, say("behaviour.no_backbone_fix"))
    return found, digest


def _together(torch: Any, parts: Sequence[Any]) -> Any:
    """Stack parts of several tables, the shorter ones filled up with nothing."""
    width = max(part.shape[1] for part in parts)
    return torch.cat([torch.nn.functional.pad(part, (0, width - part.shape[1])) for part in parts])
