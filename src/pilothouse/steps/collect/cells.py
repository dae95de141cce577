"""How values that are not text in their source are spelled, and what columns are called.

A typed value is written so that reading it again gives the same value: whole
numbers without a point, times as ISO 8601. It reads nothing and decides no type.
"""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from pilothouse.messages import Message, say


def spell(value: object) -> str:
    """Write one value of a sheet, a database or a JSON line as text; None is empty.

    >>> spell(3.0), spell(0.1), spell(True), spell(None)
    ('3', '0.1', 'true', '')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def is_clean(text: str) -> bool:
    """Tell whether text can be kept: no NUL, no byte that did not decode, no half character."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(text: str, most: int = 500) -> str:
    """Cut a rejected row for the reject file; what is not text becomes a backslash code."""
    kept = text[:most].strip("\r\n").replace("\0", r"\0")
    try:
        raw = kept.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half characters that no byte stood for
        raw = kept.encode("utf-8", "backslashreplace")
    return raw.decode("utf-8", "backslashreplace")


def name_columns(found: Sequence[str], notes: list[Message]) -> list[str]:
    """Clean the names: no spaces around, none empty, none twice; what changed is noted.

    Control and direction characters are taken out, so that a name can be shown.
    """
    clean = [_visible(name) for name in found]
    taken = {name for name in clean if name}
    seen: set[str] = set()
    names: list[str] = []
    renamed = 0
    for position, name in enumerate(clean, 1):
        chosen, count = name or f"column_{position}", 2
        while chosen in seen or (chosen != name and chosen in taken):
            chosen, count = f"{name or f'column_{position}'}_{count}", count + 1
        renamed += bool(name) and chosen != name
        seen.add(chosen)
        names.append(chosen)
    if renamed:
        notes.append(say("collect.renamed", count=renamed))
    return names


def _visible(name: str) -> str:
    shown = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in name)
    return " ".join(shown.split())
