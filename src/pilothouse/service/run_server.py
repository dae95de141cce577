"""Start the service and stop it well: uvicorn with limits, on loopback unless told otherwise."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import replace

import uvicorn

from pilothouse.errors import Conflict, Refused
from pilothouse.messages import say
from pilothouse.service.app import create_app
from pilothouse.service.log import to_standard_error
from pilothouse.service.protocol import patient
from pilothouse.service.settings import LOOPBACK, ServiceSettings
from pilothouse.steps.train.engine import single_threaded
from pilothouse.store.keys import Keys
from pilothouse.store.state import State

STOP_S = 8


def serve(
    settings: ServiceSettings,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    on_start: Callable[[str, str], None] | None = None,
) -> None:
    """Serve until SIGTERM or Ctrl-C; requests under way are finished first.

    Parameters
    ----------
    settings
        The product and its limits.
    host, port
        Where to listen. Port 0 takes a free one.
    on_start
        Called once with the base URL and a URL that lets this machine's browser in, once.

    Raises
    ------
    Refused
        When ``host`` is not loopback and no key exists.
    Conflict
        When the port is taken.
    """
    state = State(settings.state_path)
    try:
        if not is_loopback(host) and not any(key.revoked is None for key in Keys(state).all()):
            raise Refused(say("service.public_without_key", host=host), say("service.make_key"))
        settings = replace(settings, hosts=(*settings.hosts, *_own_names(host)))
        app = create_app(settings, state)
        listener = _listen(host, port)
        try:
            base = f"http://{_in_url(host)}:{listener.getsockname()[1]}"
            server = uvicorn.Server(config(app, settings))
            to_standard_error()
            if on_start is not None:
                on_start(base, f"{base}/enter?ticket={app.state.house.doorkeeper.ticket()}")
            with single_threaded():  # one request is too small to share among threads
                server.run(sockets=[listener])
        finally:
            listener.close()
    finally:
        state.close()


def config(app: object, settings: ServiceSettings) -> uvicorn.Config:
    """Make uvicorn's configuration, with every limit that it has."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http=patient(settings.limits, settings.language),
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=2_048,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=STOP_S,
        h11_max_incomplete_event_size=settings.limits.head_bytes,
    )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach ``host``."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _own_names(host: str) -> tuple[str, ...]:
    """Return the name to add to the allowed hosts; an address for "everywhere" names nothing."""
    try:
        everywhere = ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        everywhere = False
    named = _in_url(host).lower()
    return () if everywhere or named in LOOPBACK else (named,)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _listen(host: str, port: int) -> socket.socket:
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((bare, port))
    except OSError as fault:
        listener.close()
        raise Conflict(say("service.port_taken", host=host, port=port), say("service.other_port")) from fault
    return listener
