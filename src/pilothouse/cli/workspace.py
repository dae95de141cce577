"""Commands about the workspace: init, add, scan, new, doctor, demo."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from pilothouse.cli.words import Folder, Json, Lang, Pairs, answers, language_of, pairs
from pilothouse.messages import say


def init(directory: Folder, name: str | None = None, currency: str = "CNY", lang: Lang = None) -> None:
    """Make a product folder."""
    from pilothouse.cli import show
    from pilothouse.product import ProductSettings, create

    language = language_of(lang)
    settings = ProductSettings(name=name or directory.resolve().name, currency=currency, language=language)
    product = create(directory, settings)
    show.line(say("cli.made", path=str(product.folder / "product.toml")), language)


def add(
    directory: Folder,
    name: Annotated[str, typer.Argument(metavar="TABLE")],
    source: Annotated[str, typer.Argument(metavar="SOURCE")],
    query: str | None = None,
    role: Pairs = None,
    day_first: bool | None = None,
    lang: Lang = None,
) -> None:
    """Declare a table."""
    from pilothouse.cli import show
    from pilothouse.product import TableSettings, open_product
    from pilothouse.types import Role

    product = open_product(directory)
    if "://" not in source:
        source = os.path.relpath(Path(source).resolve(), product.folder)
    columns = {column: Role(word) for column, word in pairs(role).items()}
    table = TableSettings(source=source, query=query, columns=columns, day_first=day_first)
    product.declare("tables", name, table)
    show.line(say("cli.declared", name=name), language_of(lang, product))


def new(
    directory: Folder,
    name: Annotated[str, typer.Argument(metavar="USE_CASE")],
    scenario: str = "predict",
    table: str | None = None,
    target: str | None = None,
    title: str | None = None,
    option: Pairs = None,
    value: Pairs = None,
    available: Pairs = None,
    lang: Lang = None,
) -> None:
    """Declare a use case."""
    from pilothouse import registry
    from pilothouse.cli import show
    from pilothouse.product import UseCaseSettings, open_product

    product = open_product(directory)
    registry.find(scenario)
    options = pairs(option) | ({} if target is None else {"target": target})
    settings = UseCaseSettings(
        scenario=scenario,
        table=table or next(iter(product.settings.tables), None),
        title=title,
        options=options,
        value=pairs(value),
        available=answers(available),
    )
    product.declare("use_cases", name, settings)
    show.line(say("cli.declared", name=name), language_of(lang, product))


def scan(
    source: Annotated[Path, typer.Argument(metavar="FILE|DIR")],
    lang: Lang = None,
    json: Json = False,
) -> None:
    """What is in the data, what is personal, and which questions it can support."""
    from pilothouse import pipeline
    from pilothouse.cli import show
    from pilothouse.product import open_product

    product = None if pipeline.is_data(source) else open_product(source)
    language = language_of(lang, product)
    for seen in pipeline.scan(product or source):
        if json:
            show.json_line(seen.as_json())
            continue
        show.line(seen.title, language)
        show.table(seen.header, seen.rows, language)
        for line in seen.lines:
            show.line(line, language)


def doctor(lang: Lang = None, json: Json = False) -> None:
    """What this machine has: Python, cores, memory, extras."""
    from pilothouse.cli import show
    from pilothouse.doctor import examine

    language = language_of(lang)
    found = examine()
    if json:
        show.json_line(found.as_json())
        return
    for line in found.lines:
        show.line(line, language)


def demo(
    folder: Path = Path("demo-data"),
    serve: Annotated[bool, typer.Option("--serve/--no-serve")] = True,
    lang: Lang = None,
) -> None:
    """Run the main job on real data, print the verdicts, then serve them."""
    from pilothouse.cli.demonstrate import demonstrate

    demonstrate(folder, serve, language_of(lang))
