"""The socket's patience: who sends or reads too slowly is let go, and who idles makes room.

uvicorn waits for ever for the rest of a request's head, for its body, and for a client that does not
read. Here each of these has ``request_s``. It looks at nothing inside a request.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from pilothouse.messages import Language, say
from pilothouse.service.replies import HEADERS, JSON_TYPE, Refusal, body_of, new_id
from pilothouse.service.settings import Limits

TICK_S = 1.0


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with an end to waiting."""

    limits = Limits()
    language: Language = "en"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to watch a connection; close an idle one when there are too many."""
        super().connection_made(transport)
        # asyncio leaves Nagle's delay on where a listening socket was handed to it: 40 ms an answer.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._since = self.loop.time()
        self._seen: Any = None
        self._tick = self.loop.call_later(TICK_S, self._look)
        if len(self.connections) > self.limits.connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop watching."""
        self._tick.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # the reply does not repeat the parser
        """Answer what is not HTTP, in the shape of every other refusal."""
        refusal = Refusal(400, "bad_http", say("service.bad_http"), say("service.send_again"))
        body = body_of(refusal, self.language, new_id())
        headers = [
            JSON_TYPE,
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            *HEADERS,
        ]
        try:
            response = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
            for event in (response, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        except h11.LocalProtocolError:
            # An answer was under way already: nothing more can be said on this connection.
            pass
        self.transport.close()

    @property
    def is_idle(self) -> bool:
        """True while no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _look(self) -> None:
        """Let the client go when nothing has changed for too long while it was its turn."""
        now = self.loop.time()
        stuck = self.flow.write_paused
        seen = (self.conn.their_state, id(self.cycle), stuck)
        if seen != self._seen:
            self._seen, self._since = seen, now
        waits = stuck or self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        if waits and now - self._since >= self.limits.request_s - TICK_S:
            self.transport.abort()
            return
        self._tick = self.loop.call_later(TICK_S, self._look)

    def _make_room(self) -> None:
        idle = [c for c in self.connections if c is not self and isinstance(c, PatientProtocol) and c.is_idle]
        if idle:
            min(idle, key=lambda c: c._since).transport.abort()


def patient(limits: Limits, language: Language) -> type[PatientProtocol]:
    """Make the protocol with these limits."""
    return type("Patient", (PatientProtocol,), {"limits": limits, "language": language})
