"""The one way out: every HTTP request that Pilothouse makes leaves through ``Line.post``.

A line leads to one address, which the product's settings name. Its name is resolved once,
every address found is checked, and the connection goes to a checked address, so that a
name server cannot answer differently the second time. Public hosts are reached by HTTPS on
port 443 only; a private or loopback host, plain HTTP or another port only where the
administrator lists the host; link-local addresses, where clouds keep their credentials,
only where the address itself is listed. Redirects are not followed, proxies of the
environment are not used, and both the whole time and the size of a reply are bounded.
It retries nothing and knows no protocol above HTTP.

References
----------
OWASP, "Server Side Request Forgery Prevention"; RFC 6890 (special-purpose addresses);
RFC 6052, section 2.1 (NAT64).
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pilothouse.errors import Refused
from pilothouse.lazy import require
from pilothouse.messages import say

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*", re.ASCII)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ASSIGNED = ipaddress.IPv4Network("192.0.0.0/24")
_HTTPS = 443


@dataclass(frozen=True)
class Limits:
    """Seconds to connect, seconds in all however slowly a reply drips in, bytes of a reply."""

    connect_s: float = 10.0
    total_s: float = 60.0
    body_bytes: int = 4 << 20


@dataclass(frozen=True)
class Answer:
    """What a server said; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def addresses(host: str, port: int) -> list[str]:
    """Ask the system for every address of ``host``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Line:
    """The way to one address.

    Parameters
    ----------
    base
        ``https://host/path``, or ``http`` for a listed host.
    allowed
        Hosts that the administrator lists, ``host`` or ``host:port``.
    resolve
        From a host and a port to addresses; the system's by default.

    Raises
    ------
    Refused
        When the address is of a kind that is never called.
    """

    def __init__(self, base: str, allowed: Sequence[str] = (), *, resolve: Resolve | None = None) -> None:
        parts = _split(base)
        self.host = _host(parts)
        self.port = parts.port or (_HTTPS if parts.scheme == "https" else 80)
        self._path = parts.path.rstrip("/")
        self._secure = parts.scheme == "https"
        self._listed = any(_fits(entry, self.host, self.port) for entry in allowed)
        self._resolve = resolve or addresses
        if not self._listed and not (self._secure and self.port == _HTTPS):
            raise Refused(say("llm.host_not_listed", host=self.host, port=self.port), say("llm.list_host"))

    @property
    def stays_here(self) -> bool:
        """Whether it leads to this very machine."""
        literal = _literal(self.host)
        return self.host == "localhost" if literal is None else literal.is_loopback

    def post(self, path: str, body: bytes, headers: Mapping[str, str], limits: Limits) -> Answer:
        """Send ``body`` and return the answer, whatever its status.

        Raises
        ------
        Refused
            When the host leads to an address that may not be called, or redirects.
        TimeoutError
            When it is not done within the limits.
        ConnectionError
            When the host cannot be found or reached, or breaks off.
        """
        core = require("httpcore", extra="llm")
        until = time.monotonic() + limits.total_s
        sent = {"Host": self._authority(), "Accept-Encoding": "identity", "Content-Length": str(len(body))}
        url = core.URL(
            scheme=b"https" if self._secure else b"http",
            host=self.host.encode(),
            port=self.port,
            target=f"{self._path}{path}".encode(),
        )
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), limits.total_s)
        try:
            with (
                core.ConnectionPool(
                    ssl_context=_certificates() if self._secure else None,
                    max_connections=1,
                    network_backend=_Pinned(self, core, until, limits.connect_s),
                ) as pool,
                pool.stream(
                    "POST", url, headers={**sent, **headers}, content=body, extensions={"timeout": timeouts}
                ) as reply,
            ):
                return self._read(reply, limits.body_bytes)
        except core.TimeoutException as fault:
            raise TimeoutError("out of time") from fault
        except (core.NetworkError, core.ProtocolError) as fault:
            raise ConnectionError(type(fault).__name__) from fault

    def connectable(self, wait_s: float) -> list[str]:
        """Resolve the host once and return its addresses, all of them checked.

        Raises
        ------
        Refused
            When any address may not be called.
        TimeoutError, ConnectionError
            When the host is not found, in time or at all.
        """
        found = _in_time(lambda: self._resolve(self.host, self.port), wait_s)
        if not found:
            raise ConnectionError("no address")
        for text in found:
            if not self._may_reach(_address(text)):
                raise Refused(say("llm.address_refused", host=self.host), say("llm.list_host"))
        return found

    def _may_reach(self, address: Address) -> bool:
        if not self._listed:
            return _is_public(address)
        if _literal(self.host) is not None:
            return True  # the administrator named this very address
        odd = address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved
        return not odd or _is_public(address)

    def _read(self, reply: Any, most: int) -> Answer:
        if 300 <= reply.status < 400:
            raise Refused(say("llm.redirected", host=self.host), say("llm.mend_base_url"))
        found = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in reply.headers}
        if found.get("content-encoding", "identity") != "identity":
            raise ConnectionError("encoded")
        parts, size = [], 0
        for part in reply.iter_stream():
            size += len(part)
            if size > most:
                raise ConnectionError("too long")
            parts.append(part)
        return Answer(reply.status, found, b"".join(parts))

    def _authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self._secure and self.port == _HTTPS else f"{host}:{self.port}"


class _Pinned:
    """Connects to checked addresses only, and lets nothing outlast the deadline."""

    def __init__(self, line: Line, core: Any, until: float, connect_s: float) -> None:
        self._line = line
        self._core = core
        self._until = until
        self._connect_s = connect_s

    def connect_tcp(self, host: str, port: int, **given: Any) -> _Timed:
        """Connect to the line's own host, whatever ``host`` says."""
        until = min(self._until, time.monotonic() + self._connect_s)
        found = self._line.connectable(_left(until))
        socket_options = given.get("socket_options")
        for number, address in enumerate(found):
            try:
                stream = self._core.SyncBackend().connect_tcp(
                    address, self._line.port, timeout=_left(until), socket_options=socket_options
                )
            except self._core.NetworkError:
                if number == len(found) - 1:
                    raise
            else:
                return _Timed(stream, self._until)
        raise ConnectionError("no address")


