"""Help and usage faults in the reader's language.

What is shown comes from ``catalogues/help.toml``: ``command_<path>`` for a command,
``param_<path>_<name>`` or ``param_<name>`` for what it takes. Layout only; which
commands there are is told by ``app``.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from pilothouse.messages import LANGUAGES, Language, Message, locale_language, say

WIDTH = 26

# typer keeps its usage faults in a private module; their common parent is this one's.
UsageFault: Any = typer.BadParameter.__base__


class SpokenCommand(TyperCommand):
    """A command that explains itself in the reader's language."""

    def get_help(self, ctx: Any) -> str:
        """Write the help text."""
        return _page(self, ctx)


class SpokenGroup(TyperGroup):
    """A group of commands that explains itself in the reader's language."""

    def get_help(self, ctx: Any) -> str:
        """Write the help text."""
        return _page(self, ctx)


def language_in(words: Sequence[str]) -> Language:
    """Find the language before parsing, so that help and usage faults speak it too."""
    chosen: Any = None
    for number, word in enumerate(words):
        if word == "--lang" and number + 1 < len(words):
            chosen = words[number + 1]
        elif word.startswith("--lang="):
            chosen = word.partition("=")[2]
    return chosen if chosen in LANGUAGES else locale_language()


def about(path: str) -> Message:
    """What the command at ``path`` (``experiment_plan``; empty for the whole) does."""
    return say(f"help.command_{path or 'root'}")


def about_param(path: str, name: str) -> Message:
    """What a command's argument or option means."""
    own = say(f"help.param_{path}_{name}")
    try:
        own.text("en")
    except KeyError:
        return say(f"help.param_{name}")
    return own


def usage_fault(fault: Any) -> Message:
    """Say what was wrong with the words of a command."""
    kind = type(fault).__name__
    if kind == "MissingParameter" and fault.param is not None:
        return say("help.missing", name=_spelling(fault.param))
    if kind == "NoSuchOption":
        near = ", ".join(sorted(fault.possibilities or ()))
        return say("help.no_option_near" if near else "help.no_option", name=fault.option_name, near=near)
    if kind == "BadParameter" and fault.param is not None:
        return say("help.bad_value", name=_spelling(fault.param), detail=fault.message)
    known = getattr(fault.ctx.command if fault.ctx else None, "commands", None)
    quoted = re.search("'([^']+)'", fault.message)
    if known and quoted:
        meant = "".join(difflib.get_close_matches(quoted[1], known, n=1))
        return say("help.no_command_near" if meant else "help.no_command", name=quoted[1], near=meant)
    return say("help.bad_words", detail=fault.message)


def hint(fault: Any) -> Message | None:
    """Point to the help of the command that was meant."""
    return None if fault.ctx is None else say("help.see", command=f"{fault.ctx.command_path} --help")


def _page(command: Any, ctx: Any) -> str:
    language = language_in(sys.argv[1:])
    names = _names(ctx)
    path = "_".join(names)
    members = getattr(command, "commands", {})
    given = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    told = [_spelling(p) for p in given]
    told = [w if p.required or w.startswith("[") else f"[{w}]" for w, p in zip(told, given, strict=True)]
    words = ["pilothouse", *names, *told, "[...]" if options else "", "COMMAND" if members else ""]
    lines = [say("help.usage", words=" ".join(w for w in words if w)).text(language), ""]
    lines += [about(path).text(language)]
    sections = (
        ("help.arguments", [(_spelling(p), _meaning(path, p, language)) for p in given]),
        ("help.options", [(_spelling(p), _meaning(path, p, language)) for p in options] + [_own(language)]),
        ("help.commands", [(n, about(f"{path}_{n}".strip("_")).text(language)) for n in members]),
    )
    for title, rows in sections:
        if rows:
            lines += ["", say(title).text(language), *(_row(*row) for row in rows)]
    return "\n".join(lines)


def _names(ctx: Any) -> list[str]:
    """Words that lead to a command, the program's own left out."""
    return [] if ctx.parent is None else [*_names(ctx.parent), ctx.info_name]


def _row(left: str, right: str) -> str:
    if len(left) < WIDTH - 1:
        return f"  {left:<{WIDTH}}{right}"
    return f"  {left}\n  {'':<{WIDTH}}{right}"


def _own(language: Language) -> tuple[str, str]:
    return "--help", say("help.param_help").text(language)


def _spelling(param: Any) -> str:
    """As one writes it: ``FILE|DIR``, ``--port PORT``, ``--json``."""
    metavar = param.metavar or param.name.upper()
    if param.param_type_name == "argument":
        return str(metavar)
    names = ", ".join([*param.opts, *param.secondary_opts])
    return names if param.is_flag else f"{names} {metavar}"


def _meaning(path: str, param: Any, language: Language) -> str:
    text = about_param(path, param.name).text(language)
    default = param.default
    shown = isinstance(default, str | int) and not isinstance(default, bool) and default != ""
    if param.param_type_name == "option" and shown:
        text += say("help.default", value=str(default)).text(language)
    return text
