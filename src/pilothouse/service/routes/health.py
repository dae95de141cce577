"""``/healthz``, ``/readyz`` and ``/metrics``: is it alive, can it answer, how is it doing."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from pilothouse.errors import PilothouseError
from pilothouse.service.deps import TheHouse, needs
from pilothouse.store.keys import KeyRole

open_router = APIRouter()
router = APIRouter(dependencies=[Depends(needs(KeyRole.ADMIN))])


class Health(BaseModel):
    """Alive, or ready."""

    status: str


@open_router.get("/healthz")
async def healthz() -> Health:
    """Say that the process answers; nothing else is looked at."""
    return Health(status="ok")


@open_router.get("/readyz", responses={503: {"model": Health}})
async def readyz(house: TheHouse, response: Response) -> Health:
    """Load what serves and say whether all of it answers; "degraded" when a damaged release was replaced."""
    found = await house.shelf.all()
    if any(isinstance(loaded, PilothouseError) for loaded in found):
        response.status_code = 503
        return Health(status="not ready")
    replaced = any(not isinstance(x, PilothouseError) and x.wanted != x.release.number for x in found)
    return Health(status="degraded" if replaced else "ready")


@router.get("/metrics", response_class=Response)
async def metrics(house: TheHouse) -> Response:
    """Write counters and times in Prometheus' text format."""
    return Response(house.meters.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
