"""Sentences as the reader sees them, in both languages; no figure and no HTML is made here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pilothouse.messages import Language, Message, say
from pilothouse.runs.record import RunRecord, Said


class Words(NamedTuple):
    """One text in both languages."""

    en: str
    zh: str


def in_language(value: object, language: Language) -> Any:
    """Say messages, kept messages and word pairs in ``language``; leave anything else as it is.

    Mappings, lists and tuples are gone through, so that a chart with messages in
    it becomes a chart that a browser can draw.
    """
    if isinstance(value, Message):
        return value.text(language) if not value.values else _fill(value, language)
    if isinstance(value, Said | Words):
        return value.zh if language == "zh" else value.en
    if isinstance(value, Mapping):
        return {k: in_language(v, language) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [in_language(v, language) for v in value]
    return value


def _fill(message: Message, language: Language) -> str:
    filled = {k: in_language(v, language) for k, v in message.values.items()}
    return Message(message.key, filled).text(language)


def tell(key: str, **values: Any) -> Words:
    """Say a message of the catalogues in both languages."""
    message = say(key, **values)
    return Words(_fill(message, "en"), _fill(message, "zh"))


def name_in(family: str, name: str) -> Words:
    """Name what a code of Pilothouse's own stands for; an unknown one keeps its own name."""
    try:
        return tell(f"{family}_{name}")
    except KeyError:
        return Words(name, name)


def column_name(record: RunRecord, name: str) -> Words:
    """Name a column: the file's own keep their names, what was made beside them is said in words."""
    own = any(column["name"] == name for column in record.columns)
    return Words(name, name) if own else name_in("report.made", name)


def group_name(record: RunRecord, column: str, group: str) -> Words:
    """Name a group of rows: "plan: monthly", "语言：中文"."""
    own = any(c["name"] == column for c in record.columns)
    value = Words(group, group) if own else name_in(f"report.made_{column}", group)
    return tell("report.group_name", column=column_name(record, column), group=value)
