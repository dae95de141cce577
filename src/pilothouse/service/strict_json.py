"""Read JSON as RFC 8259 means it, and nothing else.

Python's reader takes NaN, Infinity, 1e999, numbers of a million digits, doubled keys and lone
surrogates; later code then fails in its own way. All of these are refused here, once, before
anybody looks at the value.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from pilothouse.errors import UserFault
from pilothouse.messages import say

MAX_DEPTH = 32
MAX_DIGITS = 19
LARGEST = 2**63 - 1


class _Unfit(ValueError):
    """What is wrong, as the name of a message."""


def parse(body: bytes) -> Any:
    """Read one JSON value.

    Raises
    ------
    UserFault
        For anything but UTF-8 without a byte-order mark holding one strict JSON value of at most
        ``MAX_DEPTH`` levels, finite numbers, integers of at most 64 bits, no repeated names, and
        no NUL or lone surrogate in texts.
    """
    try:
        text = body.decode("utf-8")
        if text.startswith("\ufeff"):
            raise _Unfit("json_bom")
        value = _DECODER.decode(text)
        if "\\u" in text:
            _check_escapes(value)
        if text.count("[") + text.count("{") > MAX_DEPTH:
            _check_depth(value)
        return value
    except _Unfit as fault:
        problem = say(f"service.{fault}")
    except UnicodeError:
        problem = say("service.json_encoding")
    except RecursionError:
        problem = say("service.json_deep")
    except ValueError:
        problem = say("service.json_broken")
    raise UserFault(problem, say("service.json_rule"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Unfit("json_twice")
    return made


def _float(text: str) -> float:
    value = float(text)
    if value - value != 0.0:
        raise _Unfit("json_number")
    return value


def _int(text: str) -> int:
    # Long ones are refused unread: reading takes time that grows with the square of the digits.
    value = int(text) if len(text) <= MAX_DIGITS + 1 else LARGEST + 1
    if not -LARGEST <= value <= LARGEST:
        raise _Unfit("json_number")
    return value


def _constant(_: str) -> NoReturn:
    raise _Unfit("json_number")


def _check_escapes(value: Any) -> None:
    """Refuse what only an escape can bring into a text."""
    plain = json.dumps(value, ensure_ascii=False)
    plain.encode("utf-8")
    if "\\u0000" in json.dumps(value).replace("\\\\", ""):
        raise _Unfit("json_nul")


def _check_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH + 1:
            raise _Unfit("json_deep")
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_float, parse_int=_int, parse_constant=_constant
)
