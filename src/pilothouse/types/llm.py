"""What is asked of a language model and what comes back; the door itself is ``guards.llm``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pilothouse.messages import Message


@dataclass(frozen=True)
class Prompt:
    """A versioned prompt.

    Parameters
    ----------
    name, version
        File it came from and its number: a reply belongs to both.
    system, template
        What the model is, and what it is asked, with ``{names}`` to fill in.
    schema
        JSON Schema of the reply, or None for plain text.
    most_tokens
        Of a reply.
    """

    name: str
    version: int
    system: str = field(repr=False)
    template: str = field(repr=False)
    schema: Mapping[str, Any] | None = field(default=None, repr=False)
    most_tokens: int = 512


@dataclass(frozen=True)
class Reply:
    """What came back.

    Parameters
    ----------
    text, data
        As told, personal values put back in; ``data`` is the parsed JSON where there is a schema.
    tokens_in, tokens_out, cost, seconds
        What it took; all 0 for a reply that was kept from an earlier call.
    failed
        Why there is no answer; ``text`` is then empty and ``data`` None. A failed call is a
        wrong answer, never an exception.
    """

    text: str
    data: Any = None
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    failed: Message | None = None


class Door(Protocol):
    """The one way to a language model."""

    @property
    def model(self) -> str:
        """Name of the model."""
        ...

    @property
    def remote(self) -> bool:
        """Whether what is asked leaves this machine."""
        ...

    def ask(self, prompt: Prompt, values: Sequence[Mapping[str, str]]) -> list[Reply]:
        """Fill the prompt with each of ``values`` and ask; replies come in their order."""
        ...

    def price(self, prompt: Prompt, values: Sequence[Mapping[str, str]]) -> tuple[float, float]:
        """Estimate money and seconds of asking; asks nothing."""
        ...
