"""Read the query of an address by a table of declared parameters; the same table describes them.

A name that is not declared is refused and not passed over: a misspelt ``personalized=false`` must
not give a personal list. Every size has its maximum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qsl

from pilothouse.errors import PilothouseError, UserFault
from pilothouse.messages import Message, say
from pilothouse.service.log import printable
from pilothouse.service.strict_json import parse
from pilothouse.steps.deploy.contract import MAX_ID

LONGEST_LIST = 16_000


@dataclass(frozen=True)
class Parameter:
    """One declared parameter.

    Parameters
    ----------
    schema, description
        For OpenAPI.
    read
        Makes a value of the text; ValueError when it does not fit.
    wanted
        What fits, as a sentence.
    otherwise
        The value where it is not given.
    required
        Whether it must be given.
    """

    schema: Mapping[str, Any]
    description: str
    read: Callable[[str], Any]
    wanted: Message
    otherwise: Any = None
    required: bool = False


@dataclass(frozen=True)
class Query:
    """The parameters of one route, by name."""

    parameters: Mapping[str, Parameter]
    _otherwise: dict[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        given = {name: p.otherwise for name, p in self.parameters.items() if not p.required}
        object.__setattr__(self, "_otherwise", given)

    def read(self, raw: bytes) -> dict[str, Any]:
        """Return every parameter's value.

        Raises
        ------
        UserFault
            When one is unknown, missing, given twice, or does not fit; the fault repeats no value.
        """
        try:
            pairs = parse_qsl(
                raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100
            )
        except ValueError:
            raise UserFault(say("service.bad_query"), say("service.see_schema")) from None
        found: dict[str, Any] = {}
        for name, text in pairs:
            parameter = self.parameters.get(name)
            if parameter is None:
                raise self._unknown(name)
            if name in found:
                raise UserFault(say("service.parameter_twice", name=name), say("service.see_schema"))
            try:
                found[name] = parameter.read(text)
            except (ValueError, PilothouseError):
                problem = say("service.bad_parameter", name=name, wanted=parameter.wanted)
                raise UserFault(problem, say("service.see_schema")) from None
        if len(found) < len(self.parameters):
            for name, parameter in self.parameters.items():
                if parameter.required and name not in found:
                    raise UserFault(
                        say("service.parameter_missing", name=name, wanted=parameter.wanted),
                        say("service.see_schema"),
                    )
            return self._otherwise | found
        return found

    def described(self) -> dict[str, Any]:
        """Describe the parameters for OpenAPI."""
        return {
            "parameters": [
                {
                    "name": name,
                    "in": "query",
                    "required": p.required,
                    "description": p.description,
                    "schema": dict(p.schema),
                }
                for name, p in self.parameters.items()
            ]
        }

    def _unknown(self, name: str) -> UserFault:
        near = get_close_matches(name[:100], list(self.parameters), n=1)
        fix = say("product.nearest", name=near[0]) if near else say("service.see_schema")
        return UserFault(say("service.parameter_unknown", name=printable(name, 100)), fix)


def whole(least: int, most: int, otherwise: int, description: str) -> Parameter:
    """Declare a whole number within bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) <= 9):
            raise ValueError
        value = int(text)
        if not least <= value <= most:
            raise ValueError
        return value

    schema = {"type": "integer", "minimum": least, "maximum": most, "default": otherwise}
    return Parameter(
        schema, description, read, say("service.wanted_whole", least=least, most=most), otherwise
    )


def id_text(description: str, *, may_be_empty: bool = False) -> Parameter:
    """Declare an id that must be given."""
    least = 0 if may_be_empty else 1

    def read(text: str) -> str:
        if not least <= len(text) <= MAX_ID:
            raise ValueError
        return text

    schema = {"type": "string", "minLength": least, "maxLength": MAX_ID}
    return Parameter(schema, description, read, say("service.wanted_id", most=MAX_ID), required=True)


def id_list(most: int, otherwise: tuple[str, ...] | None, description: str) -> Parameter:
    """Declare ids separated by commas; an empty text is an empty list."""

    def read(text: str) -> tuple[str, ...]:
        if len(text) > LONGEST_LIST:
            raise ValueError
        ids = tuple(text.split(",")) if text else ()
        if len(ids) > most or any(not 1 <= len(one) <= MAX_ID for one in ids):
            raise ValueError
        return ids

    said = f"{description} Ids separated by commas, at most {most:,} of up to {MAX_ID} characters."
    schema = {"type": "string", "maxLength": LONGEST_LIST}
    return Parameter(schema, said, read, say("service.wanted_ids", most=most, longest=MAX_ID), otherwise)


def flag(otherwise: bool, description: str) -> Parameter:
    """Declare a truth value: ``true`` or ``false`` and nothing else."""

    def read(text: str) -> bool:
        return _FLAGS[text]

    schema = {"type": "string", "enum": ["true", "false"], "maxLength": 5, "default": str(otherwise).lower()}
    return Parameter(schema, description, read, say("service.wanted_flag"), otherwise)


def attributes(longest: int, description: str) -> Parameter:
    """Declare a JSON object of plain values."""

    def read(text: str) -> dict[str, Any]:
        if len(text) > longest:
            raise ValueError
        value = parse(text.encode())
        if not isinstance(value, dict) or any(isinstance(v, dict | list) for v in value.values()):
            raise ValueError
        return value

    schema = {"type": "string", "maxLength": longest, "contentMediaType": "application/json"}
    return Parameter(schema, description, read, say("service.wanted_attributes", most=longest), {})


class _Flags(dict[str, bool]):
    def __missing__(self, key: str) -> bool:
        raise ValueError


_FLAGS = _Flags(true=True, false=False)
