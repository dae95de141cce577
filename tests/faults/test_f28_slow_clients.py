"""F28: clients that send or read slowly, or hold sockets without a word."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pilothouse.service.protocol import TICK_S
from pilothouse.service.settings import Limits
from small_shop import Served, serving, shipped

PATIENCE_S = 3.0


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    product = shipped(tmp_path_factory.mktemp("f28"), 0.0)
    page = product / ".pilothouse" / "runs" / "churn" / "run-1" / "report.html"
    page.write_bytes(b"x" * 60_000_000)
    with serving(product, request_s=PATIENCE_S, connections=100) as served:
        yield served


def seconds_until_closed(connection: socket.socket, drip: Callable[[], None]) -> float:
    began = time.monotonic()
    connection.settimeout(0.1)
    while time.monotonic() - began < 15:
        try:
            drip()
            if connection.recv(4_096) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - began


def test_f28_default_patience_ends_within_ten_seconds() -> None:
    assert Limits().request_s + TICK_S <= 10


HOST = b"HTTP/1.1\r\nHost: 127.0.0.1\r\n"
OPENINGS = {
    "nothing": b"",
    "head": b"GET /healthz " + HOST,
    "body": b"POST /v1/use-cases/churn/predict " + HOST + b"Content-Length: 1000\r\n\r\n",
    "chunks": b"POST /v1/use-cases/churn/predict " + HOST + b"Transfer-Encoding: chunked\r\n\r\n",
}


def test_f28_slow_senders_are_let_go(service: Served) -> None:
    key = service.headers()["Authorization"].encode()

    def send_slowly(name: str, dripping: bool) -> float:
        connection = service.connect()
        connection.sendall(OPENINGS[name].replace(HOST, HOST + b"Authorization: " + key + b"\r\n"))
        drop = b"1\r\nx\r\n" if name == "chunks" else b"x"
        if name == "head":
            drop = b"x-more: 1\r\n"
        return seconds_until_closed(connection, lambda: connection.sendall(drop if dripping else b""))

    kinds = [(name, dripping) for name in OPENINGS for dripping in (False, True) if name != "nothing"]
    with ThreadPoolExecutor(len(kinds) + 1) as pool:
        waits = pool.map(lambda kind: send_slowly(*kind), [*kinds, ("nothing", False)])
        for kind, wait in zip([*kinds, ("nothing", False)], waits, strict=True):
            assert wait <= PATIENCE_S + 2 * TICK_S, kind


def test_f28_slow_reader_is_let_go(service: Served) -> None:
    connection = socket.socket()
    service.sockets.append(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.connect(("127.0.0.1", service.port))
    key = service.headers()["Authorization"]
    path = "/v1/runs/churn/run-1/report"
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {key}\r\n\r\n".encode())
    time.sleep(PATIENCE_S + 3 * TICK_S)
    got = 0
    connection.settimeout(5)
    with pytest.raises(OSError):
        while True:
            part = connection.recv(1 << 20)
            if not part:
                raise OSError("closed")
            got += len(part)
    assert got < 60_000_000


def test_f28_idle_sockets_do_not_keep_others_out(service: Served) -> None:
    idle = [service.connect() for _ in range(400)]
    times = []
    for _ in range(20):
        with service.client() as client:
            began = time.perf_counter()
            assert client.get("/v1/use-cases").status_code == 200
            times.append(time.perf_counter() - began)
    assert sorted(times)[-2] < 1.0
    for connection in idle:
        assert seconds_until_closed(connection, lambda: None) <= PATIENCE_S + 2 * TICK_S


def test_f28_busy_service_answers_at_once_that_it_is_busy(tmp_path: Path) -> None:
    with serving(shipped(tmp_path, 0.0), in_flight=2, request_s=6.0) as service, service.client() as client:
        waiting = [service.connect() for _ in range(2)]
        key = service.headers()["Authorization"]
        for connection in waiting:
            connection.sendall(
                "POST /v1/use-cases/churn/predict HTTP/1.1\r\nHost: localhost\r\n"
                f"Authorization: {key}\r\nContent-Length: 100\r\n\r\n".encode()
            )
        time.sleep(0.3)
        reply = client.get("/v1/use-cases")
        assert reply.status_code == 503 and reply.headers["Retry-After"] == "1"
        assert client.get("/healthz").status_code == 200
        for connection in waiting:
            connection.close()
        time.sleep(0.3)
        assert client.get("/v1/use-cases").status_code == 200
