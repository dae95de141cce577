"""What the service is told when it starts; nothing here is read from the environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Language
from pilothouse.steps.deploy.contract import Servable

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Limits:
    """Declared limits; more is refused, never waited for.

    Parameters
    ----------
    head_bytes, body_bytes
        Largest head and body of a request.
    rows, events
        Most rows, or events, in one request.
    listed
        Most entries in one list.
    request_s
        Longest time in which a client must have sent a request, or read what it asked for.
    in_flight
        Requests answered at the same time.
    connections
        Open connections; beyond it, idle ones are closed for new ones.
    tries
        Wrong keys from one address before it has to wait.
    """

    head_bytes: int = 16_384
    body_bytes: int = 4 * 2**20
    rows: int = 1_000
    events: int = 1_000
    listed: int = 1_000
    request_s: float = 8.0
    in_flight: int = 64
    connections: int = 2_000
    tries: int = 10


@dataclass(frozen=True)
class ServiceSettings:
    """One product's service.

    Parameters
    ----------
    product_folder
        The product, with its ``.pilothouse``.
    load_release
        Loads the checked folder of a release.
    pseudonyms
        What this product calls users: their own ids are not kept.
    language
        Spoken where the client does not ask for one.
    hosts
        Names under which the service may be addressed, without ports.
    """

    product_folder: Path
    load_release: Callable[[Path], Servable]
    pseudonyms: Pseudonyms
    language: Language = "en"
    hosts: tuple[str, ...] = LOOPBACK
    limits: Limits = field(default_factory=Limits)

    @property
    def state_path(self) -> Path:
        """Where the product keeps its state."""
        return self.product_folder / ".pilothouse" / "state.db"

    @property
    def key_folder(self) -> Path:
        """Where the first keys are written."""
        return self.product_folder / ".pilothouse" / "keys"
