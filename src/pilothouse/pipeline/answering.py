"""Batch prediction: a file of rows in, a file of answers out, by the path the service takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from pilothouse.errors import BadOption, BadTable, MissingColumn
from pilothouse.guards.markup import write_csv
from pilothouse.messages import Message, say
from pilothouse.pipeline.begin import pseudonyms, table_name
from pilothouse.pipeline.releases import release_folder, servable_in
from pilothouse.product import Product
from pilothouse.runs.folder import newest
from pilothouse.steps.collect import Collected, Source, read
from pilothouse.steps.deploy.contract import Servable
from pilothouse.types import Kind, Role, Table

BATCH = 100_000


def predict(
    product: Product,
    use_case: str,
    source: Path,
    output: Path,
    *,
    release: int | None = None,
    tell: Callable[[Message], None] = lambda _: None,
) -> int:
    """Answer every row of ``source`` and write ``output`` (CSV, or Parquet by its name).

    Parameters
    ----------
    release
        Number of a release; None takes the newest run's winner.
    tell
        Hears what the reader of the answers should know: cells taken as missing, ...

    Returns
    -------
    int
        Rows answered.

    Raises
    ------
    MissingColumn
        When a column that the model needs is not there; the nearest is named.
    BadTable
        When no value of a column can be read as what the model learnt from.
    """
    folder = newest(product.runs(use_case), use_case).model if release is None else None
    servable = servable_in(folder or release_folder(product, use_case, release or 0), pseudonyms(product))
    named = (Role.ID, Role.USER)
    kinds = {c.name: Kind.CATEGORY if c.role in named else c.kind for c in servable.schema}
    use = product.use_case(use_case)
    day_first = product.table(table_name(product, use)).day_first
    collected = read(Source(str(source)), kinds=kinds, day_first=day_first, rows_in_memory=BATCH)
    if collected.questions:
        raise BadOption(collected.questions[0], say("pipeline.answer_day_first"))
    _refuse_unreadable(servable, collected)
    for note in collected.notes:
        tell(note)
    counted = 0

    def rows() -> Iterator[list[Any]]:
        nonlocal counted
        for batch in _batches(collected):
            yield from servable.rows(batch, servable.predict(_checked(servable, batch)), counted + 1)
            counted += batch.rows

    if output.suffix.lower() == ".parquet":
        _write_parquet(output, servable.header, list(rows()))
    else:
        write_csv(output, servable.header, rows(), bom=True)
    return counted


def _refuse_unreadable(servable: Servable, collected: Collected) -> None:
    """A column of other values than were learnt from is no column of missing values."""
    unread = {reject.column for reject in collected.rejects}
    for column in servable.schema:
        if column.name in unread and column.name in collected.table:
            values = collected.table[column.name]
            if values.dtype != object and bool(np.isnan(values).all()):
                kind = say(f"models.kind_{column.kind.value}")
                found = say("models.kind_text")
                raise BadTable(
                    say("models.wrong_kind", column=column.name, found=found, expected=kind),
                    say("models.wrong_kind_fix", column=column.name, expected=kind),
                )


def _batches(collected: Any) -> Iterator[Table]:
    if collected.whole is None:
        yield collected.table
        return
    with closing(collected.whole) as whole:
        yield from whole.batches(BATCH)


def _checked(servable: Servable, batch: Table) -> Table:
    """Say which column is missing before anything is asked of the model."""
    import difflib

    for column in servable.schema:
        if column.role is not Role.ID and column.name not in batch:
            near = difflib.get_close_matches(column.name, batch.names, n=1)
            fix = (
                say("product.nearest", name=near[0])
                if near
                else say("product.known", names=", ".join(batch.names))
            )
            raise MissingColumn(say("pipeline.no_column", column=column.name), fix)
    return batch


def _write_parquet(path: Path, header: tuple[str, ...], rows: list[list[Any]]) -> None:
    import duckdb

    columns = list(zip(*rows, strict=True)) if rows else [() for _ in header]
    held = {}
    for name, values in zip(header, columns, strict=True):
        is_number = name not in header[:1] and all(isinstance(v, float) for v in values)
        held[name] = np.array(values, dtype=np.float64 if is_number else object)
    temporary = path.with_name(f".{path.name}.tmp")
    with duckdb.connect() as connection:
        connection.sql("select * from held").write_parquet(str(temporary))
    temporary.replace(path)
