"""``/v1/runs``: the runs of this product and their reports."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel

from pilothouse.errors import NotFound
from pilothouse.guards.paths import inside, is_plain
from pilothouse.messages import say
from pilothouse.service.deps import ListLimit, TheHouse, UseCaseName, needs
from pilothouse.store.keys import KeyRole

router = APIRouter(dependencies=[Depends(needs(KeyRole.ADMIN))])

# The report is one file that asks for nothing; in a sandbox it has no origin, so that even a script
# smuggled into it could not use the reader's visit.
REPORT_POLICY = (
    "sandbox allow-scripts allow-modals allow-downloads; default-src 'none'; script-src 'unsafe-inline';"
    " style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


class RunEntry(BaseModel):
    """One run."""

    use_case: str
    run_id: str
    started_at: str
    status: str
    verdict: str | None


class RunList(BaseModel):
    """Runs, newest first."""

    runs: list[RunEntry]


@router.get("/v1/runs")
async def list_runs(house: TheHouse, limit: ListLimit = 100) -> RunList:
    """List runs, newest first."""
    entries = [
        RunEntry(
            use_case=r.use_case, run_id=r.run_id, started_at=r.started_at, status=r.status, verdict=r.verdict
        )
        for r in house.state.runs(limit=limit)
    ]
    return RunList(runs=entries)


@router.get("/v1/runs/{name}/{run_id}/report", response_class=Response)
async def open_report(
    name: UseCaseName, run_id: Annotated[str, Path(max_length=120)], house: TheHouse
) -> Response:
    """Send the report of one run as HTML."""
    missing = NotFound(say("service.nothing_here"), say("service.check_address"))
    if not (is_plain(name) and is_plain(run_id)):
        raise missing
    root = house.settings.product_folder / ".pilothouse" / "runs"
    path = inside(root, name, run_id, "report.html")
    if not path.is_file():
        raise missing
    page = await to_thread.run_sync(path.read_bytes)
    headers = {"Content-Security-Policy": REPORT_POLICY}
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)