class _Timed:
    """A stream whose every read and write ends at one deadline: slow drops do not add up."""

    def __init__(self, stream: Any, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, size: int, timeout: float | None = None) -> bytes:
        """Read some bytes."""
        return bytes(self._stream.read(size, _left(self._until)))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of ``buffer``."""
        self._stream.write(buffer, _left(self._until))

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, **_: Any) -> _Timed:
        """Begin TLS; the certificate is checked against the name, not the address."""
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, _left(self._until)), self._until)

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        """Tell about the socket below."""
        return self._stream.get_extra_info(info)


@cache
def _certificates() -> Any:
    """Whom to believe, read once."""
    return require("httpcore", extra="llm").default_ssl_context()


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("out of time")
    return left


def _in_time(act: Callable[[], list[str]], wait_s: float) -> list[str]:
    """Do what cannot be interrupted in a thread of its own, and wait no longer than ``wait_s``."""
    found: list[list[str] | OSError] = []

    def work() -> None:
        try:
            found.append(act())
        except OSError as fault:
            found.append(fault)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(wait_s)
    if not found:
        raise TimeoutError("no name server")
    if isinstance(found[0], OSError):
        raise ConnectionError("unknown host") from found[0]
    return found[0]


def _split(base: str) -> SplitResult:
    refused = Refused(say("llm.bad_base_url"), say("llm.mend_base_url"))
    if not base.isascii() or any(c.isspace() or c == "\\" or not c.isprintable() for c in base):
        raise refused
    try:
        parts = urlsplit(base)
        has_port = parts.port is not None
    except ValueError as fault:
        raise refused from fault
    named_in_full = "@" not in parts.netloc and not parts.query and not parts.fragment
    if parts.scheme not in ("https", "http") or not named_in_full or (has_port and parts.port == 0):
        raise refused
    return parts


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if _literal(host) is None and not _NAME.fullmatch(host):
        raise Refused(say("llm.bad_base_url"), say("llm.mend_base_url"))
    return host


def _fits(entry: str, host: str, port: int) -> bool:
    """Tell whether an entry of the administrator's list names ``host``, at this port or at any."""
    bare = f"[{entry}]" if entry.count(":") > 1 and not entry.startswith("[") else entry
    try:
        parts = urlsplit(f"//{bare}")
        return (parts.hostname or "").rstrip(".") == host and parts.port in (None, port)
    except ValueError:
        return False


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _address(text: str) -> Address:
    return ipaddress.ip_address(text.partition("%")[0])


def _is_public(address: Address) -> bool:
    """Tell whether anybody could reach the address; one IPv4 address inside an IPv6 one counts."""
    if isinstance(address, ipaddress.IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if address.teredo is not None:
            inside = address.teredo[1]
        if address in _NAT64:
            inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inside is not None:
            return _is_public(inside)
        if address.is_site_local:
            return False
    elif address in _ASSIGNED:
        return False
    return address.is_global and not address.is_multicast
