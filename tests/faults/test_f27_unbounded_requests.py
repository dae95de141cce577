"""F27: every size a client chooses has a declared maximum, and more is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from small_picks import Picks, picking
from small_shop import ROW, Served, serving, shipped

URL = "/v1/use-cases/churn/predict"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(shipped(tmp_path_factory.mktemp("f27"), 0.0)) as served:
        yield served


@pytest.fixture(scope="module")
def described(service: Served) -> dict[str, Any]:
    with service.client() as client:
        found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def test_f27_every_number_in_a_query_has_both_ends(service: Served, described: dict[str, Any]) -> None:
    seen = 0
    with service.client() as client:
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                for parameter in operation.get("parameters", []):
                    schema = parameter["schema"]
                    if schema["type"] == "integer":
                        if "{" in path:
                            continue  # asked of a use case that recommends: see below
                        seen += 1
                        low, high = schema["minimum"], schema["maximum"]
                        for value, good in (
                            (low, True),
                            (high, True),
                            (low - 1, False),
                            (high + 1, False),
                            (-1, False),
                            (10**30, False),
                        ):
                            reply = client.request(method, path, params={parameter["name"]: value})
                            assert (reply.status_code == 200) == good and reply.status_code in (200, 422)
                    else:
                        assert "maxLength" in schema, (path, parameter["name"])
    assert seen >= 2


@pytest.mark.parametrize("route", ["recommend", "similar", "audience"])
def test_f27_lists_have_declared_maxima(tmp_path: Path, route: str) -> None:
    good = {"user": "anna"} if route == "recommend" else {"item": "tea"}
    template = f"/v1/use-cases/{{name}}/{route}"
    with serving(picking(tmp_path), Picks.load) as shop, shop.client() as client:
        found = client.get("/openapi.json").json()["paths"][template]["get"]["parameters"]
        schemas = {p["name"]: p["schema"] for p in found if p["in"] == "query"}
        number = schemas["k"]
        for value, wanted in ((number["minimum"], 200), (number["maximum"], 200), (0, 422), (101, 422)):
            assert (
                client.get(f"/v1/use-cases/picks/{route}", params={**good, "k": value}).status_code == wanted
            )
        for value in (-1, 10**30, "1e2", "5.0", "", "all", "٣"):
            reply = client.get(f"/v1/use-cases/picks/{route}", params={**good, "k": value})
            assert reply.status_code == 422 and "1 to 100" in reply.json()["error"]["message"]
        for name, schema in schemas.items():
            if schema["type"] == "string":
                text = "a" * (schema["maxLength"] + 1)
                reply = client.get(f"/v1/use-cases/picks/{route}", params={**good, name: text})
                assert reply.status_code in (400, 422, 431), name


def test_f27_events_have_declared_maxima(service: Served, described: dict[str, Any]) -> None:
    operation = described["paths"]["/v1/events"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]["properties"]["events"]
    most = schema["maxItems"]
    sent = [{"event_id": str(i), "user": "anna", "item": "tea"} for i in range(most + 1)]
    with service.client() as client:
        assert client.post("/v1/events", json={"events": sent[:-1]}).json()["accepted"] == most
        reply = client.post("/v1/events", json={"events": sent})
        assert reply.status_code == 422 and "1,000 events" in reply.json()["error"]["message"]
        for name, field in schema["items"]["properties"].items():
            for kind in field.get("anyOf", [field]):
                if kind["type"] == "string":
                    long = {**sent[0], name: "长" * (kind["maxLength"] + 1)}
                    assert client.post("/v1/events", json={"events": [long]}).status_code == 422, name


def test_f27_rows_have_a_declared_maximum(service: Served, described: dict[str, Any]) -> None:
    schema = described["paths"][URL]["post"]["requestBody"]["content"]["application/json"]["schema"]
    listed = next(s for s in schema["properties"]["rows"]["anyOf"] if s.get("type") == "array")
    most = listed["maxItems"]
    assert most == 1_000
    with service.client() as client:
        assert len(client.post(URL, json={"rows": [ROW] * most}).json()["answers"]) == most
        reply = client.post(URL, json={"rows": [ROW] * (most + 1)})
        assert reply.status_code == 422 and "1,000 rows" in reply.json()["error"]["message"]


def test_f27_texts_have_a_declared_maximum(service: Served, described: dict[str, Any]) -> None:
    schema = described["paths"][URL]["post"]["requestBody"]["content"]["application/json"]["schema"]
    row = schema["$defs"]["Row"]["properties"]
    with service.client() as client:
        for name, value in row.items():
            for kind in value["anyOf"]:
                if kind["type"] == "string":
                    most = kind["maxLength"]
                    reply = client.post(URL, json={"rows": {**ROW, name: "长" * (most + 1)}})
                    assert reply.status_code == 422 and "too long" in reply.json()["error"]["message"], name
                    if name != "joined":
                        assert client.post(URL, json={"rows": {**ROW, name: "长" * most}}).status_code == 200


def test_f27_long_addresses_are_refused(service: Served) -> None:
    with service.client() as client:
        assert client.get("/v1/use-cases/" + "a" * 41).status_code == 422
        assert client.get("/v1/use-cases/" + "a" * 30_000).status_code in (400, 414, 422, 431)
        assert client.get("/healthz", headers={"X-Long": "a" * 40_000}).status_code in (400, 431)
        assert client.get("/healthz").status_code == 200
