"""Attributes and texts as hashed places and standardised numbers.

Nothing is looked up: a level or word never seen while learning has a place as well, by
the CRC of its column and itself. A category may be a list ("Action|Thriller"). Texts are
words in lower case; scripts written without spaces are pairs of characters.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.types import Kind, Role, Table

PLACES = 1 << 14
"""Places that levels and words are hashed into; two may share one."""
_MOST_TOKENS = 64
_LONGEST_RUN = 10_000
_RUNS = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)


@dataclass(frozen=True)
class Hashed:
    """How a table's attributes are read.

    Parameters
    ----------
    words
        Names of categories and texts, and whether each is a text.
    numbers
        Names of numbers, with mean and deviation.
    """

    words: tuple[tuple[str, bool], ...]
    numbers: tuple[tuple[str, float, float], ...]

    @staticmethod
    def learn(table: Table) -> Hashed:
        """Take every feature and text of ``table``."""
        read = [c for c in table.columns if c.role in (Role.FEATURE, Role.TEXT)]
        words = [(c.name, c.kind is Kind.TEXT) for c in read if c.kind in (Kind.CATEGORY, Kind.TEXT)]
        numbers = [(c.name, *_spread(table[c.name])) for c in read if c.kind is Kind.NUMBER]
        return Hashed(tuple(words), tuple(numbers))

    def read(self, table: Table) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Read ``table``; a column that it lacks is read as missing.

        Returns
        -------
        tuple
            (rows, most) places from 1, 0 where there is none; (rows, numbers), 0 where
            missing.
        """
        lists: list[list[int]] = [[] for _ in range(table.rows)]
        for name, is_text in self.words:
            if name in table:
                known: dict[str, list[int]] = {}
                for row, value in enumerate(table[name]):
                    if value is not None:
                        if value not in known:
                            known[value] = _places(name, value, is_text)
                        lists[row] += known[value]
        most = max([1, *(len(one) for one in lists)])
        places = np.zeros((table.rows, most), dtype=np.int64)
        for row, one in enumerate(lists):
            places[row, : len(one)] = one
        numbers = np.zeros((table.rows, len(self.numbers)), dtype=np.float32)
        for at, (name, centre, scale) in enumerate(self.numbers):
            if name in table:
                standard = np.clip((table[name] - centre) / scale, -5.0, 5.0)
                numbers[:, at] = np.where(np.isfinite(standard), standard, 0.0)
        return places, numbers

    def state(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return {"words": [list(one) for one in self.words], "numbers": [list(one) for one in self.numbers]}

    @staticmethod
    def restore(state: dict[str, Any]) -> Hashed:
        """Read back what ``state`` returned."""
        words = tuple((name, is_text) for name, is_text in state["words"])
        return Hashed(words, tuple((name, centre, scale) for name, centre, scale in state["numbers"]))


def tokens(text: str) -> Iterator[str]:
    """Cut ``text`` into words, and runs of Chinese or Japanese into pairs of characters."""
    for run in _RUNS.findall(text[:_LONGEST_RUN].lower()):
        if run[0] < "\u3040" or len(run) == 1 or "\uac00" <= run[0] <= "\ud7af":
            yield run
        else:
            yield from (run[at : at + 2] for at in range(len(run) - 1))


def _places(column: str, value: str, is_text: bool) -> list[int]:
    """Places of one value: of the parts of a category, of the first different tokens of a text."""
    parts = list(dict.fromkeys(tokens(value) if is_text else value.split("|")))[:_MOST_TOKENS]
    return [1 + zlib.crc32(f"{column}\x1f{part}".encode()) % PLACES for part in parts]


def _spread(values: NDArray[Any]) -> tuple[float, float]:
    """Mean and deviation of what is known."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    return float(known.mean()), float(known.std()) or 1.0
