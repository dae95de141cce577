"""All routes of the application, with addresses that reach something."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.routing import APIRoute

from pilothouse.store.keys import KeyRole

PUBLIC = {"/healthz", "/readyz", "/docs", "/enter"}


def all_routes(app: FastAPI) -> list[tuple[str, str]]:
    """Method and address of every route; fails when a route is of a kind this cannot read."""
    found = []
    for route in app.routes:
        assert isinstance(route, APIRoute), route
        path = route.path.replace("{name}", "churn").replace("{run_id}", "run-1")
        assert "{" not in path, path
        found += [(method, path) for method in sorted(route.methods or ())]
    assert len(found) >= 15
    return found


def roles(app: FastAPI) -> dict[tuple[str, str], KeyRole | None]:
    """The role each route declares; None where it declares none."""
    declared: dict[tuple[str, str], KeyRole | None] = {}
    for route in app.routes:
        assert isinstance(route, APIRoute)
        wanted = [getattr(d.call, "role", None) for d in route.dependant.dependencies]
        roles = [role for role in wanted if role is not None]
        for method in route.methods or ():
            declared[(method, route.path)] = roles[0] if roles else None
    return declared
