"""The edge: what a request must be before any route sees it.

In this order: a known host, no foreign origin, a declared size within the limit, a place free, a
valid key, a body within size and time, strict JSON or one uploaded file. It adds the headers of
every answer, turns what is left of faults into an opaque reply, and writes one line of log. It
knows no route but the public ones, and how addresses end that take a file.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pilothouse.errors import PilothouseError
from pilothouse.messages import Language, say
from pilothouse.service.doorkeeper import Doorkeeper
from pilothouse.service.log import describe, note, printable
from pilothouse.service.meters import Meters
from pilothouse.service.replies import (
    HEADERS,
    JSON_TYPE,
    Refusal,
    body_of,
    broken,
    language_of,
    new_id,
    no_key,
)
from pilothouse.service.settings import ServiceSettings
from pilothouse.service.strict_json import parse
from pilothouse.service.upload import UPLOADS, is_form, parse_upload
from pilothouse.store.keys import KeyRole

PUBLIC = frozenset({"/healthz", "/readyz", "/docs", "/enter"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Visit:
    """What the edge found out about one request; routes read it from ``request.scope["visit"]``."""

    __slots__ = ("body", "error_id", "headers", "language", "role")

    def __init__(self, headers: dict[bytes, list[bytes]], language: Language) -> None:
        self.headers = headers
        self.language = language
        self.role: KeyRole | None = None
        self.body: Any = None
        self.error_id = new_id()

    def one(self, name: bytes) -> bytes | None:
        """Return a header that came exactly once, else None."""
        values = self.headers.get(name, ())
        return values[0] if len(values) == 1 else None


class Edge:
    """ASGI middleware around the whole application."""

    def __init__(
        self, app: ASGIApp, *, settings: ServiceSettings, doorkeeper: Doorkeeper, meters: Meters
    ) -> None:
        self._app = app
        self._limits = settings.limits
        self._settings = settings
        self._hosts = frozenset(host.lower() for host in settings.hosts)
        self._doorkeeper = doorkeeper
        self._meters = meters
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or answer it here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        began = time.perf_counter()
        visit = self._visit(scope)
        scope["visit"] = visit
        out = _Out(send, visit.error_id, scope["method"] == "HEAD")
        self._in_flight += 1
        self._meters.in_flight.inc()
        try:
            await self._serve(scope, receive, out, visit)
        finally:
            self._in_flight -= 1
            self._meters.in_flight.dec()
            self._record(scope, out, time.perf_counter() - began)

    async def _serve(self, scope: Scope, receive: Receive, out: _Out, visit: Visit) -> None:
        fault: BaseException | None = None
        try:
            refusal = await self._let_in(scope, receive, visit)
            if refusal is None:
                await self._app(scope, _nothing_more, out.send)
                return
        except PilothouseError as known:
            fault, refusal = known, Refusal.of(known)
        except Exception as unknown:  # noqa: BLE001 - the boundary of a face: nobody above shows faults
            fault, refusal = unknown, broken()
        if refusal.status >= 500 and fault is not None:
            note("fault", level=logging.ERROR, id=out.error_id, **describe(fault))
        if not out.started:
            await out.refuse(refusal, visit.language)
        elif fault is not None:
            # Half an answer was sent: only a broken connection tells the client.
            raise fault

    async def _let_in(self, scope: Scope, receive: Receive, visit: Visit) -> Refusal | None:
        refusal = self._check_address(scope, visit) or self._check_size(visit)
        if refusal is not None:
            return refusal
        path = scope["path"]
        if self._in_flight > self._limits.in_flight and path not in PUBLIC:
            return Refusal(503, "busy", say("service.busy"), say("service.wait"), {"Retry-After": "1"})
        refusal = self._check_key(scope, visit)
        if refusal is not None:
            return refusal
        body = await self._read(receive, visit)
        if isinstance(body, Refusal):
            return body
        unsafe = scope["method"] not in SAFE
        if body or (unsafe and scope["method"] != "DELETE"):
            kind = visit.one(b"content-type")
            if kind is not None and is_form(kind) and path.endswith(UPLOADS):
                visit.body = parse_upload(body, kind)
                return None
            if not _is_json(kind):
                return Refusal(415, "not_json", say("service.not_json"), say("service.send_json"))
            visit.body = parse(body)
        return None

    def _check_address(self, scope: Scope, visit: Visit) -> Refusal | None:
        host = (visit.one(b"host") or b"").decode("latin-1").lower()
        if _without_port(host) not in self._hosts:
            return Refusal(421, "wrong_host", say("service.wrong_host"), say("service.use_host"))
        if scope["method"] in SAFE:
            return None
        origins = visit.headers.get(b"origin", [])
        site = visit.headers.get(b"sec-fetch-site", [])
        foreign = any(not _same_origin(o.decode("latin-1").lower(), host) for o in origins)
        if foreign or any(s not in (b"same-origin", b"none") for s in site):
            return Refusal(403, "foreign_origin", say("service.foreign_origin"), say("service.same_origin"))
        return None

    def _check_size(self, visit: Visit) -> Refusal | None:
        head = sum(len(name) + sum(map(len, values)) for name, values in visit.headers.items())
        if head > self._limits.head_bytes:
            return Refusal(431, "head_too_large", say("service.head_too_large"), say("service.shorter_head"))
        declared = visit.headers.get(b"content-length", [])
        if any(not d.isdigit() or len(d) > 12 or int(d) > self._limits.body_bytes for d in declared):
            return self._too_large()
        return None

    def _too_large(self) -> Refusal:
        most = self._limits.body_bytes / 2**20
        return Refusal(413, "too_large", say("service.too_large", most=most), say("service.fewer_rows"))

    def _check_key(self, scope: Scope, visit: Visit) -> Refusal | None:
        if scope["path"] in PUBLIC:
            return None
        key = _key(visit)
        if key is None and scope["method"] in SAFE:
            cookies = b"; ".join(visit.headers.get(b"cookie", [])).decode("latin-1")
            if cookies and self._doorkeeper.is_visiting(cookies):
                visit.role = KeyRole.ADMIN
                return None
        client = scope.get("client")
        found = self._doorkeeper.admit(key, client[0] if client else "")
        if isinstance(found, Refusal):
            return found
        visit.role = found
        return None

    async def _read(self, receive: Receive, visit: Visit) -> bytes | Refusal:
        """Read the whole body, within size and time."""
        if b"transfer-encoding" not in visit.headers and visit.one(b"content-length") in (None, b"0"):
            return b""
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._limits.request_s):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return no_key()
                    part = message.get("body", b"")
                    size += len(part)
                    if size > self._limits.body_bytes:
                        return self._too_large()
                    parts.append(part)
                    more = message.get("more_body", False)
        except TimeoutError:
            headers = {"Connection": "close"}
            return Refusal(408, "too_slow", say("service.too_slow"), say("service.send_again"), headers)
        return b"".join(parts)

    def _visit(self, scope: Scope) -> Visit:
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name, []).append(value)
        wish = b",".join(headers.get(b"accept-language", [])).decode("latin-1")
        return Visit(headers, language_of(wish, self._settings.language) if wish else self._settings.language)

    def _record(self, scope: Scope, out: _Out, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or "other"
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self._meters.answered(route, method, out.status, seconds)
        note(
            "request",
            level=logging.INFO,
            method=method,
            path=printable(scope["path"], 200),
            status=out.status,
            ms=round(seconds * 1000, 2),
            id=out.error_id if out.status >= 400 else None,
        )


class _Out:
    """The way out: adds headers and remembers what was sent."""

    def __init__(self, send: Send, error_id: str, is_head: bool) -> None:
        self._send = send
        self._is_head = is_head
        self.started = False
        self.status = 500
        self.error_id = error_id

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            own = {name for name, _ in message["headers"]}
            extra = [pair for pair in HEADERS if pair[0] not in own]
            message = {**message, "headers": [*message["headers"], *extra]}
        await self._send(message)

    async def refuse(self, refusal: Refusal, language: Language) -> None:
        body = body_of(refusal, language, self.error_id)
        headers = [JSON_TYPE, (b"content-length", str(len(body)).encode())]
        headers += [(k.lower().encode(), v.encode()) for k, v in refusal.headers.items()]
        await self.send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": b"" if self._is_head else body})


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


async def _nothing_more() -> Message:
    """Routes read ``visit.body``; to Starlette the body is empty."""
    return {"type": "http.request", "body": b"", "more_body": False}


def _is_json(content_type: bytes | None) -> bool:
    if content_type is None:
        return False
    kind, _, rest = content_type.lower().partition(b";")
    return kind.strip() == b"application/json" and rest.strip() in (b"", b"charset=utf-8", b'charset="utf-8"')


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isascii() and port.isdigit() else host


def _same_origin(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc == host and not parts.path


def _key(visit: Visit) -> bytes | None:
    """Return the one key of a request; two different ones, or two headers of a kind, are no key."""
    given: set[bytes] = set()
    for value in visit.headers.get(b"authorization", []):
        scheme, _, key = value.partition(b" ")
        given.add(key.strip() if scheme.lower() == b"bearer" else b"")
    given.update(value.strip() for value in visit.headers.get(b"x-api-key", []))
    return given.pop() if len(given) == 1 else None
