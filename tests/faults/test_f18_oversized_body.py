"""F18: bodies that are too large, or never end, on every route."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.routes import all_routes
from small_shop import ROW, Served, serving, shipped

LIMIT = 64 * 1024


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(shipped(tmp_path_factory.mktemp("f18"), 0.0), body_bytes=LIMIT, request_s=6.0) as served:
        yield served


def head(service: Served, method: str, path: str, *more: str) -> bytes:
    key = service.headers()["Authorization"]
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{service.port}", f"Authorization: {key}"]
    return "\r\n".join([*lines, "Content-Type: application/json", *more, "", ""]).encode()


def answer(connection: socket.socket) -> tuple[int, bytes]:
    """Read one whole reply."""
    got = b""
    while b"\r\n\r\n" not in got:
        part = connection.recv(65_536)
        assert part, got
        got += part
    top, _, body = got.partition(b"\r\n\r\n")
    size = next(int(v.split(b":")[1]) for v in top.split(b"\r\n") if v.lower().startswith(b"content-length"))
    while len(body) < size:
        body += connection.recv(65_536)
    return int(top.split()[1]), body


def test_f18_declared_size_is_refused_before_it_is_sent_and_the_connection_goes_on(service: Served) -> None:
    for method, path in all_routes(service.app):
        connection = service.connect()
        connection.sendall(head(service, method, path, f"Content-Length: {LIMIT + 1}"))
        status, body = answer(connection)
        assert status == 413, (method, path)
        assert json.loads(body)["error"]["code"] == "too_large"
        connection.sendall(b"x" * (LIMIT + 1) + head(service, "GET", "/healthz"))
        assert answer(connection)[0] == 200, (method, path)


def test_f18_chunked_body_is_refused_at_the_limit_and_the_connection_goes_on(service: Served) -> None:
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    for method, path in all_routes(service.app):
        connection = service.connect()
        connection.sendall(head(service, method, path, "Transfer-Encoding: chunked"))
        connection.sendall(chunk * 5)
        status, _ = answer(connection)
        assert status == 413, (method, path)
        connection.sendall(chunk + b"0\r\n\r\n" + head(service, "GET", "/healthz"))
        assert answer(connection)[0] == 200, (method, path)


def test_f18_chunked_body_that_never_ends_is_cut_off(service: Served) -> None:
    connection = service.connect()
    connection.sendall(head(service, "POST", "/v1/use-cases/churn/predict", "Transfer-Encoding: chunked"))
    sent = 0
    with pytest.raises(OSError):
        while sent < 20_000:
            connection.sendall(b"400\r\n" + b"x" * 0x400 + b"\r\n")
            sent += 1
            connection.settimeout(0.001)
            try:
                if connection.recv(65_536) == b"":
                    raise OSError("closed")
            except TimeoutError:
                pass
            connection.settimeout(20)
    with service.client() as client:
        assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("size", ["-1", "1e3", "0x10", "9" * 30, " 5 5", "5, 6", "٥"])
def test_f18_sizes_that_are_no_sizes_are_refused(service: Served, size: str) -> None:
    connection = service.connect()
    raw = head(service, "POST", "/v1/use-cases/churn/predict", "Content-Length: SIZE")
    connection.sendall(raw.replace(b"SIZE", size.encode()) + b"{}")
    assert answer(connection)[0] in (400, 413)


def test_f18_largest_allowed_body_is_read(service: Served) -> None:
    body = json.dumps({"rows": [ROW]})
    with service.client() as client:
        sent = body + " " * (LIMIT - len(body.encode()))
        reply = client.post(
            "/v1/use-cases/churn/predict", content=sent.encode(), headers={"Content-Type": "application/json"}
        )
        assert reply.status_code == 200


def test_f18_forms_and_parts_are_not_taken(service: Served, tmp_path: Path) -> None:
    with service.client() as client:
        for method, path in all_routes(service.app):
            if method == "POST":
                assert client.post(path, data={"a": "b"}).status_code == 415
                many = client.post(path, files={str(i): b"x" for i in range(50)}).status_code
                assert many == (422 if path.endswith("/predict") else 415)  # one picture may be sent there
                assert client.post(path, content=b"{}").status_code == 415
