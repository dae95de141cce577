"""What is looked through: passages in columns, and how a file keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.types import Column, Kind, Role, Table
from pilothouse.types.table import Values

CORPUS = "corpus"
GROUP, ASIDE = "group", "aside"


@dataclass(frozen=True)
class Passages:
    """Passages, n of them.

    Parameters
    ----------
    ref
        What names each to people: an id, or source and place.
    title
        The question it answers, or the heading above it; "" for none.
    text
        What it says.
    source, place
        Where it comes from.
    scope
        Who may see it; "" for everybody.
    group
        (n,) the same number where two answer alike: either is right for the other's question.
    """

    ref: tuple[str, ...]
    title: tuple[str, ...] = field(repr=False)
    text: tuple[str, ...] = field(repr=False)
    source: tuple[str, ...] = field(repr=False)
    place: tuple[str, ...] = field(repr=False)
    scope: tuple[str, ...] = field(repr=False)
    group: NDArray[np.int64] = field(repr=False)

    def __len__(self) -> int:
        return len(self.ref)

    @staticmethod
    def of(table: Table) -> Passages:
        """Read them out of a table with these columns."""
        told = {n: tuple(v or "" for v in table[n].tolist()) for n in _WORDS}
        return Passages(**told, group=table[GROUP].astype(np.int64))

    def table(self, aside: Sequence[bool] | None = None) -> Table:
        """Return them as a table, with which of them are kept aside from the index."""
        kept = np.zeros(len(self)) if aside is None else np.asarray(aside, dtype=float)
        columns = [Column(name, Kind.TEXT, Role.TEXT) for name in _WORDS]
        columns += [Column(name, Kind.NUMBER, Role.IGNORE) for name in (GROUP, ASIDE)]
        values: dict[str, Values] = {name: objects(getattr(self, name)) for name in _WORDS}
        return Table(tuple(columns), {**values, GROUP: self.group.astype(float), ASIDE: kept}, CORPUS)

    @cached_property
    def scopes(self) -> NDArray[np.object_]:
        """``scope`` as an array."""
        return objects(self.scope)

    def visible(self, scope: str | None) -> NDArray[np.bool_] | None:
        """Tell which passages somebody of ``scope`` may see; None for all of them."""
        if not any(self.scope):
            return None
        own = self.scopes == (scope or "")
        return np.asarray(own | (self.scopes == ""), dtype=bool)

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {name: list(getattr(self, name)) for name in _WORDS} | {GROUP: self.group.tolist()}

    @staticmethod
    def read(kept: Mapping[str, Any]) -> Passages:
        """Read back what ``as_json`` returned."""
        told = {name: tuple(str(v) for v in kept[name]) for name in _WORDS}
        return Passages(**told, group=np.array(kept[GROUP], dtype=np.int64))


def objects(values: Sequence[Any]) -> NDArray[np.object_]:
    """Lay values out as an array of objects."""
    held = np.empty(len(values), dtype=object)
    held[:] = list(values)
    return held


_WORDS = tuple(f.name for f in fields(Passages) if f.name != GROUP)
