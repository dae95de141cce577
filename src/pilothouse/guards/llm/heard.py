"""What one attempt to ask a model brought, whichever way it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Fault = Literal["timeout", "busy", "server", "unreachable", "rejected", "bad_reply", "cut_off"]


@dataclass(frozen=True)
class Heard:
    """A reply, or why there is none.

    Parameters
    ----------
    text
        What the model said; None with ``fault``.
    tokens_in, tokens_out
        As the server counted them; None where it did not say.
    passing
        Whether the fault may pass, so that trying again makes sense.
    unpaid
        Whether the attempt surely cost nothing.
    wait_s
        How long the server asks to wait.
    """

    text: str | None = field(default=None, repr=False)
    fault: Fault | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    passing: bool = False
    unpaid: bool = False
    wait_s: float | None = None


class Speaker(Protocol):
    """A model that can be asked, near or far."""

    @property
    def at_once(self) -> int:
        """How many questions it takes at the same time."""
        ...

    def check(self) -> None:
        """Raise ``Refused`` when something that it needs is not there."""
        ...

    def chat(self, request: Mapping[str, Any], timeout_s: float) -> Heard:
        """Make one attempt; raises ``Refused`` where asking is not allowed."""
        ...


def read_completion(reply: Any) -> Heard:
    """Read a chat completion of OpenAI's form, taking nothing in it for granted."""
    try:
        choice = reply["choices"][0]
        text = choice["message"]["content"]
        reason = choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError):
        return Heard(fault="bad_reply")
    told = reply.get("usage")
    usage = told if isinstance(told, Mapping) else {}
    tokens_in, tokens_out = (_count(usage.get(f"{n}_tokens")) for n in ("prompt", "completion"))
    fault: Fault | None = None
    if reason == "length":
        fault = "cut_off"
    elif not isinstance(text, str) or not text.strip():
        fault = "bad_reply"  # also where it wants to call a tool: there is none
    return Heard(None if fault else text, fault, tokens_in, tokens_out)


def _count(value: Any) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and 0 <= value < 10**9 else None
