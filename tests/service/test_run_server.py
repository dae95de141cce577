from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from pilothouse.errors import Conflict, Refused
from pilothouse.service.run_server import is_loopback, serve
from small_shop import ROW, settings_for, shipped

PROGRAM = """
import sys
from pathlib import Path
from pilothouse.service.run_server import serve
from small_shop import settings_for
serve(settings_for(Path(sys.argv[1])), port=0, on_start=lambda url, enter: print(url, enter, flush=True))
"""


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("localhost.evil.example", False),
        ("example.cn", False),
        ("", False),
    ],
)
def test_is_loopback_knows_this_machine(host: str, is_local: bool) -> None:
    assert is_loopback(host) == is_local


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", ""])
def test_serve_refuses_a_public_address_without_a_key(tmp_path: Path, host: str) -> None:
    with pytest.raises(Refused, match="no key"):
        serve(settings_for(tmp_path), host=host, port=0)
    assert not (tmp_path / ".pilothouse" / "keys").exists()


def test_serve_says_when_the_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Conflict, match="another program"):
        serve(settings_for(tmp_path), port=taken.getsockname()[1])


def test_serve_answers_lets_a_browser_in_and_stops_on_sigterm(tmp_path: Path) -> None:
    product = shipped(tmp_path, 0.0)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(product)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert process.stdout is not None and process.stderr is not None
    try:
        url, enter = process.stdout.readline().split()
        key = (product / ".pilothouse" / "keys" / "predict.key").read_text().strip()
        with httpx.Client(base_url=url, trust_env=False, timeout=10, follow_redirects=True) as client:
            until = time.monotonic() + 10
            while time.monotonic() < until:
                try:
                    client.get("/healthz")
                    break
                except httpx.TransportError:
                    time.sleep(0.05)
            reply = client.post(
                "/v1/use-cases/churn/predict", json={"rows": ROW}, headers={"Authorization": f"Bearer {key}"}
            )
            assert reply.json()["release"] == 1
            page = client.get(enter)
            assert page.status_code == 200 and "/v1/runs/churn/run-1/report" in page.text
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        _, log = process.communicate(timeout=20)
        assert process.returncode in (0, -signal.SIGTERM) and time.monotonic() - began < 10
    finally:
        process.kill()
        process.wait()
    lines = [json.loads(line) for line in log.splitlines()]
    assert any(line.get("path") == "/v1/use-cases/churn/predict" and line["status"] == 200 for line in lines)
    assert key not in log and enter.partition("=")[2] not in log and "00123" not in log
