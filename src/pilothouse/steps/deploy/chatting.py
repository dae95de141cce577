"""What a release in service must offer beyond ``contract.Servable`` so that it can be talked with.

A face keeps the conversation; the release answers one message. No face knows how.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeGuard

MOST_CHARACTERS = 2_000
"""Of a message."""


class Talks(Protocol):
    """A release that answers messages; plain JSON values, no NaN."""

    def talk(self, message: str, scope: str | None) -> Mapping[str, Any]:
        """Answer: ``answer``, ``declined``, ``sources``, ``score``, ``label``, ``notice`` and more.

        ``scope`` says on whose behalf is asked; nothing of another scope may come back.
        """
        ...


def talks(servable: object) -> TypeGuard[Talks]:
    """Tell whether a release can be talked with."""
    return hasattr(servable, "talk")
