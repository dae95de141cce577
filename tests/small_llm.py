"""A small OpenAI-compatible server on loopback: it answers as told, also badly, and keeps what it got."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pilothouse.guards.llm import Access, LlmDoor, Patience

Say = Callable[[dict[str, Any]], str]
HURRIED = Patience(scale=0.01)


class SmallServer(ThreadingHTTPServer):
    """Answers ``say(request)``; ``manner`` is how: see ``_Handler``. ``got`` is every byte it received."""

    daemon_threads = True

    def __init__(self, say: Say, manner: str = "well", host: str = "127.0.0.1") -> None:
        super().__init__((host, 0), _Handler)
        self.say, self.manner, self.manners = say, manner, list[str]()
        self.got: list[bytes] = []
        self.released = threading.Event()
        self.location = ""
        self.usage: dict[str, int] | None = None
        self.tokens_out = 5

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [json.loads(sent.partition(b"\r\n\r\n")[2]) for sent in self.got]


class _Handler(BaseHTTPRequestHandler):
    server: SmallServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        head = f"{self.requestline}\r\n{self.headers}".encode().rstrip() + b"\r\n\r\n"
        self.server.got.append(head + body)
        manner = self.server.manners.pop(0) if self.server.manners else self.server.manner
        with suppress(OSError):  # whoever asked may have gone
            self._behave(manner, json.loads(body))

    def do_GET(self) -> None:
        self.server.got.append(self.requestline.encode())
        self._send(200, b"{}")

    def _behave(self, manner: str, request: dict[str, Any]) -> None:
        if manner == "hang":
            self.server.released.wait(30)
        elif manner in ("drip head", "drip body"):
            self._drip(manner)
        elif manner == "break off":
            self._send(200, self._reply(request)[:40], claimed=4_000)
        elif manner == "not json":
            self._send(200, b"<html>busy</html>")
        elif manner == "endless":
            self._send(200, b'{"choices": ' + b" " * (4 << 20), claimed=64 << 20)
        elif manner == "redirect":
            self._send(302, b"", Location=self.server.location)
        elif manner == "tool call":
            call = {"function": {"name": "send_mail", "arguments": "{}"}}
            self._send(200, _completion(None, tool_calls=[call]))
        elif manner == "cut off":
            self._send(200, _completion("one two", finish_reason="length"))
        elif manner.startswith("429"):
            self._send(429, b"slow down", **{"Retry-After": manner[4:] or "0"})
        elif manner.isdigit():
            self._send(int(manner), b"{}")
        else:
            self._send(200, self._reply(request))

    def _reply(self, request: dict[str, Any]) -> bytes:
        told = {"prompt_tokens": 10, "completion_tokens": self.server.tokens_out}
        return _completion(self.server.say(request), usage=self.server.usage or told)

    def _drip(self, manner: str) -> None:
        text = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
        if manner == "drip body":
            self.wfile.write(text)
            text = b" " * 999
        for at in range(len(text)):
            self.wfile.write(text[at : at + 1])
            if self.server.released.wait(0.02):
                return

    def _send(self, status: int, body: bytes, claimed: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(claimed or len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Be quiet."""


def _completion(content: str | None, usage: dict[str, int] | None = None, **more: Any) -> bytes:
    reason = more.pop("finish_reason", "stop")
    message = {"role": "assistant", "content": content, **more}
    made = {"choices": [{"index": 0, "message": message, "finish_reason": reason}]}
    return json.dumps(made | ({"usage": usage} if usage else {})).encode()


@contextmanager
def serving(
    say: Say = lambda _: "fine", manner: str = "well", host: str = "127.0.0.1"
) -> Iterator[SmallServer]:
    server = SmallServer(say, manner, host)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def door_to(server: SmallServer, folder: Path, **access: Any) -> LlmDoor:
    """A hurried door to ``server`` that keeps replies in ``folder / "llm"``."""
    given = {"timeout_s": 5.0, "allow_hosts": ("127.0.0.1",), **access}
    told = Access("small", folder / "state.db", base_url=server.url, **given)
    return LlmDoor(told, run="case/run", folder=folder / "llm", patience=HURRIED)
