"""Commands about evidence: run, plan, report, verify, experiment plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pilothouse.cli.words import Folder, Json, Lang, Pairs, UseCase, answers, language_of, pairs
from pilothouse.messages import Language, say

if TYPE_CHECKING:
    from pilothouse.product import Product


def run(
    source: Annotated[Path, typer.Argument(metavar="FILE|DIR")],
    use_cases: Annotated[list[str] | None, typer.Argument(metavar="[USE_CASE]...")] = None,
    target: str | None = None,
    scenario: str | None = None,
    option: Pairs = None,
    value: Pairs = None,
    available: Pairs = None,
    lang: Lang = None,
    json: Json = False,
    serve: Annotated[bool, typer.Option("--serve")] = False,
) -> None:
    """From data to a verdict. Resumes a run that was cut off; with --serve its winner answers at once."""
    from pilothouse import pipeline
    from pilothouse.cli import show

    option = _with(option, scenario)
    product, names = _asked(source, use_cases, target, (option, value, available), lang)
    language = language_of(lang, product)
    for name in names:
        finished = show.follow(pipeline.run(product, name, language=language), language)
        if json:
            show.json_line(finished.record.model_dump(mode="json"))
            continue
        show.screen(finished.record, language)
        show.note(say("cli.report_at", path=str(finished.folder.path / "report.html")), language)
    if serve:
        from pilothouse.cli import releases

        for name in names:
            releases.ship(product.folder, name, lang=language)
        releases.serve(product.folder, lang=language)


def plan(
    source: Annotated[Path, typer.Argument(metavar="FILE|DIR")],
    use_cases: Annotated[list[str] | None, typer.Argument(metavar="[USE_CASE]...")] = None,
    target: str | None = None,
    scenario: str | None = None,
    option: Pairs = None,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """What a run will take, before anything runs: time, memory, money, what leaves the machine."""
    from pilothouse import pipeline
    from pilothouse.cli import show

    option = _with(option, scenario)
    product, names = _asked(source, use_cases, target, (option, None, None), lang)
    language = language_of(lang, product)
    for name in names:
        foreseen = pipeline.foresee(product, name)
        if json:
            show.json_line(foreseen.plan.model_dump(mode="json"))
            continue
        for line in foreseen.lines:
            show.line(line, language)


def report(directory: Folder, use_case: UseCase, lang: Lang = None) -> None:
    """Open the newest report of a use case in the browser."""
    import webbrowser

    from pilothouse.cli import show
    from pilothouse.product import open_product
    from pilothouse.runs.folder import newest

    product = open_product(directory)
    path = newest(product.runs(use_case), use_case).path / "report.html"
    show.line(str(path), language_of(lang, product))
    webbrowser.open(path.as_uri())


def verify(
    run: Annotated[Path, typer.Argument(metavar="RUN")],
    retrain: Annotated[bool, typer.Option("--retrain")] = False,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Recompute every figure of a run; fails when one digit was edited."""
    from pilothouse import pipeline
    from pilothouse.cli import show

    language = language_of(lang)
    found = pipeline.verify(run, retrain=retrain)
    if json:
        show.json_line({"ok": not found, "differences": [m.as_json() for m in found]})
    else:
        for difference in found:
            show.line(difference, language)
        show.line(say("cli.verified" if not found else "cli.not_verified", differences=len(found)), language)
    if found:
        raise typer.Exit(1)


def experiment_plan(
    directory: Folder,
    use_case: UseCase,
    output: Annotated[Path | None, typer.Option("-o", "--output")] = None,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Size and length of the experiment that decides, and who goes into which group."""
    from pilothouse.cli import show
    from pilothouse.experiment.assign import plan_for
    from pilothouse.product import open_product

    product = open_product(directory)
    language = language_of(lang, product)
    planned = plan_for(product, use_case, output)
    if json:
        show.json_line(planned.as_json())
        return
    for line in planned.lines:
        show.line(line, language)


def _with(option: Pairs, scenario: str | None) -> Pairs:
    """Say ``--scenario NAME`` as ``--option scenario=NAME``, for a file without a product."""
    return option if scenario is None else [*(option or []), f"scenario={scenario}"]


def _asked(
    source: Path,
    use_cases: list[str] | None,
    target: str | None,
    words: tuple[Any, Any, Any],
    lang: Language | str | None,
) -> tuple[Product, list[str]]:
    """Find the product and the use cases that a command line speaks of."""
    from pilothouse.pipeline import is_data, scenario_of
    from pilothouse.product import TableSettings, UseCaseSettings, from_file, open_product

    option, value, available = pairs(words[0]), pairs(words[1]), answers(words[2])
    if target is not None:
        option["target"] = target
    if not is_data(source):
        product = open_product(source)
        names = use_cases or list(product.settings.use_cases)
        if option or value or available:
            for name in names:
                product.amend(name, option, value, available)
        return product, names
    day_first = option.pop("day_first", None)
    scenario = option.pop("scenario", None) or scenario_of(source, option.get("target"))
    settings = UseCaseSettings(scenario=scenario, options=option, value=value, available=available)
    table = TableSettings(source=str(source), day_first=day_first)
    product, name = from_file(source, settings, table, language_of(lang) if lang else None)
    return product, [name]
