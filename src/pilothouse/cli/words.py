"""Arguments and flags that several commands share."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pilothouse.errors import BadOption
from pilothouse.messages import LANGUAGES, Language, locale_language, say

if TYPE_CHECKING:
    from pilothouse.product import Product

Folder = Annotated[Path, typer.Argument(metavar="DIR")]
UseCase = Annotated[str, typer.Argument(metavar="USE_CASE")]
Lang = Annotated[str | None, typer.Option("--lang", metavar="zh|en")]
Json = Annotated[bool, typer.Option("--json")]
Pairs = Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE")]


def language_of(chosen: str | None, product: Product | None = None) -> Language:
    """Language flag, else the product's, else the locale's, else English."""
    if chosen is None:
        return product.language if product is not None else locale_language()
    for language in LANGUAGES:
        if chosen == language:
            return language
    raise BadOption(say("cli.bad_language", value=chosen), say("cli.languages"))


def pairs(given: Sequence[str] | None) -> dict[str, Any]:
    """Read ``NAME=VALUE`` words; a value is TOML where it can be, else text."""
    read: dict[str, Any] = {}
    for word in given or ():
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise BadOption(say("cli.bad_pair", value=word), say("cli.pair_form"))
        try:
            read[name] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            read[name] = value
    return read


def answers(given: Sequence[str] | None) -> dict[str, bool]:
    """Read ``COLUMN=yes|no`` words."""
    known = {"yes": True, "true": True, "是": True, "no": False, "false": False, "否": False}
    read: dict[str, bool] = {}
    for word in given or ():
        name, _, value = word.rpartition("=")
        if not name or value.lower() not in known:
            raise BadOption(say("cli.bad_pair", value=word), say("cli.answer_form"))
        read[name] = known[value.lower()]
    return read
