"""F32: foreign hosts and origins, on every route; no page may be framed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from faults.routes import all_routes
from small_shop import Served, serving, shipped

HOSTS = [
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example:80",
    "localhost:80:80",
    "",
    "localhost@evil.example",
    "evil.example#localhost",
    "0.0.0.0",
    "127.1",
    "2130706433",
    "[::]",
    "::1",
    "localhost.",
    "localhost/",
    "xn--localhost-",
    "127.0.0.1, evil.example",
    "169.254.169.254",
    "localhost:x",
    "localhost:٨٠",
]
ORIGINS = [
    "http://evil.example",
    "https://localhost.evil.example",
    "null",
    "",
    "file://",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://localhost@evil.example",
    "chrome-extension://abc",
    "http://[",
    "javascript:1",
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(shipped(tmp_path_factory.mktemp("f32"), 0.0, 1.0)) as served:
        yield served


def status(service: Served, host: bytes, path: str = "/v1/runs") -> int:
    connection = service.connect()
    key = service.headers()["Authorization"].encode()
    connection.sendall(
        b"GET "
        + path.encode()
        + b" HTTP/1.1\r\n"
        + host
        + b"Authorization: "
        + key
        + b"\r\nConnection: close\r\n\r\n"
    )
    got = b""
    while part := connection.recv(65_536):
        got += part
    assert b'runs": [' not in got.replace(b'":[', b'": [') or got.startswith(b"HTTP/1.1 200")
    return int(got.split()[1])


@pytest.mark.parametrize("host", HOSTS)
def test_f32_foreign_host_is_refused(service: Served, host: str) -> None:
    for path in ("/v1/runs", "/healthz", "/docs"):
        assert status(service, b"Host: " + host.encode() + b"\r\n", path) in (400, 421)


def test_f32_missing_or_doubled_host_is_refused(service: Served) -> None:
    assert status(service, b"") == 400
    assert status(service, b"Host: localhost\r\nHost: evil.example\r\n") in (400, 421)


@pytest.mark.parametrize(
    "host", ["localhost", "LocalHost:99", "127.0.0.1", "127.0.0.1:8000", "[::1]", "[::1]:8000"]
)
def test_f32_own_host_is_known(service: Served, host: str) -> None:
    assert status(service, b"Host: " + host.encode() + b"\r\n") == 200


def test_f32_foreign_host_is_refused_on_every_route(service: Served) -> None:
    with service.client() as client:
        for method, path in all_routes(service.app):
            assert client.request(method, path, headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("origin", ORIGINS)
def test_f32_foreign_origin_changes_nothing(service: Served, origin: str) -> None:
    with service.client() as client:
        before = client.get("/v1/releases").json()
        for method, path in all_routes(service.app):
            if method == "POST":
                reply = client.post(path, json={}, headers={"Origin": origin})
                assert reply.status_code == 403 and reply.json()["error"]["code"] == "foreign_origin"
        assert client.get("/v1/releases").json() == before


def test_f32_sites_named_by_the_browser_are_checked(service: Served) -> None:
    with service.client() as client:
        for site, wanted in (("cross-site", 403), ("same-site", 403), ("same-origin", 422), ("none", 422)):
            reply = client.post("/v1/releases", json={}, headers={"Sec-Fetch-Site": site})
            assert reply.status_code == wanted
        own = client.post("/v1/releases", json={}, headers={"Origin": service.url})
        assert own.status_code == 422


def test_f32_every_answer_carries_the_headers(service: Served) -> None:
    with service.client() as client:
        for method, path in [*all_routes(service.app), ("GET", "/nothing"), ("DELETE", "/v1/runs")]:
            reply = client.request(method, path)
            policy = reply.headers["content-security-policy"]
            assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
            assert "unsafe-eval" not in policy and "http" not in policy
            assert reply.headers["x-content-type-options"] == "nosniff"
            assert reply.headers["x-frame-options"] == "DENY"
            assert reply.headers["referrer-policy"] == "no-referrer"
            assert "access-control-allow-origin" not in reply.headers and "server" not in reply.headers
        report = client.get("/v1/runs/churn/run-1/report").headers["content-security-policy"]
        assert report.startswith("sandbox ") and "allow-same-origin" not in report


def test_f32_preflight_of_another_site_is_not_granted(service: Served) -> None:
    with service.client() as client:
        reply = client.options(
            "/v1/releases", headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
        )
        assert reply.status_code >= 400 and "access-control-allow-origin" not in reply.headers
