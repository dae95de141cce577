"""A crew whose models never see some of the columns.

The leak firewall speaks before the contest does; what it took out stays out of every
later fit, whoever asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pilothouse.messages import Message
from pilothouse.types import Answers, Crew, Fit


@dataclass(frozen=True)
class Narrow:
    """Hand fits on to ``crew`` with ``columns`` as their only features."""

    crew: Crew
    columns: tuple[str, ...]

    def answers(self, fits: list[Fit], label: Message) -> list[Answers]:
        """Carry out ``fits`` on the columns that are left."""
        return self.crew.answers([replace(fit, columns=self.columns) for fit in fits], label)
