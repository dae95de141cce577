"""Which rows belong together when rows are kept aside: entities and identical rows.

Rows whose features are all equal go to one side, or a model is praised for what it
has seen. Two kinds of equal rows are no copies but coincidences, and keeping them
together would leave whole kinds of customers out of training; they are spread, and
the reader is told. One is a table so coarse that fewer than 100 different rows exist
(and fewer than half of all), most repeats being due to chance; the other a single row
that makes up more than a tenth of the table ("never active").

Chance is read off near twins. If equal rows are coincidences, there are about
(1 - p) / p times as many pairs that differ in one given column only, p being the
probability that two rows agree there (Simpson 1949); copies have no near twins. The
column with the most tells how many equal pairs chance explains. Counting cells as if
columns were independent would call every session that bounced a copy. Two equal pictures
are never a coincidence: where a column of role IMAGE tells pictures apart, it alone does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadOption, MissingColumn
from pilothouse.messages import Message, say
from pilothouse.steps.prepare.codes import Index, code, column_hashes, is_missing, row_hashes
from pilothouse.types import Role, Table

_COARSE = 100
_LARGEST = 0.1
_COUNTED = 200_000


@dataclass(frozen=True)
class Ties:
    """Row by row: who must stay together.

    Parameters
    ----------
    block
        (n,) rows of one number stay on one side; numbered by first appearance.
    alike
        (n,) rows of one number have identical features; spread coincidences differ.
    unit, unit_name
        (n,) resampling unit: the entity where it repeats, else the row.
    notes
        What the reader should know.
    """

    block: Index
    alike: Index
    unit: Index
    unit_name: str
    notes: tuple[Message, ...]

    def noting(self, *notes: Message) -> Ties:
        """Return the same ties with more notes."""
        return replace(self, notes=(*self.notes, *notes))


def tie(table: Table, group: str | None) -> Ties:
    """Find out which rows of ``table`` belong together.

    Parameters
    ----------
    table
        (n rows) roles set; FEATURE columns tell identical rows, or the marks of pictures or texts.
    group
        The column that names the entity; None when rows are entities.

    Raises
    ------
    MissingColumn, BadOption
        No such column, or one with a single value: nothing could be kept aside.
    """
    rows = np.arange(table.rows, dtype=np.int64)
    alike, notes = _alike(table)
    if group is None:
        return Ties(alike, alike, rows, "row", notes)
    unit = _entities(table, group)
    entities = int(unit.max(initial=-1)) + 1
    if entities == table.rows:
        return Ties(alike, alike, rows, "row", notes)
    if entities < 2:
        raise BadOption(say("prepare.one_group", column=group), say("prepare.one_group_fix"))
    joined = _joined(unit, alike)
    if np.bincount(joined).max() > max(_LARGEST * table.rows, np.bincount(unit).max()):
        notes = (*notes, say("prepare.split_entities_first", column=group))
        joined = unit
    return Ties(joined, alike, unit, group, notes)


def _entities(table: Table, group: str) -> Index:
    """Number the entities; a row without one is an entity of its own."""
    if group not in table:
        names = ", ".join(table.names[:20])
        raise MissingColumn(
            say("prepare.no_column", column=group), say("prepare.no_column_names", names=names)
        )
    values = table[group]
    missing = is_missing(values)
    unit = code(values)
    unit[missing] = table.rows + np.arange(int(missing.sum()))
    return code(unit)


def _alike(table: Table) -> tuple[Index, tuple[Message, ...]]:
    rows = np.arange(table.rows, dtype=np.int64)
    for role, same in ((Role.IMAGE, "prepare.same_pictures"), (Role.TEXT, "prepare.same_texts")):
        marked = table.of_role(role)
        if marked:  # what is labelled is all that models see: equal marks are copies, never chance
            alike = code(table[marked[0].name])
            repeats = table.rows - len(np.unique(alike))
            return alike, (say(same, rows=repeats),) if repeats else ()
    names = tuple(c.name for c in table.columns if c.role is Role.FEATURE)
    if not names or not table.rows:
        return rows, ()
    alike = code(row_hashes(table, names))
    sizes = np.bincount(alike)
    repeats = table.rows - len(sizes)
    if not repeats:
        return alike, ()
    chance = repeats * coincidence(table, names)
    if len(sizes) < min(_COARSE, table.rows / 2) and chance >= repeats / 2:
        return rows, (say("prepare.split_coarse", distinct=len(sizes)),)
    notes = []
    if repeats > 2 * chance and repeats > chance + 3 * math.sqrt(max(chance, 1.0)):
        notes.append(say("prepare.duplicates", rows=repeats, chance=chance))
    spread = sizes[alike] > max(2, _LARGEST * table.rows)
    if spread.any():
        notes.append(say("prepare.split_spread", rows=int(spread.sum())))
        alike = code(np.where(spread, len(sizes) + rows, alike))
    return alike, tuple(notes)


def coincidence(table: Table, names: tuple[str, ...]) -> float:
    """Share of the equal pairs of rows that chance explains, 0 to 1.

    Pairs are counted on at most 200,000 rows, drawn with a fixed seed.
    """
    if table.rows > _COUNTED:
        table = table.take(np.sort(np.random.default_rng(0).permutation(table.rows)[:_COUNTED]))
    total = row_hashes(table, names)
    equal = _pairs(total)
    expected = 0.0
    for position, name in enumerate(names):
        own = column_hashes(table[name], position)
        agree = _pairs(own) / max(1.0, table.rows * (table.rows - 1) / 2)
        if agree < 1:
            near = _pairs(total ^ own) - equal
            expected = max(expected, near * agree / (1 - agree))
    return min(1.0, expected / equal) if equal else 1.0


def _pairs(hashes: NDArray[np.uint64]) -> float:
    """Number of pairs of rows whose hashes are equal."""
    _, counts = np.unique(hashes, return_counts=True)
    return float(np.sum(counts * (counts - 1.0)) / 2)


def _joined(unit: Index, alike: Index) -> Index:
    """Connect rows that share an entity or a twin: (n,) connected components."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    size = int(unit.max()) + int(alike.max()) + 2
    edge: NDArray[np.int8] = np.ones(len(unit), dtype=np.int8)
    graph = coo_matrix((edge, (unit, int(unit.max()) + 1 + alike)), shape=(size, size))
    _, part = connected_components(graph, directed=False)
    return code(part[unit])
