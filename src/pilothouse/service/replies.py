"""Every answer that is not a result, in one shape, and the headers that go with all answers.

``{"error": {"code", "problem": {zh, en}, "fix": {zh, en}, "message", "id"}}``: ``message`` is in
the language the client asked for; ``id`` finds the line of the log, which alone has details.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pilothouse.errors import PilothouseError
from pilothouse.messages import LANGUAGES, Language, Message, say

JSON_TYPE = (b"content-type", b"application/json")

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
)

_WISH = re.compile(r"\s*([A-Za-z*]{1,8})[A-Za-z0-9-]*\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*")


@dataclass(frozen=True)
class Refusal:
    """An answer that says no."""

    status: int
    code: str
    problem: Message
    fix: Message | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(fault: PilothouseError) -> Refusal:
        """Make the refusal that a fault asks for."""
        return Refusal(fault.status, fault.code, fault.problem, fault.fix)


def nothing_here() -> Refusal:
    """Answer for what does not exist and for what this key may not see: one body for both."""
    return Refusal(404, "not_found", say("service.nothing_here"), say("service.check_address"))


def no_key() -> Refusal:
    """Answer for a key that is absent, blank, wrong, expired or withdrawn: one body for all."""
    headers = {"WWW-Authenticate": "Bearer"}
    return Refusal(401, "no_key", say("service.no_key"), say("service.give_key"), headers)


def broken() -> Refusal:
    """Answer for a fault of our own; details are in the log only."""
    return Refusal(500, "internal", say("service.internal"), say("service.report_id"))


def body_of(refusal: Refusal, language: Language, error_id: str) -> bytes:
    """Write a refusal as JSON."""
    error: dict[str, Any] = {
        "code": refusal.code,
        "problem": _both(refusal.problem),
        "fix": None if refusal.fix is None else _both(refusal.fix),
        "message": PilothouseError(refusal.problem, refusal.fix).text(language),
        "id": error_id,
    }
    return json.dumps({"error": error}).encode()


def new_id() -> str:
    """Make an id that says nothing."""
    return secrets.token_hex(6)


def language_of(wish: str, otherwise: Language) -> Language:
    """Choose a language by an ``Accept-Language`` header.

    >>> language_of("fr, zh-CN;q=0.9, en;q=0.5", "en")
    'zh'
    """
    best: Language = otherwise
    weight = 0.0
    for part in wish[:200].split(","):
        found = _WISH.fullmatch(part)
        if found is None:
            continue
        asked = found[1].lower()
        share = float(found[2] or 1)
        for language in LANGUAGES:
            if asked == language and share > weight:
                best, weight = language, share
    return best


def _both(message: Message) -> dict[str, str]:
    return {language: message.text(language) for language in LANGUAGES}
