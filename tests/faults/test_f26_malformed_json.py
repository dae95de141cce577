"""F26: malformed bodies on every route; 4xx always, and the service goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faults.malformed import GOOD, MALFORMED, MISTYPED
from faults.routes import all_routes
from small_shop import Served, serving, shipped

JSON = {"Content-Type": "application/json"}
PREDICT = "/v1/use-cases/churn/predict"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(shipped(tmp_path_factory.mktemp("f26"), 0.0, 1.0)) as served:
        yield served


def test_f26_the_list_is_long_enough() -> None:
    assert len(MALFORMED) >= 18 and len(MISTYPED) >= 18


@pytest.mark.parametrize("name", MALFORMED)
def test_f26_malformed_body_is_refused_on_every_route(service: Served, name: str) -> None:
    with service.client() as client:
        for method, path in all_routes(service.app):
            body = MALFORMED[name]
            reply = client.request(method, path, content=body, headers=JSON)
            if body or method == "POST":
                assert reply.status_code in (400, 422), (method, path, reply.text)
                error = reply.json()["error"]
                assert error["problem"]["zh"] and error["problem"]["en"] and error["fix"] and error["id"]
            assert "Traceback" not in reply.text
        assert client.post(PREDICT, content=GOOD, headers=JSON).status_code == 200


@pytest.mark.parametrize("name", MISTYPED)
def test_f26_mistyped_body_is_refused_where_it_is_read(service: Served, name: str) -> None:
    with service.client() as client:
        for method, path in all_routes(service.app):
            if method == "POST" and not (path.endswith("rollback") and name == "empty object"):
                reply = client.request(method, path, content=MISTYPED[name], headers=JSON)
                assert reply.status_code == 422, (path, reply.text)
        assert client.post(PREDICT, content=GOOD, headers=JSON).status_code == 200


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.one_of(
        st.binary(max_size=200), st.text(max_size=100).map(lambda t: t.encode("utf-8", "surrogatepass"))
    )
)
def test_f26_random_bytes_never_break_it(service: Served, body: bytes) -> None:
    with service.client() as client:
        assert client.post(PREDICT, content=body, headers=JSON).status_code in (400, 422)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(GOOD) - 1), byte=st.integers(0, 255))
def test_f26_one_changed_byte_never_breaks_it(service: Served, place: int, byte: int) -> None:
    body = bytearray(GOOD)
    body[place] = byte
    with service.client() as client:
        assert client.post(PREDICT, content=bytes(body), headers=JSON).status_code in (200, 400, 422)
