"""The command table, and the one place where errors become exit codes."""

from __future__ import annotations

import sys
from typing import Annotated, Any, NoReturn

import typer

from pilothouse.cli import evidence, help, releases, workspace
from pilothouse.cli.help import SpokenCommand, SpokenGroup
from pilothouse.errors import PilothouseError
from pilothouse.messages import Language, say

app = typer.Typer(
    cls=SpokenGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
experiment_app = typer.Typer(cls=SpokenGroup, no_args_is_help=True)


def _version(asked: bool) -> None:
    if asked:
        from pilothouse import __version__

        sys.stdout.write(f"pilothouse {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    """From a file of product data to a decision you can defend."""


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
    releases.export,
    releases.keys,
    evidence.verify,
    workspace.doctor,
    workspace.demo,
):
    app.command(_command.__name__, cls=SpokenCommand)(_command)
experiment_app.command("plan", cls=SpokenCommand)(evidence.experiment_plan)
app.add_typer(experiment_app, name="experiment")


def run() -> None:
    """Parse, call, and turn faults into exit codes: 0, 1 (yours), 2 (usage), 70 (ours)."""
    words = sys.argv[1:]
    language = help.language_in(words)
    try:
        code = app(prog_name="pilothouse", standalone_mode=False)
    except help.UsageFault as fault:
        _usage(fault, language)
    except PilothouseError as error:
        from pilothouse.cli import show

        show.fault(error, language, "--json" in words)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write(say("cli.interrupted").text(language) + "\n")
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  the boundary: no traceback reaches a user
        _our_bug(error, language)
    sys.exit(code if isinstance(code, int) else 0)


def _usage(fault: Any, language: Language) -> NoReturn:
    """Say which words were wrong; a group named without a command shows its help."""
    if type(fault).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(fault.message + "\n")
        sys.exit(2)
    from pilothouse.guards.markup import plain

    hint = help.hint(fault)
    lines = [help.usage_fault(fault).text(language), "" if hint is None else hint.text(language)]
    sys.stderr.write("".join(plain(line) + "\n" for line in lines if line))
    sys.exit(2)


def _our_bug(error: Exception, language: Language) -> NoReturn:
    import os
    import traceback

    if os.environ.get("PILOTHOUSE_DEBUG"):
        traceback.print_exception(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__} {last.name}:{last.lineno}"
    sys.stderr.write(say("cli.our_bug", place=place).text(language) + "\n")
    sys.exit(70)
