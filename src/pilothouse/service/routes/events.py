"""``/v1/events``: what users did, kept once each and on the disk before it is acknowledged.

Users' own ids do not reach the store. Which events enter histories is decided in ``store.events``.
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from anyio import to_thread
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from pilothouse.errors import UserFault
from pilothouse.messages import say
from pilothouse.service.deps import House, TheHouse, TheVisit, needs, typed
from pilothouse.service.settings import Limits
from pilothouse.steps.collect.times import Times
from pilothouse.steps.deploy.contract import MAX_ID
from pilothouse.store.events import Event, Receipt
from pilothouse.store.keys import KeyRole
from pilothouse.types import Role

# Seconds since 1970 up to the year 2100: beyond it, somebody sends milliseconds.
LAST_S = 4_102_444_800

router = APIRouter(dependencies=[Depends(needs(KeyRole.INGEST))])

_Id = Annotated[str, Field(min_length=1, max_length=MAX_ID)]
_Word = Annotated[str, Field(max_length=100)]
_READER = Times()


class EventEntry(BaseModel):
    """One thing that a user did."""

    model_config = ConfigDict(extra="forbid")
    source: Annotated[_Word, Field(description="Who sends it; ids are unique within a source.")] = ""
    event_id: Annotated[_Id, Field(description="The same id again, with the same body, changes nothing.")]
    user: _Id
    item: _Id
    time: Annotated[
        Annotated[str, Field(max_length=40, json_schema_extra={"format": "date-time"})]
        | Annotated[float, Field(ge=0, lt=LAST_S)]
        | None,
        Field(description="ISO 8601 or seconds since 1970; without it, the moment of arrival."),
    ] = None
    value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    type: _Word | None = None


class EventsRequest(BaseModel):
    """Some events."""

    model_config = ConfigDict(extra="forbid")
    events: Annotated[list[EventEntry], Field(min_length=1, max_length=Limits.events)]


class EventsReply(BaseModel):
    """What became of them: new, there already, there with another body, kept out of histories."""

    accepted: int
    duplicates: int
    conflicts: list[str]
    held: int


EVENTS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["events"],
    "additionalProperties": False,
    "properties": {
        "events": {
            "type": "array",
            "items": EventEntry.model_json_schema(),
            "minItems": 1,
            "maxItems": Limits.events,
        }
    },
}


@router.post(
    "/v1/events",
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": EVENTS_SCHEMA}}}
    },
)
async def send_events(house: TheHouse, visit: TheVisit) -> EventsReply:
    """Keep events; the reply comes after they are on the disk."""
    receipt = await to_thread.run_sync(_put, house, visit.body)
    return EventsReply(
        accepted=receipt.accepted,
        duplicates=receipt.duplicates,
        conflicts=list(receipt.conflicts),
        held=receipt.held,
    )


def _put(house: House, body: Any) -> Receipt:
    most = house.settings.limits.events
    if isinstance(body, dict) and isinstance(body.get("events"), list) and len(body["events"]) > most:
        raise UserFault(say("service.too_many_events", most=most), say("service.fewer_events"))
    entries = typed(EventsRequest, body).events
    raw = np.empty(len(entries), dtype=object)
    raw[:] = [entry.user for entry in entries]
    users = house.settings.pseudonyms.of(raw, str(Role.USER)).tolist()
    return house.state.events.put(
        [
            Event(e.source, e.event_id, user, e.item, _time(number, e.time), e.value, e.type)
            for number, (e, user) in enumerate(zip(entries, users, strict=True), 1)
        ]
    )


def _time(number: int, given: str | float | None) -> int | None:
    """Microseconds since 1970, read as the times of tables are: UTC where a zone is given."""
    if isinstance(given, str):
        read = _READER.read(given)
        if read is None:
            raise UserFault(say("service.bad_event_time", number=number), say("service.event_time_form"))
        return read
    return None if given is None else round(given * 1_000_000)
