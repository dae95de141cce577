"""Histories packed side by side into rows of one length, for networks that read sequences.

Most histories are short: padded each to the window, nearly all cells would be empty.
Which cells belong together stands beside them, so that none looks at a neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pilothouse.models.ranking import Codes, Interactions

_CHECK_USERS = 2_000
_CHECK_SHARE = 0.2


@dataclass(frozen=True)
class Packed:
    """Histories laid side by side in rows of one length.

    Parameters
    ----------
    tokens
        (rows, window) item codes + 1; 0 where there is nothing.
    owner
        (rows, window) which piece of the row a cell belongs to; 0 for none.
    place
        (rows, window) position in its piece.
    learn, check
        (rows, window) the item that came next, code + 1, or 0 where it is not asked.
    """

    tokens: Codes = field(repr=False)
    owner: Codes = field(repr=False)
    place: Codes = field(repr=False)
    learn: Codes = field(repr=False)
    check: Codes = field(repr=False)

    @staticmethod
    def of(taken: Interactions, window: int, drawn: np.random.Generator) -> Packed:
        """Pack ``taken``, sorted by user and time, users in a random order.

        The last item of some users is kept out of learning: of a fifth of them, or of
        2,000 where a fifth are fewer, and only of users with three items or more.
        """
        sizes = np.bincount(taken.user, minlength=taken.users)
        histories = np.split(taken.item + 1, np.cumsum(sizes)[:-1])
        order = drawn.permutation(taken.users)
        checks = set(order[: max(_CHECK_USERS, int(_CHECK_SHARE * taken.users))].tolist())
        pieces = []
        for user in order.tolist():
            history = histories[user]
            for end in range(len(history), 1, -window):
                held = end == len(history) > 2 and user in checks
                pieces.append((history[max(0, end - window - 1) : end], held))
        rows = _rows([len(piece) - 1 for piece, _ in pieces], window)
        size = (max(1, 1 + max((row for row, _, _ in rows), default=0)), window)
        made = Packed(*(np.zeros(size, dtype=np.int64) for _ in range(5)))
        for (piece, held), (row, start, number) in zip(pieces, rows, strict=True):
            cells = slice(start, start + len(piece) - 1)
            made.tokens[row, cells], made.owner[row, cells] = piece[:-1], number
            made.place[row, cells] = np.arange(len(piece) - 1)
            made.learn[row, cells] = piece[1:]
            if held:
                made.learn[row, cells.stop - 1] = 0
                made.check[row, cells.stop - 1] = piece[-1]
        return made

    def parts(self, torch: Any) -> tuple[list[Any], list[Any] | None]:
        """Return tensors to learn from and to check with, the number of targets last."""

        def made(aim: Codes) -> list[Any]:
            asked = (aim > 0).any(axis=1)
            arrays = [a[asked] for a in (self.tokens, self.owner, self.place, aim)]
            counts = (arrays[-1] > 0).sum(axis=1).astype(np.float32)
            return [torch.from_numpy(a) for a in (*arrays, counts)]

        return made(self.learn), made(self.check) if self.check.any() else None


def _rows(sizes: list[int], window: int) -> list[tuple[int, int, int]]:
    """Place pieces into rows, next fit: (row, first cell, number in the row from 1) of each."""
    placed, row, used, number = [], 0, 0, 0
    for size in sizes:
        if used + size > window:
            row, used, number = row + 1, 0, 0
        number += 1
        placed.append((row, used, number))
        used += size
    return placed
