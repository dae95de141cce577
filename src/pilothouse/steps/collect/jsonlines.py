"""Rows of JSON: one object a line, or one array of objects.

Numbers keep their digits (``9007199254740993`` stays what it is); nested values
become JSON text. A line that is no object is rejected with its number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pilothouse.errors import BadTable, TooLarge
from pilothouse.messages import say
from pilothouse.steps.collect.cells import is_clean, shown, spell
from pilothouse.steps.collect.encoding import find_encoding, open_text
from pilothouse.steps.collect.source import Reject, Rows

_MOST_CHARACTERS = 16 << 20  # in one line
_ARRAY_BYTES = 256 << 20  # an array is read at once


def read_jsonlines(path: Path) -> Rows:
    """Open ``path`` as rows of text; the columns are all keys, in the order first seen.

    Raises
    ------
    BadTable, TooLarge
        No object at all; an array too long to be read at once.
    """
    encoding = find_encoding(path)
    names: dict[str, None] = {}
    for _, found in _objects(path):
        if isinstance(found, dict):
            names.update(dict.fromkeys(found))
    if not names:
        raise BadTable(say("collect.no_rows"), say("collect.check_file"))
    return Rows(list(names), _records(path, list(names)), encoding.label, header=True)


def _records(path: Path, names: list[str]) -> Iterator[tuple[int, list[str]] | Reject]:
    for line, found in _objects(path):
        if not isinstance(found, dict):
            yield Reject(line, say("collect.no_object"), found)
            continue
        cells = [spell(found.get(name)) for name in names]
        if is_clean("".join(cells)):
            yield line, cells
        else:
            yield Reject(line, say("collect.nul"), json.dumps(found)[:500])


def _objects(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield line numbers with an object, or with the text of what is none."""
    with open_text(path, find_encoding(path)) as file:
        first = file.read(1)
        while first.isspace():
            first = file.read(1)
    if first == "[":
        yield from _array(path)
        return
    with open_text(path, find_encoding(path)) as file:
        line = 0
        while text := file.readline(_MOST_CHARACTERS):
            line += 1
            if not text.endswith("\n") and len(text) >= _MOST_CHARACTERS:
                raise TooLarge(say("collect.long_line", line=line), say("collect.split_file"))
            if text.strip():
                found = _parse(text)
                yield line, found if isinstance(found, dict) else shown(text)


def _array(path: Path) -> Iterator[tuple[int, Any]]:
    if path.stat().st_size > _ARRAY_BYTES:
        raise TooLarge(say("collect.long_array", limit=_ARRAY_BYTES >> 20), say("collect.use_lines"))
    with open_text(path, find_encoding(path)) as file:
        found = _parse(file.read())
    if not isinstance(found, list):
        raise BadTable(say("collect.broken_file", format="JSON"), say("collect.use_lines"))
    for position, item in enumerate(found, 1):
        yield position, item if isinstance(item, dict) else shown(str(item))


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
