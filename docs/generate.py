"""Write ``reference.md`` and ``reference.zh-CN.md`` out of the code: nothing in them is typed by hand.

``python docs/generate.py`` writes both; a test compares them with what it would write.
"""

from __future__ import annotations

import os
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from typer.main import get_command

from pilothouse import doctor, errors, registry
from pilothouse.cli.app import app
from pilothouse.messages import Language, Message, say
from pilothouse.product import LlmSettings, ProductSettings, TableSettings, UseCaseSettings
from pilothouse.runs.record import SCHEMA_VERSION, RunRecord

FOLDER = Path(__file__).parent
PAGES: dict[Language, Path] = {"en": FOLDER / "reference.md", "zh": FOLDER / "reference.zh-CN.md"}
WORDS = {
    "title": ("Reference", "参考"),
    "made": ("Made by `docs/generate.py` from the code.", "由 `docs/generate.py` 从代码生成。"),
    "commands": ("Commands", "命令"),
    "options": ("Options of `{0}`", "`{0}` 的选项"),
    "options_how": (
        "`--option NAME=VALUE`, or `options` of a use case in `product.toml`.",
        "`--option 名称=值`，或写在 `product.toml` 用例的 `options` 里。",
    ),
    "values": ("Values of `{0}`", "`{0}` 的价值设定"),
    "values_how": (
        "`--value NAME=VALUE`, or `value` of a use case; one number, or low, likely and high.",
        "`--value 名称=值`，或写在用例的 `value` 里；写一个数，或者低、可能、高三个数。",
    ),
    "settings": ("Settings: `product.toml`", "设置：`product.toml`"),
    "extras": ("Extras", "扩展"),
    "errors": ("Error codes", "错误代码"),
    "exit": ("Exit code {0}, HTTP {1}.", "退出码 {0}，HTTP {1}。"),
    "exits": (
        "0 done, whatever the verdict; 1 you can fix it; 2 wrong usage; 70 our bug; 130 stopped.",
        "0 完成（不论结论）；1 你可以改正；2 用法不对；70 我们的错；130 被中断。",
    ),
    "record": ("run.json, schema version {0}", "run.json，格式版本 {0}"),
    "record_how": (
        "What one run proves. Reading refuses a newer version.",
        "一次运行证明了什么。遇到更新的版本会拒绝读取。字段说明为英文。",
    ),
    "field": ("field", "字段"),
    "type": ("type", "类型"),
    "default": ("default", "默认"),
    "meaning": ("meaning", "含义"),
    "needed": ("needed", "必填"),
}


def reference(language: Language) -> str:
    """Write one page."""
    return "\n".join(_lines(language)).rstrip() + "\n"


def _lines(language: Language) -> Iterator[str]:
    yield from (f"# {_say('title', language)}", "", _say("made", language), "")
    yield from (f"## {_say('commands', language)}", "", _say("exits", language), "")
    yield from _commands(get_command(app), [], language)
    for name in registry.BUILT_IN:
        kind = registry.find(name)
        for part, model in (("options", kind.options_type), ("values", kind.value_type)):
            yield from (f"## {_say(part, language, name)}", "", _say(f"{part}_how", language), "")
            yield from _described(model, language)
    yield from (f"## {_say('settings', language)}", "")
    for title, model in (
        ("product", ProductSettings),
        ("llm", LlmSettings),
        ("tables.X", TableSettings),
        ("use_cases.Y", UseCaseSettings),
    ):
        yield from (f"### `[{title}]`", "", *_table(model, language, meanings=False), "")
    yield from (f"## {_say('extras', language)}", "")
    for extra in doctor.EXTRAS:
        told = say(f"doctor.brings_{extra}").text(language)
        yield from (f"### {extra}", "", told, "", "```", f"pip install 'pilothouse[{extra}]'", "```", "")
    yield from (f"## {_say('errors', language)}", "")
    for error in _errors():
        told = say(f"errors.code_{error.code}").text(language)
        yield from (f"### {error.code}", "", told, _say("exit", language, error.exit_code, error.status), "")
    yield from (f"## {_say('record', language, SCHEMA_VERSION)}", "", _say("record_how", language), "")
    for model in _models(RunRecord):
        title = "run.json" if model is RunRecord else model.__name__
        yield from (f"### {title}", "", *_table(model, language, meanings=True), "")


def _commands(command: Any, words: list[str], language: Language) -> Iterator[str]:
    context = None
    for word in ["pilothouse", *words]:
        context = command.context_class(command, info_name=word, parent=context)
    spoken, os.environ["LC_ALL"] = os.environ.get("LC_ALL"), "zh_CN" if language == "zh" else "C"
    given, sys.argv = sys.argv, ["pilothouse"]
    try:
        text = command.get_help(context)
    finally:
        sys.argv = given
        os.environ["LC_ALL"] = spoken or ""
    yield from (f"### {' '.join(['pilothouse', *words])}", "", "```text", text, "```", "")
    for name, member in getattr(command, "commands", {}).items():
        yield from _commands(member, [*words, name], language)


def _described(model: type[BaseModel], language: Language) -> Iterator[str]:
    for name, field in model.model_fields.items():
        given = field.get_default(call_default_factory=True)
        default = _say("needed", language) if field.is_required() else f"`{given!r}`"
        told = Message(field.description or "").text(language)
        kind = f"{_say('type', language)} `{_type(field.annotation)}`, {_say('default', language)} {default}"
        yield from (f"### {name}", "", told, "", kind + ".", "")


def _table(model: type[BaseModel], language: Language, *, meanings: bool) -> Iterator[str]:
    heads = [_say(h, language) for h in ("field", "type", "default", *(("meaning",) if meanings else ()))]
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for name, field in model.model_fields.items():
        default = "" if field.is_required() else f"`{field.get_default(call_default_factory=True)!r}`"
        cells = [f"`{name}`", f"`{_type(field.annotation)}`", default]
        cells += [field.description or ""] if meanings else []
        yield "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"


def _type(kind: Any) -> str:
    """Name a type as a reader writes it."""
    arguments = typing.get_args(kind)
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return " or ".join(repr(a) for a in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join("none" if a is type(None) else _type(a) for a in arguments)
    if origin is not None:
        inside = ("..." if a is Ellipsis else _type(a) for a in arguments)
        return f"{origin.__name__}[{', '.join(inside)}]"
    return getattr(kind, "__name__", str(kind))


def _models(model: type[BaseModel]) -> list[type[BaseModel]]:
    """A model and every model inside it, each once, in reading order."""
    found = [model]
    for field in model.model_fields.values():
        for part in _parts(field.annotation):
            found += [m for m in _models(part) if m not in found]
    return found


def _parts(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for argument in typing.get_args(kind):
        yield from _parts(argument)


def _errors() -> list[type[errors.PilothouseError]]:
    kinds = [k for k in vars(errors).values() if isinstance(k, type)]
    return [k for k in kinds if issubclass(k, errors.PilothouseError)]


def _say(word: str, language: Language, *values: object) -> str:
    return WORDS[word][language == "zh"].format(*values)


if __name__ == "__main__":
    for spoken, path in PAGES.items():
        path.write_text(reference(spoken), encoding="utf-8")
