"""What a use case asks of its texts: kind, language, length, words that must or may not stand there."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

KINDS = ("description", "campaign", "in_app", "release_notes", "prd")
TextKind = Literal["description", "campaign", "in_app", "release_notes", "prd"]


@dataclass(frozen=True)
class Rules:
    """What every text is held to.

    Parameters
    ----------
    kind, language
        What is written, in "zh" or "en".
    shortest, longest
        Characters in Chinese, words in English.
    must_have
        Each of these stands in every text, as given.
    one_of
        At least one of these, where there are any: a tone.
    forbidden
        The user's own, besides the packaged ones.
    currency
        Unit of prices whose column tells none, or "".
    easiest
        Readability that a text needs, 0 to 100.
    benefit
        Column whose value opens the text that puts the benefit first, or "".
    voice
        How the brand speaks, for a language model.
    template
        The user's own, with column names in braces, or "".
    """

    kind: TextKind = "description"
    language: str = "en"
    shortest: int = 0
    longest: int = 0
    must_have: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    currency: str = ""
    easiest: float = 30.0
    benefit: str = ""
    voice: str = ""
    template: str = ""

    @property
    def span(self) -> tuple[int, int]:
        """Shortest and longest, the kind's own where none was set."""
        low, high = packaged("templates")[self.kind][self.language]["length"]
        return self.shortest or int(low), self.longest or int(high)

    def state(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @staticmethod
    def of(state: Mapping[str, Any]) -> Rules:
        """Read back what ``state`` gave."""
        kept: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in state.items()}
        return Rules(**kept)


@cache
def packaged(name: str) -> Mapping[str, Any]:
    """Open a packaged file of words: "words" or "templates"."""
    path = resources.files("pilothouse") / "models" / "writing" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
