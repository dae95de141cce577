"""The reject file: what was left out, where it stood and why, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from pilothouse.guards.markup import write_csv
from pilothouse.steps.collect.source import Reject


def write_rejects(
    path: Path, rejects: Iterable[Reject], redact: Callable[[str], str], *, with_text: bool = True
) -> None:
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
    with_text
        Whether the rows' own text is told. A row that could not be parted into columns
        may hold a name where no pattern finds it, so where the table holds personal
        columns the run folder tells line and reason only.
    """

    def text(reject: Reject) -> str:
        return redact(reject.text) if with_text else ""

    rows = (
        (r.line, redact(r.column or ""), r.reason.text("en"), r.reason.text("zh"), text(r)) for r in rejects
    )
    write_csv(path, ("line", "column", "reason", "reason_zh", "text"), rows)
