"""What a terminal shows: screens, progress, tables, errors.

Everything is stripped of control characters before it is printed, because column
names and cell values come from files. Results go to stdout, progress to stderr.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pilothouse.guards.markup import plain
from pilothouse.messages import Language, Message, say

if TYPE_CHECKING:
    from pilothouse.errors import PilothouseError
    from pilothouse.pipeline import Event, Finished
    from pilothouse.runs.record import RunRecord, Said

ACCENT = {"go": "green", "pilot": "cyan", "more_data": "yellow", "no_go": "red"}


def line(text: str | Message, language: Language) -> None:
    """Print one line of result."""
    sys.stdout.write(plain(text if isinstance(text, str) else text.text(language)) + "\n")


def note(text: Message, language: Language) -> None:
    """Print one line beside the result."""
    sys.stderr.write(plain(text.text(language)) + "\n")


def said(kept: Said, language: Language) -> str:
    """Return a kept sentence in the reader's language."""
    return kept.zh if language == "zh" else kept.en


def screen(record: RunRecord, language: Language) -> None:
    """Print the verdict screen: the first thing that a PM reads."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    headline, *rest = record.screen
    for number, kept in enumerate([headline, *record.found, *rest]):
        text = Text(plain(said(kept, language)))
        if number == 0:
            text.stylize(f"bold {ACCENT[record.verdict.code]}")
        console.print(text)


def json_line(content: Any) -> None:
    """Print one JSON object on one line."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")


def table(header: Sequence[Message], rows: Iterable[Sequence[str | Message]], language: Language) -> None:
    """Print a table."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for title in header:
        shown.add_column(plain(title.text(language)), overflow="fold")
    for row in rows:
        shown.add_row(*(plain(cell if isinstance(cell, str) else cell.text(language)) for cell in row))
    Console(highlight=False, markup=False).print(shown)


def follow(events: Iterator[Event | Finished], language: Language) -> Finished:
    """Draw progress from a run's events and return what it ended with."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    from pilothouse.pipeline import Finished

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.fields[eta]}"))
    console = Console(stderr=True, highlight=False)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1, eta="")
        for event in events:
            if isinstance(event, Finished):
                return event
            left = "" if event.eta_s is None else say("cli.eta", seconds=round(event.eta_s)).text(language)
            bar.update(
                task,
                description=plain(event.label.text(language)),
                completed=event.done,
                total=max(event.total, 1),
                eta=left,
            )
    raise RuntimeError("a run ended without a result")


def fault(error: PilothouseError, language: Language, as_json: bool) -> None:
    """Show a fault: what happened, and what to do."""
    if as_json:
        json_line({"error": error.as_json()})
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text(plain(error.problem.text(language)), style="bold red"))
    if error.fix is not None:
        console.print(Text(plain(error.fix.text(language))))
