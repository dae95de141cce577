"""Words for people, in Chinese and English, kept in catalogues.

A catalogue is ``catalogues/<room>.toml``; a key is ``<room>.<name>`` and holds
``en`` and ``zh`` side by side, so that neither can be forgotten. Nothing outside
the catalogues holds a sentence that a user reads. A plug-in's room is the name of its
package, and its catalogue is ``catalogue.toml`` beside its code.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@cache
def _catalogue(room: str) -> Mapping[str, Mapping[str, str]]:
    path = resources.files("pilothouse") / "catalogues" / f"{room}.toml"
    if not room.isidentifier() or not path.is_file():
        path = _of_plugin(room)
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _of_plugin(room: str) -> Traversable:
    """A plug-in's catalogue. Only what is installed as a plug-in is looked into: a room's
    name may come out of a file, and must not choose what is imported."""
    from importlib import metadata

    for point in metadata.entry_points(group="pilothouse.scenarios"):
        if point.module.partition(".")[0] == room:
            return resources.files(room) / "catalogue.toml"
    raise KeyError(room)


@dataclass(frozen=True)
class Message:
    """A sentence to be said later, in the reader's language.

    Parameters
    ----------
    key
        ``<room>.<name>``, e.g. ``collect.bad_rows``.
    values
        What fills the ``{places}``: text, numbers (formatted by the template,
        ``{rows:,}``) or other messages.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        """Say it in ``language``; KeyError when the catalogues lack the key."""
        room, _, name = self.key.partition(".")
        template = _catalogue(room)[name][language]
        filled = {k: v.text(language) if isinstance(v, Message) else v for k, v in self.values.items()}
        return template.format(**filled)

    def as_json(self) -> dict[str, Any]:
        """Key, values and both texts, as files keep them."""
        values = {k: v.as_json() if isinstance(v, Message) else v for k, v in self.values.items()}
        return {"key": self.key, "values": values, "zh": self.text("zh"), "en": self.text("en")}

    @staticmethod
    def from_json(kept: Mapping[str, Any]) -> Message:
        """Read back what ``as_json`` wrote."""
        values = {
            k: Message.from_json(v) if isinstance(v, dict) and "key" in v else v
            for k, v in kept["values"].items()
        }
        return Message(kept["key"], values)


def say(key: str, **values: Any) -> Message:
    """Make a message: ``say("collect.bad_rows", rows=3)``."""
    return Message(key, values)


def locale_language() -> Language:
    """Read the language of the locale: zh for Chinese, else en."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if spoken.lower().startswith("zh") else "en"
