"""What routes are given, as annotated names, so that their signatures read as sentences."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path, Query, Request
from pydantic import BaseModel, ValidationError

from pilothouse.errors import NotFound, UserFault
from pilothouse.messages import say
from pilothouse.service.conversations import Conversations
from pilothouse.service.doorkeeper import Doorkeeper
from pilothouse.service.edge import Visit
from pilothouse.service.histories import Histories
from pilothouse.service.log import printable
from pilothouse.service.meters import Meters
from pilothouse.service.settings import Limits, ServiceSettings
from pilothouse.service.shelf import Shelf
from pilothouse.store.keys import KeyRole
from pilothouse.store.state import State

T = TypeVar("T", bound=BaseModel)


class House:
    """Everything the routes work with; made once for each application."""

    def __init__(self, settings: ServiceSettings, state: State, doorkeeper: Doorkeeper) -> None:
        self.settings = settings
        self.state = state
        self.doorkeeper = doorkeeper
        self.shelf = Shelf(settings, state)
        self.histories = Histories(state.events)
        self.meters = Meters()
        self.conversations = Conversations()


async def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house


async def _visit(request: Request) -> Visit:
    visit: Visit = request.scope["visit"]
    return visit


def needs(role: KeyRole) -> Callable[[Request], Awaitable[None]]:
    """Make the check of one route: admin keys open everything, others only what is theirs.

    To a key without the role the route is not there: the reply is that of an unknown address.
    """

    async def check(request: Request) -> None:
        if request.scope["visit"].role not in (role, KeyRole.ADMIN):
            raise NotFound(say("service.nothing_here"), say("service.check_address"))

    check.role = role  # type: ignore[attr-defined]
    return check


def typed(body_type: type[T], body: Any) -> T:
    """Check a body against its type; the fault names the field and repeats no value.

    Raises
    ------
    UserFault
        When it does not fit.
    """
    try:
        return body_type.model_validate(body, strict=True)
    except ValidationError as fault:
        place = ".".join(str(part) for part in fault.errors(include_input=False)[0]["loc"])
    where = printable(place or "body", 100)
    raise UserFault(say("service.bad_request", where=where), say("service.see_schema"))


TheHouse = Annotated[House, Depends(_house)]
TheVisit = Annotated[Visit, Depends(_visit)]
UseCaseName = Annotated[str, Path(max_length=40, description="The use case's key in product.toml.")]
ListLimit = Annotated[int, Query(ge=1, le=Limits.listed, description="Most entries to return.")]
