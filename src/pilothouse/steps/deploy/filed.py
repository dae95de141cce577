"""Answers that come as files: pictures that a batch names and that are written beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

from pilothouse.guards.paths import inside
from pilothouse.types import Answers


@runtime_checkable
class Filed(Protocol):
    """A servable whose rows name files."""

    def files(self, answers: Answers) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of every file that the rows of ``answers`` name."""
        ...


def write_files(served: Filed, answers: Answers, output: Path) -> None:
    """Write the files into the folder that is called like ``output`` without its ending."""
    folder = output.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in served.files(answers):
        path = inside(folder, name)
        beside = path.with_name(f".{path.name}.part")
        beside.write_bytes(content)
        beside.replace(path)
