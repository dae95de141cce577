"""How many tokens a request has: a bound that holds, for money set aside, and a guess, for plans.

Vocabularies differ and are not here. All in use fall back to bytes, so a text has no more
tokens than bytes in UTF-8; the guess is from Chinese and English texts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_FRAME = 64
"""Tokens that a chat template puts around a few messages, generously."""
_PER_WIDE, _PER_NARROW = 0.8, 0.3


def most_tokens(request: Mapping[str, Any]) -> int:
    """Bound the tokens of a request from above."""
    return len(_told(request).encode("utf-8", "replace")) + _FRAME


def likely_tokens(request: Mapping[str, Any]) -> int:
    """Guess the tokens of a request."""
    told = _told(request)
    wide = sum(ord(c) > 0x2E7F for c in told)
    return round(wide * _PER_WIDE + (len(told) - wide) * _PER_NARROW)


def _told(request: Mapping[str, Any]) -> str:
    said = "".join(message["content"] for message in request["messages"])
    form = request.get("response_format")
    return said if form is None else said + json.dumps(form, ensure_ascii=False)
