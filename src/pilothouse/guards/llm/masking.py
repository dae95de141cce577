"""Personal values out before a model is asked, and back in afterwards; the key stays here.

Each value gets a mark of its own, ``[MOBILE_1]``, the same for the same value within one
question. Marks and values live in memory for one question and are written nowhere. Names
without a label need the extra ``privacy``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from pilothouse.errors import Refused
from pilothouse.guards.personal import NameFinder, Span, find_in
from pilothouse.messages import say

_MARK = re.compile(r"\[[A-Z_]{2,20}_[0-9]{1,6}\]")


class Search:
    """Looks for personal values; the same text is searched once, for instructions repeat.

    Parameters
    ----------
    names
        Finds names of people, or None where only patterns are looked for.
    """

    def __init__(self, names: NameFinder | None) -> None:
        self._names = names
        self.spans = lru_cache(4_096)(self._spans)

    def _spans(self, text: str) -> tuple[Span, ...]:
        found = find_in(text)
        if self._names is None:
            return tuple(found)
        inside = [(s.start, s.end) for s in found] + [m.span() for m in _MARK.finditer(text)]
        named = [s for s in self._names.find(text) if all(s.end <= a or s.start >= b for a, b in inside)]
        return tuple(sorted([*found, *(s for s in named if "[" not in text[s.start : s.end])]))


class Masking:
    """The marks of one question.

    Parameters
    ----------
    search
        Finds what to hide.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self._marks: dict[str, str] = {}
        self._taken: set[str] = set()

    def hide(self, text: str) -> str:
        """Put a mark in the place of each personal value.

        Raises
        ------
        Refused
            When the search fails, for whatever reason: then nothing may be sent.
        """
        self._taken.update(_MARK.findall(text))
        try:
            spans = self._search.spans(text)
        except Exception as fault:
            raise Refused(say("llm.search_failed"), say("llm.search_failed_fix")) from fault
        parts, done = [], 0
        for start, end, kind in spans:
            parts += [text[done:start], self._mark(text[start:end], kind)]
            done = end
        return "".join([*parts, text[done:]])

    def hide_in(self, value: Any) -> Any:
        """Hide personal values in every text of a nest of plain values, names of fields too."""
        return nested(value, self.hide)

    def show(self, text: str) -> str:
        """Put the hidden values back in."""
        back = {mark: value for value, mark in self._marks.items()}
        return _MARK.sub(lambda found: back.get(found[0], found[0]), text)

    def show_in(self, value: Any) -> Any:
        """Do the same to every text of a nest of plain values."""
        return nested(value, self.show)

    def _mark(self, value: str, kind: str) -> str:
        if value not in self._marks:
            number = len(self._marks) + 1
            while f"[{kind.upper()}_{number}]" in self._taken:
                number += 1
            self._marks[value] = f"[{kind.upper()}_{number}]"
            self._taken.add(self._marks[value])
        return self._marks[value]


def nested(value: Any, change: Callable[[str], str]) -> Any:
    """Change every text of a nest of plain values, names of fields among them."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(k): nested(v, change) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [nested(v, change) for v in value]
    return value
