"""An edge bundle of a use case's winner: from a run or a release to a folder for a device."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pilothouse.errors import Conflict, UserFault
from pilothouse.messages import Message, say
from pilothouse.models.compress.bundle import edge_of, make_bundle, write_bundle
from pilothouse.pipeline.begin import begin
from pilothouse.pipeline.events import silent
from pilothouse.pipeline.releases import release_folder, servable_in
from pilothouse.product import Product
from pilothouse.runs.folder import newest
from pilothouse.types import Role

MOST_JUDGED = 2_000
_MARK = "bundle.json"


def export(product: Product, use_case: str, output: Path, *, release: int | None = None) -> Message:
    """Write the winner of ``use_case`` into ``output`` so that it answers without Pilothouse.

    The product's pictures are read again: some set the ranges of int8, and both files
    are compared on pictures of the test part.

    Parameters
    ----------
    release
        Number of a release; None takes the newest run's winner.

    Returns
    -------
    Message
        What was written.

    Raises
    ------
    UserFault
        When the winner is not a network that can leave.
    Conflict
        When ``output`` holds other files.
    """
    folder = newest(product.runs(use_case), use_case).model if release is None else None
    servable = servable_in(folder or release_folder(product, use_case, release or 0))
    fitted = getattr(servable, "fitted", None)
    edge = edge_of(fitted)
    if edge is None:
        kind = getattr(getattr(fitted, "model", servable), "kind", type(servable).__name__)
        raise UserFault(
            say("compress.no_network", use_case=use_case, kind=kind), say("compress.no_network_fix")
        )
    if output.exists() and (not output.is_dir() or any(output.iterdir())) and not (output / _MARK).is_file():
        raise Conflict(say("compress.folder_taken", folder=str(output)), say("compress.folder_taken_fix"))
    begun = begin(product, use_case, None, silent)
    table, split = begun.prepared.data.table, begun.prepared.split
    (column,) = table.of_role(Role.IMAGE)
    drawn = np.random.default_rng(begun.plan.seed)  # files of pictures often come label by label
    seen, judged = (drawn.permutation(rows)[:MOST_JUDGED] for rows in (split.train, split.test))
    pictures = table[column.name]
    written = make_bundle(edge, use_case, pictures[seen], pictures[judged])
    output.mkdir(parents=True, exist_ok=True)
    write_bundle(written, output)
    whole, small = written.measured
    return say(
        "compress.exported",
        folder=str(output),
        size=whole.size / 1024,
        small=small.size / 1024,
        share=f"{small.size / whole.size:.0%}",
        same=f"{small.metric:.2%}",
    )
