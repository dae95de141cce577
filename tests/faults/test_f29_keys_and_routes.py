"""F29: every route with every kind of key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faults.routes import PUBLIC, all_routes, roles
from pilothouse.store.keys import KeyRole, Keys
from pilothouse.store.state import State
from small_shop import Served, serving, shipped

MISSING = [
    ("GET", "/v1/nothing"),
    ("GET", "/v1/use-cases/none"),
    ("POST", "/v1/x"),
    ("GET", "/admin"),
    ("GET", "/.env"),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(shipped(tmp_path_factory.mktemp("f29"), 0.0, 1.0), tries=100_000) as served:
        yield served


def told(reply: Any) -> dict[str, Any]:
    error: dict[str, Any] = reply.json()["error"]
    assert error.pop("id")
    return error


def ask(service: Served, method: str, path: str, headers: dict[str, str], **more: Any) -> Any:
    with service.client(None) as client:
        body = {"json": {"rows": []}} if method == "POST" else {}
        return client.request(method, path, headers=headers, **body, **more)


def bad_headers(service: Served, folder: Path) -> list[dict[str, str]]:
    keys = Keys(service.state)
    good = service.keys[KeyRole.ADMIN]
    withdrawn, old = keys.make(KeyRole.ADMIN), keys.make(KeyRole.ADMIN, days=-1)
    keys.revoke(withdrawn.split("_")[1])
    other = State(folder / "other" / "state.db")
    foreign = Keys(other).make(KeyRole.ADMIN)
    other.close()
    wrong = [
        "x",
        good[:-1],
        good + "x",
        good.lower(),
        good[:12],
        withdrawn,
        old,
        foreign,
        "null",
        "undefined",
        "*",
    ]
    return [
        {},
        *({"Authorization": f"Bearer {key}"} for key in wrong),
        *({"X-API-Key": key} for key in wrong),
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"X-API-Key": ""},
        {"Authorization": good},
        {"Authorization": f"Basic {good}"},
        {"Authorization": f"Bearer {good}", "X-API-Key": "another"},
        {"Cookie": f"pilothouse_visit={good}"},
        {"Cookie": "pilothouse_visit="},
        {"Cookie": f"key={good}"},
    ]


def test_f29_without_a_good_key_every_route_says_the_same(service: Served, tmp_path: Path) -> None:
    bodies = []
    for headers in bad_headers(service, tmp_path):
        for method, path in [*all_routes(service.app), *MISSING]:
            if path not in PUBLIC:
                reply = ask(service, method, path, headers)
                assert reply.status_code == 401, (method, path, headers)
                bodies.append(told(reply))
    assert len(bodies) > 300 and all(body == bodies[0] for body in bodies)


def test_f29_a_key_in_the_address_opens_nothing(service: Served) -> None:
    good = service.keys[KeyRole.ADMIN]
    for method, path in all_routes(service.app):
        if path not in PUBLIC:
            for name in ("key", "api_key", "token", "access_token", "Authorization", "X-API-Key", "ticket"):
                assert ask(service, method, path, {}, params={name: good}).status_code == 401
    assert ask(service, "GET", "/enter", {}, params={"ticket": good}).status_code == 401


def test_f29_every_route_declares_its_role(service: Served) -> None:
    declared = roles(service.app)
    assert {path for (_, path), role in declared.items() if role is None} == PUBLIC
    assert declared[("POST", "/v1/releases")] is KeyRole.ADMIN


@pytest.mark.parametrize("role", list(KeyRole))
def test_f29_a_key_opens_its_own_routes_and_the_rest_is_not_there(service: Served, role: KeyRole) -> None:
    declared = roles(service.app)
    hidden = []
    for (method, template), (_, path) in zip(declared, all_routes(service.app), strict=True):
        needed = declared[(method, template)]
        reply = ask(service, method, path, service.headers(role))
        if path not in PUBLIC:
            allowed = role is KeyRole.ADMIN or needed is role
            assert (reply.status_code == 404) != allowed, (role, method, path, reply.status_code)
            if not allowed:
                hidden.append(told(reply))
    for method, path in MISSING:
        reply = ask(service, method, path, service.headers(role))
        assert reply.status_code == 404
        hidden.append(told(reply))
    assert all(body == hidden[0] for body in hidden)


def test_f29_a_withdrawn_key_is_out_at_once(service: Served) -> None:
    key = Keys(service.state).make(KeyRole.PREDICT)
    headers = {"X-API-Key": key}
    assert ask(service, "GET", "/v1/use-cases", headers).status_code == 200
    Keys(service.state).revoke(key.split("_")[1])
    assert ask(service, "GET", "/v1/use-cases", headers).status_code == 401


def test_f29_a_ticket_holds_once_and_its_visit_only_reads(service: Served) -> None:
    ticket = service.app.state.house.doorkeeper.ticket()
    with service.client(None) as client:
        reply = client.get("/enter", params={"ticket": ticket})
        assert reply.status_code == 303 and reply.headers["location"] == "/"
        cookie = reply.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=strict" in cookie
        assert client.get("/").status_code == 200
        assert client.get("/v1/runs/churn/run-1/report").status_code == 200
        for method, path in all_routes(service.app):
            if method == "POST":
                assert client.post(path, json={}).status_code == 401
    with service.client(None) as client:
        assert client.get("/enter", params={"ticket": ticket}).status_code == 401
        assert client.get("/").status_code == 401
