"""Batch prediction: a file of rows in, a file of answers out, by the path the service takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pilothouse.errors import BadOption, BadTable, MissingColumn
from pilothouse.guards.markup import write_csv
from pilothouse.messages import Message, say
from pilothouse.pipeline.begin import MOST_INTERACTIONS, pseudonyms, read_table, table_name
from pilothouse.pipeline.releases import release_folder, servable_in
from pilothouse.pipeline.speaking import door_of
from pilothouse.product import Product, TableSettings
from pilothouse.runs.folder import newest
from pilothouse.steps.collect import Collected, Source, attach, guess_roles, read
from pilothouse.steps.deploy.contract import Servable
from pilothouse.steps.deploy.eventful import Eventful
from pilothouse.steps.deploy.filed import Filed, write_files
from pilothouse.types import Kind, Role, Table

BATCH = 100_000
_NAMED = 20


def predict(
    product: Product,
    use_case: str,
    source: Path | Mapping[str, Path],
    output: Path,
    *,
    release: int | None = None,
    tell: Callable[[Message], None] = lambda _: None,
) -> int:
    """Answer every row of ``source`` and write ``output`` (CSV, or Parquet by its name).

    Sentences in answers are in the product's language; see ``Product.speaking``.

    Parameters
    ----------
    source
        The rows; or "rows" and "events", where rows have a past. Without a file of
        events the product's own table of them is read.
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
    chosen = folder or release_folder(product, use_case, release or 0)
    servable = servable_in(chosen, pseudonyms(product), door_of(product))
    files = source if isinstance(source, Mapping) else {"rows": source}
    if isinstance(servable, Eventful):
        servable = servable.beside(_events(product, use_case, files.get("events")))
    named = (Role.ID, Role.USER)
    kinds = {c.name: Kind.CATEGORY if c.role in named else c.kind for c in servable.schema}
    use = product.use_case(use_case)
    day_first = product.table(table_name(product, use)).day_first
    collected = read(Source(str(files["rows"])), kinds=kinds, day_first=day_first, rows_in_memory=BATCH)
    collected = _pictured(product.table(table_name(product, use)), servable, collected, files["rows"])
    if collected.questions:
        raise BadOption(collected.questions[0], say("pipeline.answer_day_first"))
    _refuse_unreadable(servable, collected)
    for note in collected.notes:
        tell(note)
    counted = 0

    def rows() -> Iterator[list[Any]]:
        nonlocal counted
        for batch in _batches(collected):
            answers = servable.predict(_checked(servable, batch))
            if isinstance(servable, Filed):
                write_files(servable, answers, output)
            for line in servable.rows(batch, answers, counted + 1):
                yield [cell.text(product.language) if isinstance(cell, Message) else cell for cell in line]
            counted += batch.rows

    if output.suffix.lower() == ".parquet":
        _write_parquet(output, servable.header, list(rows()))
    else:
        write_csv(output, servable.header, rows(), bom=True)
    return counted


def _events(product: Product, use_case: str, file: Path | None) -> Table:
    """Read the table of events: the file given, else the one that the product declares."""
    settings = product.table(product.use_case(use_case).tables["events"])
    if file is not None:
        settings = settings.model_copy(update={"source": str(file.resolve()), "query": None, "format": None})
    table = read_table(product, settings, MOST_INTERACTIONS).table
    roles = {name: str(role) for name, role in settings.columns.items() if name in table}
    return guess_roles(table, roles=roles)


def _pictured(settings: TableSettings, servable: Servable, collected: Collected, source: Path) -> Collected:
    """Open the pictures that a file of rows names, where pictures are asked; say which could not be."""
    wanted = [c.name for c in servable.schema if c.kind is Kind.PICTURE]
    if not wanted:
        return collected
    if collected.provenance.format not in ("pictures", "idx"):
        named = [name for name, role in settings.columns.items() if role is Role.IMAGE]
        column = next((n for n in (*named, "file", *wanted) if n in collected.table), None)
        if column is None:
            return collected
        collected = attach(collected, column, source.resolve().parent)
    lost = [
        say("images.left_out", file=reject.text[:80], reason=reject.reason)
        for reject in collected.rejects[:_NAMED]
    ]
    return replace(collected, notes=(*collected.notes, *lost))


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
