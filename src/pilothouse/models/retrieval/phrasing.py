"""Let a language model word an answer within one passage, and hold it to that passage.

What it writes is shown only where it is grounded (``grounding``); else, and where the call
fails, the extract stands in and says so. It may decline where the passage does not answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pilothouse.guards.llm import prompt
from pilothouse.guards.personal import redact
from pilothouse.models.retrieval.grounding import grounded
from pilothouse.types import Door

PROMPT = "answer_phrase"


@dataclass(frozen=True)
class Phrasing:
    """What came of asking: a text that is grounded, or None; and whether the model declined."""

    text: str | None
    declined: bool = False


def phrased(pairs: Sequence[tuple[str, str]], llm: Door) -> list[Phrasing]:
    """Word an answer for each (question, passage)."""
    asked = [{"question": redact(question), "passage": passage} for question, passage in pairs]
    found = []
    for (question, passage), reply in zip(pairs, llm.ask(prompt(PROMPT), asked), strict=True):
        if reply.failed is not None or not isinstance(reply.data, dict):
            found.append(Phrasing(None))
        elif not reply.data.get("answered"):
            found.append(Phrasing(None, declined=True))
        else:
            text = str(reply.data.get("answer", "")).strip()
            found.append(Phrasing(text if grounded(text, passage, question) else None))
    return found


def a_reply(llm: Door, characters: int) -> tuple[float, float]:
    """Estimate money and seconds of one reply about a passage of so many characters."""
    return llm.price(prompt(PROMPT), [{"question": "?" * 20, "passage": "." * max(1, characters)}])
