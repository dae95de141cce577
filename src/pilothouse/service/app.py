"""Put the service together: state, doorkeeper, edge, routes."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from pilothouse.errors import PilothouseError
from pilothouse.messages import say
from pilothouse.service.deps import House
from pilothouse.service.doorkeeper import Doorkeeper
from pilothouse.service.edge import Edge
from pilothouse.service.log import printable
from pilothouse.service.replies import Refusal, body_of, nothing_here
from pilothouse.service.routes import chat, events, health, pages, predict, recommend, releases, runs
from pilothouse.service.settings import ServiceSettings
from pilothouse.store.keys import Keys
from pilothouse.store.state import State


def create_app(settings: ServiceSettings, state: State | None = None) -> FastAPI:
    """Make the application.

    At the first start one key for each role is made and written to ``.pilothouse/keys``.

    Raises
    ------
    Workspace, Corrupt
        When the product's state cannot be opened.
    """
    state = state or State(settings.state_path)
    keys = Keys(state)
    keys.make_first(settings.key_folder)
    house = House(settings, state, Doorkeeper(keys, tries=settings.limits.tries))
    app = FastAPI(
        title="Pilothouse", version=_version(), docs_url=None, redoc_url=None, openapi_url=None,
        redirect_slashes=False,
    )  # fmt: skip
    app.state.house = house
    for router in (
        predict.router,
        recommend.router,
        chat.router,
        events.router,
        releases.router,
        runs.router,
        health.open_router,
        health.router,
        pages.open_router,
        pages.predict_router,
        pages.router,
    ):
        app.router.routes.extend(router.routes)
    for route in app.routes:
        if isinstance(route, APIRoute):
            route.summary = say(f"service.op_{route.name}").text("en")
    app.add_middleware(Edge, settings=settings, doorkeeper=house.doorkeeper, meters=house.meters)
    app.add_exception_handler(PilothouseError, _fault)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    return app


def _reply(request: Request, refusal: Refusal) -> Response:
    visit = request.scope["visit"]
    body = body_of(refusal, visit.language, visit.error_id)
    return Response(body, refusal.status, dict(refusal.headers), media_type="application/json")


async def _fault(request: Request, fault: Any) -> Response:
    if fault.status >= 500:
        raise fault
    return _reply(request, Refusal.of(fault))


async def _invalid(request: Request, fault: Any) -> Response:
    where = printable(".".join(str(part) for part in fault.errors()[0]["loc"]), 100)
    refusal = Refusal(422, "user_fault", say("service.bad_request", where=where), say("service.see_schema"))
    return _reply(request, refusal)


async def _http(request: Request, fault: Any) -> Response:
    if fault.status_code == 405:
        allowed = {"Allow": (fault.headers or {}).get("Allow", "")}
        refusal = Refusal(
            405, "wrong_method", say("service.wrong_method"), say("service.check_address"), allowed
        )
        return _reply(request, refusal)
    return _reply(request, nothing_here())


def _version() -> str:
    from pilothouse import __version__

    return __version__
