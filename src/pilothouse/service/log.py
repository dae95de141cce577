"""The service's log: one JSON object a line on standard error, without secrets or control characters.

It keeps what happened, never whom it concerns: no body, no query, no key, no value of a row.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
import unicodedata
from datetime import UTC, datetime
from typing import Any

LOGGER = "pilothouse.service"

_SECRETS = (
    (re.compile(r"ph_[0-9a-f]{8}_[A-Za-z0-9_-]+"), "[KEY]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"']{1,400}"), "[KEY]"),
    (re.compile(r"://[^/\s@]{1,200}@"), "://[KEY]@"),
    (re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255}"), "[EMAIL]"),
    (re.compile(r"[0-9][0-9 -]{5,40}[0-9Xx]"), "[NUMBER]"),
    (re.compile(r"'[^']{0,2000}'|\"[^\"]{0,2000}\""), "[VALUE]"),
)


def printable(text: str, limit: int = 500) -> str:
    """Escape control, bidirectional and other invisible characters, and cut what is too long.

    >>> printable("a\\r\\nb\\x1b[31m")
    'a\\\\x0d\\\\x0ab\\\\x1b[31m'
    """
    return "".join(_shown(c) for c in text[:limit])


def redacted(text: str) -> str:
    """Replace keys, addresses, long numbers and quoted values, and make the rest printable."""
    short = text[:2_000]
    for pattern, name in _SECRETS:
        short = pattern.sub(name, short)
    return printable(short)


def describe(fault: BaseException) -> dict[str, Any]:
    """Say what failed and where, with its text redacted and no local values."""
    frames = traceback.extract_tb(fault.__traceback__)[-12:]
    where = [f"{'/'.join(f.filename.split('/')[-3:])}:{f.lineno}" for f in frames]
    return {"fault": type(fault).__name__, "text": redacted(str(fault)), "where": where}


def note(what: str, *, level: int = logging.INFO, **details: Any) -> None:
    """Write one line."""
    logger = logging.getLogger(LOGGER)
    if logger.isEnabledFor(level):
        logger.log(level, what, extra={"details": details})


class Lines(logging.Formatter):
    """One JSON object a line, also for what libraries say."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as JSON."""
        kept: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "what": redacted(record.getMessage()),
        }
        details = getattr(record, "details", {})
        kept |= {k: printable(v) if isinstance(v, str) else v for k, v in details.items()}
        if record.exc_info and record.exc_info[1] is not None:
            kept |= describe(record.exc_info[1])
        return json.dumps(kept)


def to_standard_error(level: int = logging.INFO) -> None:
    """Send this log and uvicorn's to standard error; called once by whoever starts the server."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    for name in (LOGGER, "uvicorn", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(level if name == LOGGER else logging.WARNING)


def _shown(character: str) -> str:
    if character >= " " and unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
