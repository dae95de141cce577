"""Commands about releases: predict, ship, rollback, serve, export, keys."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pilothouse.cli.words import Folder, Json, Lang, UseCase, language_of
from pilothouse.messages import Message, say


def predict(
    directory: Folder,
    use_case: UseCase,
    source: Annotated[Path, typer.Argument(metavar="INPUT")],
    output: Annotated[Path, typer.Option("-o", "--output")],
    release: int | None = None,
    events: Annotated[Path | None, typer.Option("--events", metavar="FILE")] = None,
    lang: Lang = None,
) -> None:
    """Answer a file of rows; with --events from what their users did."""
    from pilothouse import pipeline
    from pilothouse.cli import show
    from pilothouse.product import open_product

    product = open_product(directory)
    language = language_of(lang, product)

    def tell(note: Message) -> None:
        show.note(note, language)

    files = {"rows": source} if events is None else {"rows": source, "events": events}
    answered = pipeline.predict(
        product.speaking(language), use_case, files, output, release=release, tell=tell
    )
    show.note(say("cli.answered", rows=answered, path=str(output)), language)


def ship(
    directory: Folder,
    use_case: UseCase,
    run: str | None = None,
    force: Annotated[bool, typer.Option("--force")] = False,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Promote a run's winner to a release; with --force also one that does worse than the baseline."""
    from pilothouse import pipeline
    from pilothouse.cli import show
    from pilothouse.product import open_product

    product = open_product(directory)
    shipped = pipeline.ship(product, use_case, run, force=force)
    if json:
        show.json_line(asdict(shipped))
        return
    language = language_of(lang, product)
    show.line(say("cli.shipped", use_case=use_case, number=shipped.number, run=shipped.run_id), language)


def rollback(directory: Folder, use_case: UseCase, lang: Lang = None, json: Json = False) -> None:
    """Go back to the release before this one."""
    from pilothouse import pipeline
    from pilothouse.cli import show
    from pilothouse.product import open_product

    product = open_product(directory)
    back = pipeline.rollback(product, use_case)
    if json:
        show.json_line(asdict(back))
        return
    show.line(say("cli.rolled_back", use_case=use_case, number=back.number), language_of(lang, product))


def serve(
    directory: Folder,
    host: str = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8765,
    lang: Lang = None,
) -> None:
    """Serve the releases over HTTP."""
    from pilothouse.cli import show
    from pilothouse.pipeline import servable_in
    from pilothouse.pipeline.begin import pseudonyms
    from pilothouse.pipeline.speaking import door_of
    from pilothouse.product import open_product
    from pilothouse.service.run_server import serve as start
    from pilothouse.service.settings import ServiceSettings

    product = open_product(directory)
    language = language_of(lang, product)

    def tell(base: str, entry: str) -> None:
        show.line(say("cli.serving", url=base), language)
        show.line(say("cli.entry", entry=entry), language)

    named = pseudonyms(product)
    load = partial(servable_in, pseudonyms=named, llm=door_of(product))
    settings = ServiceSettings(product.folder, load, named, language)
    start(settings, host=host, port=port, on_start=tell)


def export(
    directory: Folder,
    use_case: UseCase,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER")],
    release: int | None = None,
    lang: Lang = None,
) -> None:
    """Write a network so that a device can ask it without Pilothouse."""
    from pilothouse import pipeline
    from pilothouse.cli import show
    from pilothouse.product import open_product

    product = open_product(directory)
    told = pipeline.export(product, use_case, output, release=release)
    show.line(told, language_of(lang, product))


def keys(
    directory: Folder,
    add: Annotated[str | None, typer.Option(metavar="ingest|predict|admin")] = None,
    revoke: Annotated[str | None, typer.Option(metavar="ID")] = None,
    lang: Lang = None,
) -> None:
    """List, make and revoke keys of the service."""
    from pilothouse import pipeline
    from pilothouse.cli import show
    from pilothouse.product import open_product

    product = open_product(directory)
    language = language_of(lang, product)
    for line in pipeline.manage_keys(product, add=add, revoke=revoke):
        show.line(line, language)
