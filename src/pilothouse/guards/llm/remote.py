"""A model behind an OpenAI-compatible address. One attempt; trying again is the door's affair.

Source: https://platform.openai.com/docs/api-reference/chat; RFC 9110, 10.2.3 (Retry-After).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from pilothouse.errors import Refused
from pilothouse.guards.egress import Limits, Line
from pilothouse.guards.llm.access import Access
from pilothouse.guards.llm.heard import Heard, read_completion
from pilothouse.guards.llm.schemas import read_json
from pilothouse.messages import say

_CONNECT_S = 10.0
_REPLY_BYTES = 2 << 20


class Remote:
    """Asks ``access.base_url``; one question on each of a few connections."""

    at_once = 4

    def __init__(self, access: Access, line: Line) -> None:
        self._access = access
        self._line = line

    def check(self) -> None:
        """Raise ``Refused`` when the key is not there."""
        self._headers()

    def chat(self, request: Mapping[str, Any], timeout_s: float) -> Heard:
        """Make one attempt.

        Raises
        ------
        Refused
            When the key is not there or the address may not be called.
        """
        body = json.dumps(request, ensure_ascii=True).encode()
        limits = Limits(min(_CONNECT_S, timeout_s), timeout_s, _REPLY_BYTES)
        try:
            answer = self._line.post("/chat/completions", body, self._headers(), limits)
        except TimeoutError:
            return Heard(fault="timeout", passing=True)
        except ConnectionError:
            return Heard(fault="unreachable")
        if answer.status == 429:
            return Heard(fault="busy", passing=True, unpaid=True, wait_s=_wait(answer.headers))
        if answer.status >= 500:
            return Heard(fault="server", passing=True, wait_s=_wait(answer.headers))
        if answer.status != 200:
            return Heard(fault="rejected", unpaid=True)
        try:
            return read_completion(read_json(answer.body.decode("utf-8")))
        except ValueError:
            return Heard(fault="bad_reply")

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "pilothouse"}
        if self._access.key is not None:
            secret = os.environ.get(self._access.key, "").strip()
            if not secret.isascii() or not secret.isprintable() or not secret:
                raise Refused(say("llm.no_key", name=self._access.key), say("llm.set_key"))
            headers["Authorization"] = f"Bearer {secret}"
        return headers


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that ``Retry-After`` asks for, told as seconds or as a time."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        moment = parsedate_to_datetime(told)
        return max(0.0, (moment - datetime.now(moment.tzinfo and UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
