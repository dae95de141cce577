"""The command table, and the one place where errors become exit codes."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from pilothouse.cli import evidence, releases, workspace
from pilothouse.errors import PilothouseError
from pilothouse.messages import LANGUAGES, Language, locale_language, say

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
experiment_app = typer.Typer(no_args_is_help=True, help="A/B tests: plan.")


def _version(asked: bool) -> None:
    if asked:
        from pilothouse import __version__

        sys.stdout.write(f"pilothouse {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    """From a file of product data to a decision you can defend. 从一份产品数据到站得住脚的决定。"""


for _command in (
    evidence.run,
    workspace.init,
    workspace.add,
    workspace.scan,
    workspace.new,
    evidence.plan,
    evidence.report,
    releases.predict,
    releases.ship,
    releases.rollback,
    releases.serve,
    releases.keys,
    evidence.verify,
    workspace.doctor,
    workspace.demo,
):
    app.command(_command.__name__)(_command)
experiment_app.command("plan")(evidence.experiment_plan)
app.add_typer(experiment_app, name="experiment")


def run() -> None:
    """Parse, call, and turn faults into exit codes: 0, 1 (yours), 2 (usage), 70 (ours)."""
    words = sys.argv[1:]
    language = _language(words)
    as_json = "--json" in words
    try:
        app()
    except PilothouseError as error:
        from pilothouse.cli import show

        show.fault(error, language, as_json)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write(say("cli.interrupted").text(language) + "\n")
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  the boundary: no traceback reaches a user
        _our_bug(error, language)


def _our_bug(error: Exception, language: Language) -> None:
    import os
    import traceback

    if os.environ.get("PILOTHOUSE_DEBUG"):
        traceback.print_exception(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__} {last.name}:{last.lineno}"
    sys.stderr.write(say("cli.our_bug", place=place).text(language) + "\n")
    sys.exit(70)


def _language(words: list[str]) -> Language:
    """Find the language before parsing, so that usage faults speak it too."""
    chosen: Any = None
    for number, word in enumerate(words):
        if word == "--lang" and number + 1 < len(words):
            chosen = words[number + 1]
        elif word.startswith("--lang="):
            chosen = word.partition("=")[2]
    return chosen if chosen in LANGUAGES else locale_language()
