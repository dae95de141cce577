"""The reject file: what was left out, where it stood and why, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from pilothouse.guards.markup import write_csv
from pilothouse.steps.collect.source import Reject


def write_rejects(path: Path, rejects: Iterable[Reject], redact: Callable[[str], str]) -> None:
    """Write ``rejects`` as CSV: line, column, reason in English and in Chinese, text.

    Parameters
    ----------
    path
        Where it goes; its folder must be there. Old or new, never half.
    rejects
        In the order to be shown.
    redact
        Takes personal data out of a text. The file lies in a run folder, so
        every cell of a stranger passes through it.
    """
    rows = (
        (r.line, redact(r.column or ""), r.reason.text("en"), r.reason.text("zh"), redact(r.text))
        for r in rejects
    )
    write_csv(path, ("line", "column", "reason", "reason_zh", "text"), rows)
