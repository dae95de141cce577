"""Pasts: how a row's last events are laid out in a table, and as numbers for a network.

Four sequences a row, oldest event first: the number of its type, of its item (0 none, 1
rare or not known, then the most frequent first), the seconds since the event before it
(one more at the end: the wait from the last event to the row's moment), and its value
(NaN for none). ``steps.prepare.eventful`` makes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.types import Column, Kind, Role, Table

TYPES, ITEMS, GAPS, VALUES = "events.type", "events.item", "events.gap", "events.value"
RARE, FIRST = 1, 2
FIGURE = "events_"
"""How the names of figures over the past begin."""
MOST_GAPS = 32

_MOST_EDGES = 15
_MOST_ITEMS = 3_000
_FEWEST_PASTS = 3

Whole = NDArray[np.int64]


def has_past(table: Table) -> bool:
    """Tell whether rows have pasts."""
    return TYPES in table and table.column(TYPES).role is Role.PAST


def figures_of(table: Table) -> tuple[str, ...]:
    """Name the features that are figures over the past."""
    return tuple(c.name for c in table.of_role(Role.FEATURE) if c.name.startswith(FIGURE))


def with_past(table: Table) -> Table:
    """Return the table as it is, or with the past of somebody who never did anything."""
    if has_past(table):
        return table
    for name in (TYPES, ITEMS, GAPS, VALUES):
        nothing = np.empty(table.rows, dtype=object)
        for row in range(table.rows):
            nothing[row] = np.zeros(int(name == GAPS), dtype=np.float32)
        table = table.put(Column(name, Kind.SEQUENCE, Role.PAST), nothing)
    return table


def lengths(table: Table) -> Whole:
    """Events of each past, (rows,)."""
    return np.fromiter((len(one) for one in table[TYPES]), dtype=np.int64, count=table.rows)


def left_out(row: Table) -> Table:
    """Return the one row of ``row`` once for each event of its past, each time without that event.

    The time before a missing event goes to the one after it; nothing is known before a
    user's first event.
    """
    events = len(row[TYPES][0])
    table = row.take(np.zeros(events, dtype=np.int64))
    for name in (TYPES, ITEMS, GAPS, VALUES):
        whole, parts = row[name][0], np.empty(events, dtype=object)
        for place in range(events):
            parts[place] = np.delete(whole, place)
            if name == GAPS:
                is_known = place > 0 or whole[0] > 0
                parts[place][place] = whole[place] + whole[place + 1] if is_known else 0.0
        table = table.put(row.column(name), parts)
    return table


@dataclass(frozen=True)
class Reading:
    """What is told apart in pasts, learnt from those at hand.

    Parameters
    ----------
    types, items
        Numbers that are known, in the order of their own numbers from ``FIRST`` on; all
        others are rare.
    edges
        Between the steps of a value: quantiles.
    longest
        Events that are read, the latest.
    type_words, item_words
        What the numbers of ``types`` and ``items`` stand for, so that the same can be told
        apart in another file, whose numbers are others.
    """

    types: tuple[int, ...]
    items: tuple[int, ...]
    edges: tuple[float, ...]
    longest: int
    type_words: tuple[str, ...] = ()
    item_words: tuple[str, ...] = ()

    @staticmethod
    def learn(tables: Sequence[Table], longest: int) -> Reading:
        """Learn from the pasts of ``tables``."""
        flat = {n: np.concatenate([_flat(t[n]) for t in tables]) for n in (TYPES, ITEMS, VALUES)}
        values = flat[VALUES][np.isfinite(flat[VALUES])]
        steps = np.linspace(0, 1, _MOST_EDGES + 2)[1:-1]
        edges = np.unique(np.quantile(values, steps, method="nearest")) if len(values) else np.empty(0)
        types, items = _known(flat[TYPES], 1, 1_000), _known(flat[ITEMS], _FEWEST_PASTS, _MOST_ITEMS)
        return Reading(
            types=types,
            items=items,
            edges=tuple(float(e) for e in edges),
            longest=longest,
            type_words=_words(tables[0], TYPES, types),
            item_words=_words(tables[0], ITEMS, items),
        )

    def of(self, table: Table) -> Reading:
        """The same reading for pasts of another file: what it does not have is never met."""
        types = _numbers(table, TYPES, self.type_words)
        return replace(self, types=types, items=_numbers(table, ITEMS, self.item_words))

    def shared(self, table: Table) -> float:
        """Share of its words, types and items alike, that ``table`` has: 0 to 1."""
        known = {*table.column(TYPES).classes}, {*table.column(ITEMS).classes}
        found = [w in known[0] for w in self.type_words] + [w in known[1] for w in self.item_words]
        return float(np.mean(found)) if found else 0.0

    @property
    def sizes(self) -> dict[str, int]:
        """Largest number of each part, as ``networks.events.EventsShape`` takes them."""
        values = len(self.edges) + 1 if self.edges else 0
        items = len(self.items) + RARE if self.items else 0
        return {"kinds": len(self.types) + RARE, "items": items, "gaps": MOST_GAPS, "amounts": values}

    def parts(self, table: Table) -> tuple[Whole, Whole, Whole, Whole]:
        """Type, item, gap and value of each place, (rows, longest past + 1) each, 0 behind the end.

        Behind the last event stands the mark of the moment: the type after the last, and
        as its gap the wait.
        """
        size = np.minimum(lengths(table), self.longest)
        width = int(size.max(initial=0)) + 1
        row = np.repeat(np.arange(table.rows), size)
        place = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
        kind, item, gap, value = (np.zeros((table.rows, width), dtype=np.int64) for _ in range(4))
        last = {n: _flat([one[len(one) - s :] for one, s in zip(table[n], size, strict=True)]) for n in _OWN}
        kind[row, place] = _renumbered(last[TYPES], self.types)
        item[row, place] = _renumbered(last[ITEMS], self.items) if self.items else 0
        if self.edges:
            known = np.isfinite(last[VALUES])
            step = 1 + np.searchsorted(self.edges, last[VALUES], side="right")
            value[row, place] = np.where(known, step, 0)
        since = _flat([one[len(one) - s - 1 :] for one, s in zip(table[GAPS], size, strict=True)])
        rows, mark = np.arange(table.rows), size
        whole_row = np.repeat(rows, size + 1)
        whole = np.arange(len(whole_row)) - np.repeat(np.cumsum(size + 1) - size - 1, size + 1)
        octave = 1 + np.floor(np.log2(1.0 + np.maximum(since, 0.0))).astype(np.int64)
        gap[whole_row, whole] = np.minimum(octave, MOST_GAPS)
        kind[rows, mark] = self.sizes["kinds"] + 1
        return kind, item, gap, value

    def state(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return {n: list(getattr(self, n)) for n in _LISTED} | {"longest": self.longest}

    @staticmethod
    def restore(state: Mapping[str, Any]) -> Reading:
        """Rebuild from ``state``."""
        return Reading(**{n: tuple(state[n]) for n in _LISTED}, longest=int(state["longest"]))


_LISTED = ("types", "items", "edges", "type_words", "item_words")
_OWN = (TYPES, ITEMS, VALUES)


def _flat(sequences: Any) -> NDArray[Any]:
    return np.concatenate([*sequences, np.empty(0, dtype=np.float32)]) if len(sequences) else np.empty(0)


def _known(codes: NDArray[Any], least: int, most: int) -> tuple[int, ...]:
    found, counts = np.unique(codes[codes >= FIRST].astype(np.int64), return_counts=True)
    kept = found[counts >= least][np.argsort(-counts[counts >= least], kind="stable")][:most]
    return tuple(int(c) for c in np.sort(kept))


def _words(table: Table, name: str, codes: Sequence[int]) -> tuple[str, ...]:
    """What codes stand for; nothing where the file does not say."""
    known = table.column(name).classes
    return tuple(known[code - FIRST] for code in codes) if known else ()


def _numbers(table: Table, name: str, words: Sequence[str]) -> tuple[int, ...]:
    """Codes of words in ``table``; those that it lacks get numbers that none of its events has."""
    known = table.column(name).classes
    place = {word: number for number, word in enumerate(known, FIRST)}
    free = iter(range(FIRST + len(known), FIRST + len(known) + len(words)))
    return tuple(place[word] if word in place else next(free) for word in words)


def _renumbered(codes: NDArray[Any], known: Sequence[int]) -> Whole:
    """Numbers among the known, from ``FIRST`` on; none stays 0, others are rare."""
    whole = codes.astype(np.int64)
    table = np.full(max(int(whole.max(initial=0)), *known, 1) + 1, RARE, dtype=np.int64)
    table[list(known)] = np.arange(len(known)) + FIRST
    table[0] = 0
    return table[whole]
