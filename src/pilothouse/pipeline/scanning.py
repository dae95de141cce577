"""What is in the data, what is personal, and which questions it can support."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pilothouse import registry
from pilothouse.guards.personal import find_personal
from pilothouse.messages import Message, say
from pilothouse.pipeline.begin import read_table
from pilothouse.product import Product
from pilothouse.steps.collect import (
    Collected,
    Scan,
    Source,
    guess_roles,
    is_folder_of_documents,
    is_folder_of_pictures,
    read,
    scan_table,
)
from pilothouse.steps.collect.idx import is_idx
from pilothouse.types import Column, Role

HEADER = tuple(
    say(f"pipeline.scan_{name}")
    for name in ("column", "kind", "role", "missing", "distinct", "personal", "why")
)


@dataclass(frozen=True)
class Seen:
    """One table as it was seen."""

    name: str
    collected: Collected
    scan: Scan
    personal: dict[str, str]

    @property
    def title(self) -> Message:
        """Size and quality."""
        return say(
            "pipeline.scan_title",
            name=self.name,
            rows=self.collected.provenance.rows,
            columns=len(self.scan.columns),
            duplicates=self.scan.duplicates,
            rejects=self.collected.provenance.rows_rejected,
        )

    @property
    def header(self) -> tuple[Message, ...]:
        """Titles of the table of columns."""
        return HEADER

    @property
    def rows(self) -> list[tuple[str | Message, ...]]:
        """A row a column."""
        return [self._row(column) for column in self.scan.columns]

    @property
    def lines(self) -> list[Message]:
        """Notes, open questions, and what the table supports."""
        lines = [*self.collected.notes]
        lines += [say("pipeline.scan_question", question=q) for q in self.collected.questions]
        if self.scan.targets:
            names = ", ".join(name for name, _ in self.scan.targets)
            lines.append(say("pipeline.scan_targets", columns=names))
        for support in self.scan.supports:
            scenario = registry.find(support.scenario)
            if support.lacks:
                roles = ", ".join(role.value for role in support.lacks)
                lines.append(say("pipeline.scan_lacks", scenario=scenario.name, roles=roles))
            else:
                lines.append(
                    say("pipeline.scan_supports", scenario=scenario.name, question=scenario.question)
                )
        return lines

    def as_json(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "table": self.name,
            "rows": self.collected.provenance.rows,
            "rows_rejected": self.collected.provenance.rows_rejected,
            "duplicates": self.scan.duplicates,
            "columns": [
                {
                    "name": c.name,
                    "kind": c.kind.value,
                    "role": c.role.value,
                    "missing": c.missing,
                    "distinct": c.distinct,
                    "personal": self.personal.get(c.name),
                }
                for c in self.scan.columns
            ],
            "targets": [name for name, _ in self.scan.targets],
            "supports": {s.scenario: [r.value for r in s.lacks] for s in self.scan.supports},
            "questions": [q.as_json() for q in self.collected.questions],
        }

    def _row(self, column: Column) -> tuple[str | Message, ...]:
        kind = self.personal.get(column.name)
        return (
            column.name,
            say(f"pipeline.kind_{column.kind.value}"),
            say(f"pipeline.role_{column.role.value}"),
            f"{column.missing:.0%}" if column.missing else "",
            f"{column.distinct:,}",
            say(f"personal.kind_{kind}") if kind else "",
            say("pipeline.scan_taken_out") if kind and column.role is Role.FEATURE else column.reason or "",
        )


def scan(source: Product | Path) -> Iterator[Seen]:
    """Look over a file, or every table of a product."""
    if isinstance(source, Path):
        collected = read(Source(str(source)))
        yield _seen(source.name, collected, {})
        return
    for name, settings in source.settings.tables.items():
        roles = {column: str(role) for column, role in settings.columns.items()}
        yield _seen(name, read_table(source, settings), roles)


def is_data(source: Path) -> bool:
    """Tell data, a file or a folder of pictures or documents, from the folder of a product."""
    if not source.is_dir():
        return True
    if (source / "product.toml").is_file():
        return False
    return is_folder_of_pictures(source) or is_folder_of_documents(source)


def scenario_of(source: Path, target: str | None) -> str:
    """Name the scenario that a file is for: without a target, the first whose columns it has.

    Pictures are told by their labels, and documents answer, where nothing else is said.
    """
    if is_folder_of_documents(source):
        return next(n for n in registry.names() if registry.find(n).reads_documents)
    if source.is_dir() or (source.is_file() and is_idx(source)):
        return next(n for n in registry.names() if {Role.IMAGE, Role.TARGET} <= set(registry.find(n).needs))
    if target is None:
        table = guess_roles(read(Source(str(source))).table)
        for name in registry.names():
            needs = registry.find(name).needs
            if needs and all(role is not Role.TARGET and table.of_role(role) for role in needs):
                return name
    return next(name for name in registry.names() if Role.TARGET in registry.find(name).needs)


def _seen(name: str, collected: Collected, roles: dict[str, str]) -> Seen:
    table = guess_roles(collected.table, roles=roles)
    supports = {s: registry.find(s).needs for s in registry.names()}
    personal = {p.column: p.kind for p in find_personal(table)}
    return Seen(name, collected, scan_table(table, supports), personal)
