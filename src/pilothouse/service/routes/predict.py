"""``/v1/use-cases``: what can be asked, and the asking."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, TypeAdapter

from pilothouse.errors import PilothouseError
from pilothouse.messages import say
from pilothouse.service.deps import TheHouse, TheVisit, UseCaseName, needs
from pilothouse.service.replies import Refusal, body_of
from pilothouse.service.settings import Limits
from pilothouse.service.shelf import Loaded
from pilothouse.service.upload import Upload
from pilothouse.steps.deploy.contract import Unhurried
from pilothouse.store.keys import KeyRole

# Up to here a request is answered at once; more rows go to a thread so that others do not wait.
ROWS_AT_ONCE = 8

router = APIRouter(dependencies=[Depends(needs(KeyRole.PREDICT))])


class UseCaseEntry(BaseModel):
    """A use case that answers."""

    name: str
    release: int
    run_id: str
    damaged: int | None = None


class UseCaseList(BaseModel):
    """What can be asked."""

    use_cases: list[UseCaseEntry]


ROWS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["rows"],
    "additionalProperties": False,
    "properties": {
        "rows": {
            "anyOf": [
                {"type": "object"},
                {"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": Limits.rows},
            ]
        },
        "reasons": {"type": "boolean", "default": False},
    },
}


FILE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary"}},
}


@router.get("/v1/use-cases")
async def list_use_cases(house: TheHouse) -> UseCaseList:
    """List the use cases that have a release."""
    found = [loaded for loaded in await house.shelf.all() if not isinstance(loaded, PilothouseError)]
    return UseCaseList(use_cases=[_entry(loaded) for loaded in found])


@router.get("/v1/use-cases/{name}")
async def show_use_case(name: UseCaseName, house: TheHouse) -> dict[str, Any]:
    """Show one use case with the JSON Schemas of its request and of one answer."""
    loaded = await house.shelf.get(name)
    return {
        **_entry(loaded).model_dump(),
        "request": loaded.intake.adapter.json_schema(),
        "answer": TypeAdapter(loaded.servable.answer_type).json_schema(),
    }


@router.post(
    "/v1/use-cases/{name}/predict",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": ROWS_SCHEMA},
                "multipart/form-data": {"schema": FILE_SCHEMA},
            },
        }
    },
)
async def predict(name: UseCaseName, house: TheHouse, visit: TheVisit) -> Response:
    """Answer rows, or one uploaded picture, with the release that serves; its number comes along."""
    loaded = await house.shelf.get(name)
    pictures = loaded.intake.takes_pictures
    if isinstance(visit.body, Upload) and not pictures:
        refusal = Refusal(415, "not_json", say("service.not_json"), say("service.send_json"))
        said = body_of(refusal, visit.language, visit.error_id)
        return Response(said, refusal.status, media_type="application/json")
    slow = pictures or isinstance(loaded.servable, Unhurried)
    if _is_small(visit.body) and not slow:
        reply, rows = loaded.answer(visit.body, visit.language)
    else:
        reply, rows = await to_thread.run_sync(loaded.answer, visit.body, visit.language)
    house.meters.rows(name, loaded.release.number, rows)
    return Response(reply, media_type="application/json")


def _is_small(body: Any) -> bool:
    if not isinstance(body, dict) or body.get("reasons"):
        return False
    rows = body.get("rows")
    listed = [rows] if isinstance(rows, dict) else rows
    if not isinstance(listed, list) or len(listed) > ROWS_AT_ONCE:
        return False
    # Rows that bring lists (their events) take longer to read.
    return not any(isinstance(v, list) for row in listed if isinstance(row, dict) for v in row.values())


def _entry(loaded: Loaded) -> UseCaseEntry:
    release = loaded.release
    damaged = loaded.wanted if loaded.wanted != release.number else None
    return UseCaseEntry(name=release.use_case, release=release.number, run_id=release.run_id, damaged=damaged)
