"""What a release in service must offer beyond ``contract.Servable`` so that it can be talked with.

A face keeps the conversation and hands over what was asked in it; the release decides whether a
message leans on that, and answers. No face knows how.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeGuard

MOST_CHARACTERS = 2_000
"""Of a message."""


class Talks(Protocol):
    """A release that answers messages; plain JSON values, no NaN."""

    def talk(self, message: str, scope: str | None, before: Sequence[str] = ()) -> Mapping[str, Any]:
        """Answer: ``answer``, ``declined``, ``sources``, ``score``, ``label``, ``notice`` and more.

        ``understood`` is the question that the message was taken for, None for as it stands.

        Parameters
        ----------
        message
            As it came.
        scope
            On whose behalf is asked; nothing of another scope may come back.
        before
            What this conversation asked for the same scope, as it was understood, the last at the end.
        """
        ...


def talks(servable: object) -> TypeGuard[Talks]:
    """Tell whether a release can be talked with."""
    return hasattr(servable, "talk")
