"""``/v1/releases``: what was shipped; ship a run, or take a release back."""

from __future__ import annotations

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from pilothouse.guards.paths import inside
from pilothouse.service.deps import ListLimit, TheHouse, TheVisit, UseCaseName, needs, typed
from pilothouse.steps.deploy.release import rollback, ship
from pilothouse.store.keys import KeyRole

router = APIRouter(dependencies=[Depends(needs(KeyRole.ADMIN))])


class ReleaseEntry(BaseModel):
    """One release."""

    use_case: str
    number: int
    run_id: str
    created: str
    made_by: str
    serving: bool


class ReleaseList(BaseModel):
    """Releases, newest first."""

    releases: list[ReleaseEntry]


class ShipRequest(BaseModel):
    """Which run to ship; ``force`` ships one that does worse than the baseline."""

    model_config = ConfigDict(extra="forbid")
    use_case: Annotated[str, Field(min_length=1, max_length=40)]
    run_id: Annotated[str, Field(min_length=1, max_length=120)]
    force: bool = False


class RollbackRequest(BaseModel):
    """Which release to go back to; without a number, the one before."""

    model_config = ConfigDict(extra="forbid")
    number: Annotated[int, Field(ge=1, le=2**31)] | None = None


class ServingEntry(BaseModel):
    """What serves now."""

    use_case: str
    number: int
    previous: int | None


def _body(of: type[BaseModel]) -> dict[str, Any]:
    """Describe a body that ``typed`` checks: the edge has read it already."""
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": of.model_json_schema()}}}
    }


@router.get("/v1/releases")
async def list_releases(house: TheHouse, limit: ListLimit = 100) -> ReleaseList:
    """List releases, newest first, and say which serve."""
    serving = {(s.use_case, s.number) for s in house.state.all_serving()}
    entries = [
        ReleaseEntry(
            use_case=r.use_case,
            number=r.number,
            run_id=r.run_id,
            created=r.created,
            made_by=r.made_by,
            serving=(r.use_case, r.number) in serving,
        )
        for r in house.state.releases(limit=limit)
    ]
    return ReleaseList(releases=entries)


@router.post("/v1/releases", status_code=201, openapi_extra=_body(ShipRequest))
async def ship_run(house: TheHouse, visit: TheVisit) -> ReleaseEntry:
    """Promote the winner of a run; from then on it answers."""
    wish = typed(ShipRequest, visit.body)
    folder = house.settings.product_folder

    def work() -> ReleaseEntry:
        from pilothouse.pipeline.releases import fit_to_ship

        if not wish.force:
            fit_to_ship(inside(folder / ".pilothouse" / "runs", wish.use_case, wish.run_id))
        release = ship(house.state, folder, wish.use_case, wish.run_id, made_by="service")
        return ReleaseEntry(
            use_case=release.use_case,
            number=release.number,
            run_id=release.run_id,
            created=release.created,
            made_by=release.made_by,
            serving=True,
        )

    return await to_thread.run_sync(work)


@router.post(
    "/v1/releases/{name}/rollback",
    openapi_extra=_body(RollbackRequest),
)
async def roll_back(name: UseCaseName, house: TheHouse, visit: TheVisit) -> ServingEntry:
    """Go back to the release before, or to the one named."""
    wish = typed(RollbackRequest, visit.body)
    folder = house.settings.product_folder
    serving = await to_thread.run_sync(rollback, house.state, folder, name, wish.number)
    return ServingEntry(use_case=serving.use_case, number=serving.number, previous=serving.previous)
