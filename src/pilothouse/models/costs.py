"""What a fit costs: seconds and memory from the packaged table of measurements.

``costs.json`` holds, for each candidate, figures measured on one core: seconds and
megabytes a fit takes, as a sum of a constant and of terms that grow with rows,
columns and classes. Estimates are for planning; nothing reads a clock afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from pilothouse.messages import Message, say
from pilothouse.types import Cost, Shape

#: A fit that needs more than this is declined: tables of one machine, other work beside it.
MOST_MEMORY_MB = 5_000.0


@cache
def cost_table() -> Mapping[str, Mapping[str, float]]:
    """Return the packaged figures: candidate -> name of the figure -> value."""
    path = resources.files("pilothouse.models") / "costs.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))["candidates"])


def estimate(candidate: str, shape: Shape, *, most_cells: int | None = None, work: float = 1.0) -> Cost:
    """Estimate one fit on one core.

    Parameters
    ----------
    candidate
        A name in the table.
    shape
        Size of the job.
    most_cells
        Rows x places beyond which a fit learns from a sample of the rows.
    work
        Size of the parameters against the defaults that were measured: twice the
        trees is 2.

    Returns
    -------
    Cost
        ``fixed_s + work x outputs x (row_s x rows + cell_s x rows x columns)``, where
        outputs is the number of classes beyond two, and memory likewise.
    """
    figures = cost_table()[candidate]
    outputs = shape.classes if shape.classes > 2 else 1
    levels = min(shape.levels, 100 * shape.categories)
    places = shape.numbers * figures["number_width"] + shape.categories + levels
    width = max(1.0, places if figures["counts_places"] else shape.columns)
    rows = shape.rows if most_cells is None else min(shape.rows, most_cells / width)
    cells = rows * width
    seconds = figures["fixed_s"] + work * outputs * (figures["row_s"] * rows + figures["cell_s"] * cells)
    seconds += figures["read_s"] * shape.rows * shape.columns
    memory = figures["fixed_mb"] + figures["cell_mb"] * cells
    return Cost(seconds=seconds, memory_mb=memory)


def decline(cost: Cost, budget_s: float) -> Message | None:
    """Return why a fit is out of reach, or None."""
    if cost.memory_mb > MOST_MEMORY_MB:
        return say("models.declines_memory", needed_mb=cost.memory_mb, most_mb=MOST_MEMORY_MB)
    if cost.seconds > budget_s:
        return say("models.declines_time", seconds=cost.seconds, budget=budget_s)
    return None
