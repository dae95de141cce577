"""What a recommender in service is asked, and what it must offer beyond ``contract.Servable``.

The service finds the user's pseudonym and what they did since; the release knows the rest. No
face knows how a list is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeGuard

from pilothouse.errors import NotFound
from pilothouse.messages import Language, say

LISTS_FILE = "recommendations.csv"
"""Everybody's list, among the outputs of a use case."""


@dataclass(frozen=True)
class Ask:
    """One wish for a list.

    Parameters
    ----------
    user
        The pseudonym; None for nobody in particular, and where a person wants no personal list.
    since
        Events that arrived at the service, oldest first: (item id, microseconds since 1970,
        value or None). The release may have learned from some of them already.
    k
        Most items in the list.
    exclude
        Ids that may not be in it.
    only
        Ids that alone may be in it; None for the whole catalogue.
    context
        Attributes of the user or the moment: texts, finite numbers, truth values, None.
    personalized
        False asks for the list that everybody gets; ``user``, ``since`` and ``context`` are empty then.
    reasons
        Whether each item needs its reason, as a sentence in ``language``.
    """

    user: str | None
    since: Sequence[tuple[str, int, float | None]] = ()
    k: int = 10
    exclude: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    personalized: bool = True
    reasons: bool = False
    language: Language = "en"


class Recommends(Protocol):
    """A release that makes lists; plain JSON values, no NaN."""

    def recommend(self, ask: Ask) -> list[dict[str, Any]]:
        """List items, best first: ``rank`` from 1, ``item``, ``score``, ``reason`` (a sentence or None).

        A user or an item that is not known is no fault.
        """
        ...

    def similar(self, item: str, k: int) -> list[dict[str, Any]]:
        """List the items most like ``item``: ``rank``, ``item``, ``score``.

        Raises
        ------
        NotFound
            ``no_such_item()`` when the catalogue does not have it.
        """
        ...

    def audience(self, item: str, k: int) -> list[dict[str, Any]]:
        """List the users whom ``item`` suits best: ``rank``, ``user`` (pseudonym), ``score``.

        Raises
        ------
        NotFound
            ``no_such_item()`` when the catalogue does not have it.
        """
        ...


def recommends(servable: object) -> TypeGuard[Recommends]:
    """Tell whether a release makes lists."""
    return hasattr(servable, "recommend")


def no_such_item() -> NotFound:
    """Make the fault for an id that the catalogue of a release does not have."""
    return NotFound(say("service.no_such_item"), say("service.check_item"))
