"""JSON of a reply: read strictly, then held against the prompt's JSON Schema.

The part of JSON Schema that prompts use; ``check_schema`` refuses any other keyword, so that
nothing a prompt demands is silently not checked. Source: JSON Schema 2020-12, validation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
}
_BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "minLength": lambda v, most: not isinstance(v, str) or len(v) >= most,
    "maxLength": lambda v, most: not isinstance(v, str) or len(v) <= most,
    "minItems": lambda v, most: not isinstance(v, list) or len(v) >= most,
    "maxItems": lambda v, most: not isinstance(v, list) or len(v) <= most,
    "minimum": lambda v, most: not _is_number(v) or v >= most,
    "maximum": lambda v, most: not _is_number(v) or v <= most,
}
_KNOWN = {*_BOUNDS, "type", "enum", "const", "properties", "required", "additionalProperties", "items"}
_SAID = {"description", "title"}
_DEEPEST, _LONGEST_NUMBER = 20, 40
_FENCE = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*", re.DOTALL)


def check_schema(schema: Any) -> None:
    """Raise ValueError where ``schema`` demands what ``fault_in`` would not check."""
    if not isinstance(schema, Mapping) or not set(schema) <= _KNOWN | _SAID:
        raise ValueError(f"not a schema that is checked: {schema!r}")
    types = schema.get("type", [])
    if not set([types] if isinstance(types, str) else types) <= set(_TYPES):
        raise ValueError(f"unknown type in {schema!r}")
    more = schema.get("additionalProperties", False)
    for part in [*schema.get("properties", {}).values(), *([more] if not isinstance(more, bool) else [])]:
        check_schema(part)
    if "items" in schema:
        check_schema(schema["items"])


def read_json(text: str) -> Any:
    """Read one JSON value, also out of a Markdown fence.

    Raises
    ------
    ValueError
        For anything else: NaN, repeated keys, endless numbers, deep nests, words around it.
    """
    fenced = _FENCE.fullmatch(text)
    try:
        value = json.loads(
            fenced[1] if fenced else text,
            parse_constant=_refused,
            parse_int=_whole,
            object_pairs_hook=_once,
        )
    except RecursionError as fault:
        raise ValueError("nested too deep") from fault
    _flat_enough(value, _DEEPEST)
    return value


def fault_in(value: Any, schema: Mapping[str, Any], place: str = "reply") -> str | None:
    """Say the first thing in which ``value`` is not as ``schema`` demands, or None."""
    types = schema.get("type")
    named = [types] if isinstance(types, str) else types
    if named is not None and not any(_TYPES[t](value) for t in named):
        return f"{place} must be of type {' or '.join(named)}"
    if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
        return f"{place} must be one of {json.dumps(schema['enum'], ensure_ascii=False)}"
    if "const" in schema and not _same(value, schema["const"]):
        return f"{place} must be {json.dumps(schema['const'], ensure_ascii=False)}"
    for name, holds in _BOUNDS.items():
        if name in schema and not holds(value, schema[name]):
            return f"{place} breaks {name} {schema[name]}"
    if isinstance(value, dict):
        return _fault_in_object(value, schema, place)
    if isinstance(value, list) and "items" in schema:
        found = (fault_in(one, schema["items"], f"{place}[{i}]") for i, one in enumerate(value))
        return next((fault for fault in found if fault), None)
    return None


def _fault_in_object(value: dict[str, Any], schema: Mapping[str, Any], place: str) -> str | None:
    for name in schema.get("required", []):
        if name not in value:
            return f"{place} lacks {name!r}"
    known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name, one in value.items():
        if name not in known and more is False:
            return f"{place} has a field that is not asked for"
        below = known.get(name, more if isinstance(more, Mapping) else {})
        fault = fault_in(one, below, f"{place}.{name}" if name in known else f"{place}.*")
        if fault:
            return fault
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(value: Any, wanted: Any) -> bool:
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def _refused(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError("a number too long")
    return int(digits)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _flat_enough(value: Any, left: int) -> None:
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise ValueError("a number too large")
    if isinstance(value, dict | list):
        if left == 0:
            raise ValueError("nested too deep")
        for one in value.values() if isinstance(value, dict) else value:
            _flat_enough(one, left - 1)
